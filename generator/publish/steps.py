"""The next step of every key at once: what each is wanted for, and what the rule says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from generator.plan import Plan, Role
from generator.publish.state import Published
from generator.register import Action, Evidence, Place, Record, State, Step, next_step
from generator.register.change import take_step


@dataclass(frozen=True, slots=True, kw_only=True)
class Want:
    """Where a key should be used: its text, the place, and the net."""

    key: str
    place: Place
    net: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyStep:
    """What the next commit does with one key: its record before and after, and what it rests on."""

    key: str
    step: Step
    before: Record | None
    after: Record | None
    want: Want | None
    evidence: Evidence | None


def read_wants(plans: Iterable[Plan]) -> dict[bytes, Want]:
    """Return where the plans want each block-producer key, by its identity."""
    return {
        daemon.key.identity: Want(
            key=daemon.key.text,
            place=Place(daemon.cluster.name, plan.namespace, daemon.name),
            net=plan.name,
        )
        for plan in plans
        for daemon in plan.daemons
        if daemon.role is Role.BLOCK_PRODUCER and daemon.key
    }


def next_steps(
    published: Published,
    wants: Mapping[bytes, Want],
    evidence: Mapping[str, Evidence | str],
) -> tuple[KeyStep, ...]:
    """Return the step of every key that is published or wanted, in order of their texts.

    `evidence` is by the text of the key, or the reason why there is none.
    """
    taken = _taken(published)
    steps: list[KeyStep] = []
    for identity in published.records.keys() | wants.keys():
        record, want = published.records.get(identity), wants.get(identity)
        key = record.key if record else wants[identity].key
        desired = want.place if want else None
        found = evidence.get(key)
        proof = found if isinstance(found, Evidence) else None
        step = next_step(
            record,
            record.place if record and record.state is State.HELD else None,
            desired,
            proof,
            lineage=published.lineage,
            vacant=desired is None or taken.get(_name(desired), identity) == identity,
        )
        if step.action is Action.WAIT and isinstance(found, str):
            step = replace(step, reason=found)
        after = take_step(
            record,
            step,
            key=key,
            head=published.head,
            desired=desired,
            net=want.net if want else "",
            evidence=proof,
        )
        steps.append(
            KeyStep(key=key, step=step, before=record, after=after, want=want, evidence=proof)
        )
    return tuple(sorted(steps, key=lambda step: step.key))


def _name(place: Place) -> tuple[str, str]:
    """Return what no two keys may share: a name in a net, on whatever cluster.

    A daemon is known by it in the locks of all clusters.
    """
    return place.namespace, place.name


def _taken(published: Published) -> dict[tuple[str, str], bytes]:
    """Return the names that keys have at the head, as `tests/model` has them.

    A place that is released in this commit is vacant in the next one.
    """
    return {
        _name(record.place): identity
        for identity, record in published.records.items()
        if record.state is not State.FREE
    }
