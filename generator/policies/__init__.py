"""The rules of `policies/`: what they are, read from their files without running them."""

from __future__ import annotations

from generator.policies.examples import Example, read_examples
from generator.policies.load import POLICIES, Policies, read_policies
from generator.policies.own import own_rules
from generator.policies.values import read_settings

__all__ = [
    "POLICIES",
    "Example",
    "Policies",
    "own_rules",
    "read_examples",
    "read_policies",
    "read_settings",
]
