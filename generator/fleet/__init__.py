"""The fleet: every cluster, where it is and what it has."""

from generator.fleet.load import load_fleet
from generator.fleet.model import AddressMode, Cluster, Fleet, PriceClass, Provider

__all__ = ["AddressMode", "Cluster", "Fleet", "PriceClass", "Provider", "load_fleet"]
