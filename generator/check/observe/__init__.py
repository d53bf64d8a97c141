"""What is seen in the objects that kustomize built: pure functions from text to plain data."""

from generator.check.observe.model import Observed, nothing
from generator.check.observe.overlay import Watcher
from generator.check.observe.patches import PatchLibrary

__all__ = ["Observed", "PatchLibrary", "Watcher", "nothing"]
