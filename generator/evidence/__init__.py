"""Evidence that a daemon has stopped: always of one drain, at one place, at one revision."""

from __future__ import annotations

from generator.evidence.open import KUBERNETES, NONE, STATUSES, open_source
from generator.evidence.source import Found, NoSource, Source

__all__ = ["KUBERNETES", "NONE", "STATUSES", "Found", "NoSource", "Source", "open_source"]
