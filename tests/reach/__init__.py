"""Tests of `testnet reach`, with real sockets on loopback."""
