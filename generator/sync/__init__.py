"""What clusters have applied and what they run; the only package that talks to Kubernetes."""

from __future__ import annotations

from generator.sync.fleet import observe_fleet, survey_fleet
from generator.sync.model import (
    DRAIN_LABEL,
    KEY_LABEL,
    NAMESPACE,
    SOURCE,
    Applied,
    Observation,
    Pod,
    Question,
    Workload,
)
from generator.sync.survey import Survey

__all__ = [
    "DRAIN_LABEL",
    "KEY_LABEL",
    "NAMESPACE",
    "SOURCE",
    "Applied",
    "Observation",
    "Pod",
    "Question",
    "Survey",
    "Workload",
    "observe_fleet",
    "survey_fleet",
]
