"""The testnet file: what a protocol developer asks for."""

from generator.testnet.load import load_testnet
from generator.testnet.model import (
    Account,
    Archive,
    Availability,
    Genesis,
    Group,
    KeyUse,
    Overrides,
    Purpose,
    Resources,
    Service,
    SnarkPool,
    Spread,
    Testnet,
)

__all__ = [
    "Account",
    "Archive",
    "Availability",
    "Genesis",
    "Group",
    "KeyUse",
    "Overrides",
    "Purpose",
    "Resources",
    "Service",
    "SnarkPool",
    "Spread",
    "Testnet",
    "load_testnet",
]
