"""Until when a verdict holds: the same files get another one by time alone."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta

from generator.check.waive import FAR, SOON
from generator.pipeline import Planned
from generator.plan.genesis import utc_text
from generator.policies import Policies
from generator.waiver import Waiver


def valid_until(planned: Planned, policies: Policies, now: datetime) -> str:
    """Return the next moment at which time alone changes the verdict, empty for none.

    Nets expire, and are warned of before that; a genesis comes to lie in the past; waivers come
    near their end, and end.
    """
    moments = [
        *_ends_of_nets(planned, policies),
        *_past_geneses(planned, policies),
        *_ends_of_waivers(planned),
    ]
    return utc_text(min(later)) if (later := [m for m in moments if m > now]) else ""


def _ends_of_nets(planned: Planned, policies: Policies) -> Iterable[datetime]:
    hours = _figure(policies, "lifecycle/expired", "warn_hours")
    for plan in planned.plans:
        # Before a net is published, its end moves with every check.
        if plan.expires and plan.name in planned.published.nets:
            yield plan.expires - timedelta(hours=hours)
            yield plan.expires


def _past_geneses(planned: Planned, policies: Policies) -> Iterable[datetime]:
    minutes = _figure(policies, "genesis/past", "grace_minutes")
    for plan in planned.plans:
        if plan.testnet.genesis.time != "auto" and plan.name not in planned.published.nets:
            yield datetime.fromisoformat(plan.genesis.time) + timedelta(minutes=minutes)


def _figure(policies: Policies, rule: str, name: str) -> int:
    """Return a parameter of a rule, 0 where the settings have none."""
    parameters = policies.settings["parameters"].get(rule)
    value = parameters.get(name) if isinstance(parameters, dict) else None
    return value if isinstance(value, int) else 0


def _ends_of_waivers(planned: Planned) -> Iterable[datetime]:
    inputs = planned.inputs
    for waiver in (*inputs.fleet.waivers, *(w for t in inputs.testnets for w in t.waivers)):
        yield _midnight(waiver) - FAR
        yield _midnight(waiver) - SOON
        yield _midnight(waiver) + timedelta(days=1)


def _midnight(waiver: Waiver) -> datetime:
    """Return the beginning of the last day on which a waiver holds."""
    return datetime.combine(waiver.expires, time(), UTC)
