"""Waivers: a rule that one subject may break until a day, with who says so and why."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import cast

from generator.finding import Finding, Location
from generator.source import Mapping, Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiver:
    """Takes out the findings of `rule` about `subject`, up to the end of the day `expires`.

    `at` is where the rule is named, `expires_at` where the day is written.
    """

    rule: str
    subject: str
    reason: str
    owner: str
    expires: date
    at: Location = field(compare=False, repr=False)
    expires_at: Location = field(compare=False, repr=False)


def read_waivers(value: object, findings: list[Finding]) -> tuple[Waiver, ...]:
    """Read a list of waivers; one with a day that no calendar has becomes a finding."""
    entries = cast("Sequence", value or ())
    waivers = (_read_waiver(cast("Mapping", entry), findings) for entry in entries)
    return tuple(waiver for waiver in waivers if waiver is not None)


def _read_waiver(entry: Mapping, findings: list[Finding]) -> Waiver | None:
    text = str(entry["expires"])
    try:
        expires = date.fromisoformat(text)
    except ValueError as error:
        findings.append(
            Finding(
                rule="waivers/date",
                message=f'"{text}" is no day: {error}',
                at=entry.value_at("expires"),
                remediation="Write a day that exists, such as 2026-12-31.",
                subject=str(entry["subject"]),
            )
        )
        return None
    return Waiver(
        rule=str(entry["rule"]),
        subject=str(entry["subject"]),
        reason=str(entry["reason"]),
        owner=str(entry["owner"]),
        expires=expires,
        at=entry.value_at("rule"),
        expires_at=entry.value_at("expires"),
    )
