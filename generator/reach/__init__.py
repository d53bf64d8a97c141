"""Whether the daemons of a net can be reached from here; the only package that opens sockets."""

from __future__ import annotations

from generator.reach.connect import reach
from generator.reach.model import Answer, Probe, Published, Reached, Target, TargetPort
from generator.reach.targets import read_targets

__all__ = [
    "Answer",
    "Probe",
    "Published",
    "Reached",
    "Target",
    "TargetPort",
    "reach",
    "read_targets",
]
