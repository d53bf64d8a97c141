"""Measurements: ratios against a peer of the same run, never an assertion about time."""
