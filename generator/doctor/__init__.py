"""What a cluster lacks of what every net needs, and how to mend it; `docs/doctor.md`."""

from __future__ import annotations

from generator.doctor.examine import examine
from generator.doctor.model import Check, State
from generator.doctor.wanted import wanted_of

__all__ = ["Check", "State", "examine", "wanted_of"]
