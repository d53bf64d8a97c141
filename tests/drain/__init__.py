"""Tests of drains: what is rendered, and the Job that is run."""
