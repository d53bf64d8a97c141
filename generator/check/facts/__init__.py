"""Flat tables of facts: what policies judge, by the schema of `policies/schemas/facts.json`."""
