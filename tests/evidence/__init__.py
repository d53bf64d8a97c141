"""Tests of what makes evidence."""
