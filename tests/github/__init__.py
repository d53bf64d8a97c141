"""Tests of what talks to GitHub, against a small GitHub with a memory."""
