"""Rules and readers with one thing wrong, or two where each has a second lock behind it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from generator.register import Action, Drain, Evidence, Place, Record, State, Step, next_step
from generator.register.change import take_step
from tests.model.configurations import CALM, RENAMED, UNSAFE, A, B, small
from tests.model.ledger import Rule
from tests.model.reader import Reader
from tests.model.search import Model
from tests.model.world import LIE, World

Twist = Callable[[Evidence, Record, Any], Evidence]
TWO = small("2 clusters")
RESUMED = small("2 clusters", 5)
RENAME = small("rename in one overlay")
MOVE = small("move between nets of one cluster", 5)
ONE_PLACE = small("2 keys, one after the other at one place")
# Flux's notifications call all of its events but errors a success: that a dependency is not
# ready, or that a wait was cancelled by a newer commit. It is as if somebody told a lie.
TOLD = next(world for world in UNSAFE if world.name == LIE)
TWO_KEYS = World(
    name="2 keys, one of them moves",
    places=(A, B, RENAMED),
    overlays=(0, 1, 0),
    wants=((0, 1), (2, None)),
    commits=3,
    faults=CALM,
)
SWAP = small("2 keys swap places", 3)


@dataclass(frozen=True, slots=True)
class Broken:
    """What is wrong, and where the search looks for it."""

    name: str
    world: World = TWO
    rule: Rule = field(default_factory=Rule)
    reader: Reader = field(default_factory=Reader)
    audits: bool = True

    def model(self) -> Model:
        return Model(self.world, self.rule, self.reader, self.audits)


def _at_once(
    record: Record | None, published: Place | None, desired: Place | None, *rest: Any, **more: Any
) -> Step:
    if record and record.state is State.HELD and desired not in {None, record.place}:
        return Step(Action.CLAIM, record.generation + 1)
    return next_step(record, published, desired, *rest, **more)


def _by_namespace(
    record: Record | None, published: Place | None, desired: Place | None, *rest: Any, **more: Any
) -> Step:
    if record and desired and record.place != desired:
        here = (record.place.cluster, record.place.namespace)
        if here == (desired.cluster, desired.namespace):
            return Step(Action.CLAIM, record.generation + 1)
    return next_step(record, published, desired, *rest, **more)


def _claim_before_release(
    record: Record | None, published: Place | None, desired: Place | None, *rest: Any, **more: Any
) -> Step:
    if record and record.state is State.DRAINING and desired not in {None, record.place}:
        return Step(Action.CLAIM, record.generation + 1)
    return next_step(record, published, desired, *rest, **more)


def _release_unproved(
    record: Record | None, published: Place | None, desired: Place | None, *rest: Any, **more: Any
) -> Step:
    if record and record.state is State.DRAINING and desired != record.place:
        return Step(Action.RELEASE, record.generation)
    return next_step(record, published, desired, *rest, **more)


def _take_unproved(record: Record | None, step: Step, **facts: Any) -> Record | None:
    if step.action is Action.RELEASE and record:
        return replace(record, state=State.FREE, drain=None)
    return take_step(record, step, **facts)


def _keep_generation(record: Record | None, *rest: Any, **more: Any) -> Step:
    step = next_step(record, *rest, **more)
    return replace(step, generation=record.generation) if record else step


def _not_vacant(*rest: Any, **more: Any) -> Step:
    return next_step(*rest, **{**more, "vacant": True})


def _wait_until_vacant(*rest: Any, vacant: bool, **more: Any) -> Step:
    step = next_step(*rest, vacant=vacant, **more)
    if step.action is Action.RELEASE and not vacant:
        return Step(Action.WAIT, step.generation)
    return step


def _never_resume(
    record: Record | None, published: Place | None, desired: Place | None, *rest: Any, **more: Any
) -> Step:
    step = next_step(record, published, desired, *rest, **more)
    return Step(Action.WAIT, step.generation) if step.action is Action.RESUME else step


def _old_drain(record: Record | None, step: Step, **facts: Any) -> Record | None:
    if record and step.action is Action.RESUME:
        return replace(record, state=State.HELD, since=facts["head"])
    if record and record.drain and step.action is Action.DRAIN:
        return replace(record, state=State.DRAINING)
    return take_step(record, step, **facts)


def _one_id(record: Record | None, step: Step, **facts: Any) -> Record | None:
    taken = take_step(record, step, **facts)
    if taken and taken.drain and step.action is Action.DRAIN:
        return replace(taken, drain=Drain(f"{taken.generation:012x}", taken.drain.after))
    return taken


def _believes(twist: Twist) -> Callable[..., Step]:
    """Return the rule that believes of evidence what `twist` makes of it."""

    def step(
        record: Record | None,
        published: Place | None,
        desired: Place | None,
        evidence: Evidence | None,
        **more: Any,
    ) -> Step:
        if evidence and record and record.drain:
            evidence = twist(evidence, record, more["lineage"])
        return next_step(record, published, desired, evidence, **more)

    return step


def _any_revision(evidence: Evidence, _record: Record, lineage: Any) -> Evidence:
    return replace(evidence, revision=lineage.head)


def _any_drain(evidence: Evidence, record: Record, _lineage: Any) -> Evidence:
    return replace(evidence, drain=record.drain.id) if record.drain else evidence


def _any_key(evidence: Evidence, record: Record, lineage: Any) -> Evidence:
    return replace(_any_drain(evidence, record, lineage), key=record.key, place=record.place)


def _any_drain_or_revision(evidence: Evidence, record: Record, lineage: Any) -> Evidence:
    return _any_revision(_any_drain(evidence, record, lineage), record, lineage)


UNPROVED = Rule(step=_release_unproved, take=_take_unproved)
UNDATED = Rule(step=_believes(_any_revision))
BROKEN = (
    Broken("a key moves in one commit", rule=Rule(step=_at_once)),
    Broken("a daemon is renamed in one commit", RENAME, Rule(step=_at_once)),
    Broken("a rename within a namespace is no move", RENAME, Rule(step=_by_namespace)),
    Broken("claimed in the commit after the drain", rule=Rule(step=_claim_before_release)),
    Broken("so, for a rename", RENAME, Rule(step=_claim_before_release)),
    Broken("released without evidence", rule=UNPROVED),
    Broken("so, for a rename", RENAME, UNPROVED),
    Broken("the file of a removed key is removed", rule=Rule(forgets=True), audits=False),
    Broken("computed on one head, pushed on the next", rule=Rule(rebases=True), audits=False),
    Broken("pruned instead of drained", rule=Rule(prunes=True), reader=Reader(absent=True)),
    Broken("`vacant` ignored", ONE_PLACE, Rule(step=_not_vacant)),
    Broken("a generation used twice", rule=Rule(step=_keep_generation)),
    Broken("a drain after a resume goes on with the first", RESUMED, Rule(take=_old_drain)),
    Broken("evidence of any key is accepted", TWO_KEYS, Rule(step=_believes(_any_key))),
    Broken(
        "evidence of any drain, at any revision",
        RESUMED,
        Rule(step=_believes(_any_drain_or_revision)),
    ),
    Broken(
        "one id for all drains, at any revision",
        RESUMED,
        Rule(step=_believes(_any_revision), take=_one_id),
    ),
    Broken("any revision, label not read", RESUMED, UNDATED, reader=Reader(label=False)),
    Broken("any revision, no StatefulSet read", rule=UNDATED, reader=Reader("p")),
    Broken("applied is evidence", reader=Reader("r")),
    Broken("any success that Flux reports is evidence", TOLD),
    Broken("ready is evidence", reader=Reader("rs")),
    Broken("the StatefulSet is not read", reader=Reader("rp")),
    Broken("pods read before all else", reader=Reader("prs")),
    Broken("pods read before the StatefulSet", reader=Reader("rps")),
    Broken("observedGeneration not compared", reader=Reader(observed=False)),
    Broken("no StatefulSet taken for a drained one", reader=Reader(absent=True)),
    Broken("a terminating pod does not count", reader=Reader(terminating=False)),
    Broken("revision of another Kustomization", MOVE, reader=Reader("rp", any_overlay=True)),
)
# One lock taken away where a second one holds: no flaw may be found.
LOCKS = (
    Broken("revision not compared", RESUMED, UNDATED),
    Broken("id of the drain not compared", RESUMED, Rule(step=_believes(_any_drain))),
    Broken("label of the drain not read", RESUMED, reader=Reader(label=False)),
    Broken("one id for all drains of a tenure", RESUMED, Rule(take=_one_id)),
    Broken("revision not read before the StatefulSet", reader=Reader("srp")),
    Broken("pods looked for in one namespace only", MOVE, reader=Reader(whole=False)),
    Broken("revision of another Kustomization", MOVE, reader=Reader(any_overlay=True)),
)
# What is safe and never ends.
STUCK = (
    Broken("a swap waits for its counterpart", SWAP, Rule(step=_wait_until_vacant)),
    Broken("a drain cannot be taken back", rule=Rule(step=_never_resume)),
    Broken("pruned, and looked for", rule=Rule(prunes=True)),
)
# Where the real rule has to come to an end, from every state.
LIVE = (TWO, RENAME, small("move between nets of one cluster"), ONE_PLACE, SWAP, TWO_KEYS)
