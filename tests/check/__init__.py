"""Tests of what `testnet check` is made of."""
