"""Git, and the only package that drives it: the published branch, and the main repository."""

from generator.repository.environments import Environments, open_environments
from generator.repository.heads import Heads
from generator.repository.history import Commit
from generator.repository.source import Source, read_source

__all__ = ["Commit", "Environments", "Heads", "Source", "open_environments", "read_source"]
