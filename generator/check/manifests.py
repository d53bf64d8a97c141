"""What the API server of a cluster would refuse: built objects against their schemas."""

from __future__ import annotations

from collections.abc import Iterable

from generator.check.causes import Causes
from generator.check.facts.unit import Origins, Unit
from generator.finding import Finding, Related


def manifest_findings(units: Iterable[Unit], origins: Origins, causes: Causes) -> list[Finding]:
    """Return a finding for each fault that validation saw in a built object."""
    findings: list[Finding] = []
    for unit in units:
        for fault in unit.seen["faults"]:
            name = unit.named(fault["object"])
            origin = origins.of_object(unit, fault["object"])
            cause = causes(name, fault["field"])
            findings.append(
                Finding(
                    rule="manifest/schema",
                    message=f"{name}: {fault['field']} {fault['message']}",
                    at=cause or origin,
                    remediation="Correct the component of overlays/ that says so.",
                    subject=name,
                    related=(Related(at=origin, message="as this asks for"),) if cause else (),
                )
            )
    return findings
