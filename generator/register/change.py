"""A step taken: what the register says of a key after the next commit."""

from __future__ import annotations

from dataclasses import replace

from generator.register.model import Drain, Evidence, Place, Record, State, Tenure, drain_id
from generator.register.step import Action, Step


def take_step(  # noqa: PLR0913 - the facts of a step, each with a meaning of its own
    record: Record | None,
    step: Step,
    *,
    key: str,
    head: str,
    desired: Place | None,
    net: str,
    evidence: Evidence | None,
) -> Record | None:
    """Return the record of a key after a step in the commit on top of `head`.

    `desired` and `net` are where it is claimed, `evidence` what a release rests on. None for a
    key that was never published and still is not.
    """
    match step.action:
        case Action.CLAIM | Action.HAND_OVER if desired:
            if step.action is Action.HAND_OVER and record:
                record = _released(record, evidence, head)
            return Record(
                key=key,
                generation=step.generation,
                state=State.HELD,
                place=desired,
                net=net,
                since=head,
                past=record.past if record else (),
            )
        case Action.RESUME if record:
            # Assigned anew: what was seen during the drain no longer counts.
            return replace(record, state=State.HELD, drain=None, since=head)
        case Action.DRAIN if record:
            id_ = drain_id(key, record.place, record.generation, head)
            return replace(record, state=State.DRAINING, drain=Drain(id_, head))
        case Action.RELEASE if record:
            return _released(record, evidence, head)
        case _:
            return record


def _released(record: Record, evidence: Evidence | None, head: str) -> Record:
    if record.drain is None or evidence is None:
        message = f"{record.key}: released without a drain or evidence"
        raise ValueError(message)
    tenure = Tenure(
        generation=record.generation,
        place=record.place,
        net=record.net,
        since=record.since,
        drain=record.drain,
        released=head,
        evidence=evidence,
    )
    return replace(record, state=State.FREE, drain=None, past=(*record.past, tenure))
