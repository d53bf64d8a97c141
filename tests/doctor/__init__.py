"""Tests of `testnet doctor`: each check good and bad, and the whole over a small API server."""
