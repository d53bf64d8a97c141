"""The key inventory: which keys exist, their public part, and where the private part lives."""

from generator.keys.load import load_pools
from generator.keys.model import Key, KeyInventory, KeyKind

__all__ = ["Key", "KeyInventory", "KeyKind", "load_pools"]
