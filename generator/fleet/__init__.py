"""The fleet: every cluster, where it is and what it has."""

from generator.fleet.load import load_fleet
from generator.fleet.model import (
    AddressMode,
    Automatic,
    Cluster,
    Fleet,
    MergeMethod,
    Merging,
    PriceClass,
    Provider,
)

__all__ = [
    "AddressMode",
    "Automatic",
    "Cluster",
    "Fleet",
    "MergeMethod",
    "Merging",
    "PriceClass",
    "Provider",
    "load_fleet",
]
