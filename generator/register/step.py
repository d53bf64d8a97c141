"""The rule by which a key goes from one place to another: one pure function.

Two daemons must never produce blocks with one key, at no moment, whatever revision each cluster
has already applied. A cluster may skip commits, so that a commit which takes the key away may
never be seen there; Flux applies before it prunes, and does not wait for pods. Hence a key goes
in steps: its daemon is told to stop (drain), it is seen that it has stopped on a cluster that
had applied the drain or a later revision (evidence), and only then the key is given away.

`tests/model` searches what clusters can do between these steps; docs/handover.md says what is
covered and what is not.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from generator.register.lineage import Lineage
from generator.register.model import Evidence, Place, Record, State


class Action(StrEnum):
    """What the next commit does with a key."""

    IDLE = "idle"  # nobody has it, nobody wants it
    KEEP = "keep"  # it stays where it is held
    CLAIM = "claim"  # it is given to a place: a new key, or one that is free
    DRAIN = "drain"  # its daemon is told to stop, and stays in the tree
    RESUME = "resume"  # a drain is taken back: the same daemon goes on
    RELEASE = "release"  # its daemon has stopped and leaves the tree
    HAND_OVER = "hand-over"  # released at one place and claimed at another in one commit
    WAIT = "wait"  # everything about it stays as it is published


@dataclass(frozen=True, slots=True)
class Step:
    """What the next commit does with a key, with which generation, and why it waits."""

    action: Action
    generation: int = 0
    reason: str = ""


def next_step(  # noqa: C901, PLR0911, PLR0913 - a return a case, an argument a fact
    record: Record | None,
    published: Place | None,
    desired: Place | None,
    evidence: Evidence | None,
    *,
    lineage: Lineage,
    vacant: bool = True,
) -> Step:
    """Return what the next commit on top of the head of `lineage` may do with one key.

    `record` is what the register says (None: the key was never published), `published` the place
    where the head's tree lets it produce, `desired` the place where it should. `vacant` says
    whether no other key is, or is still being drained, at the desired place.
    """
    held = record.place if record and record.state is State.HELD else None
    if published != held:
        # Never seen but after a change by hand. Nothing is safe to do but nothing.
        return Step(Action.WAIT, reason="the published tree and the key register disagree")
    if record is None:
        # A virgin key: no revision that any cluster may still apply has it.
        if desired is None:
            return Step(Action.IDLE)
        return Step(Action.CLAIM) if vacant else Step(Action.WAIT, reason=_TAKEN)
    generation = record.generation
    if held is not None:
        # Staying is safe wherever the clusters are: no revision since the claim has it elsewhere.
        if desired == held:
            return Step(Action.KEEP, generation)
        # Stopping is always safe. The daemon stays in the tree with no replicas: pruning it
        # would let its pod go on for as long as it takes, with nobody watching.
        return Step(Action.DRAIN, generation)
    if record.state is State.FREE:
        # Proved to have stopped at a revision after which nobody had the key again.
        if desired is None:
            return Step(Action.IDLE, generation)
        if vacant:
            return Step(Action.CLAIM, generation + 1)
        return Step(Action.WAIT, generation, _TAKEN)
    if desired == record.place:
        # Whatever the cluster has applied, only this place can be running it.
        return Step(Action.RESUME, generation)
    missing = refuse_evidence(record, evidence, lineage)
    if missing:
        return Step(Action.WAIT, generation, missing)
    if desired is None or not vacant:
        return Step(Action.RELEASE, generation)
    return Step(Action.HAND_OVER, generation + 1)


_TAKEN = "another key is still at the place"


def refuse_evidence(  # noqa: PLR0911 - a return a reason
    record: Record, evidence: Evidence | None, lineage: Lineage
) -> str:
    """Say why evidence does not prove that a draining key has stopped; "" where it does.

    It has to be of this drain at this place: what was seen before the key was last assigned
    says nothing about the daemon that was assigned then.
    """
    drain = record.drain
    if drain is None:
        return "the key is not draining"
    if drain.after and drain.after not in lineage:
        return "the history of the published tree was rewritten since the drain"
    if evidence is None:
        return f"no evidence from {record.place.cluster} that its daemon has stopped"
    if (evidence.key, evidence.place) != (record.key, record.place):
        return "the evidence is of another key or another place"
    if evidence.drain != drain.id:
        return "the evidence is of another drain"
    if evidence.revision not in lineage:
        return f'the evidence is of an unknown revision "{evidence.revision[:40]}"'
    if not lineage.follows(evidence.revision, drain.after):
        return "the evidence is of a revision from before the drain"
    return ""
