"""Tests of the package that drives git: real repositories, nothing further than loopback."""
