"""Tests of reading clusters through a small API server."""
