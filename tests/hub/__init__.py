"""Tests of reading commit statuses through a small GitHub."""
