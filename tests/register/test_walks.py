"""One key through random wishes and random evidence, step by step."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.register import Action, Evidence, Lineage, Place, Record, State, Step, next_step
from generator.register.change import take_step
from generator.register.step import refuse_evidence
from tests.register.histories import FEW_PLACES, KEY, OTHER_KEY, commit_id, records

WISHES = st.one_of(st.none(), st.sampled_from(FEW_PLACES))


@st.composite
def sights(draw: st.DrawFn, made: list[Record], commits: list[str]) -> Evidence | None:
    """Evidence of any drain until now, right or wrong in any one or more of its parts."""
    drained = [record for record in made if record.drain]
    if not drained or draw(st.booleans()):
        return None
    # Mostly of the last drain: else no walk would ever come far.
    record = draw(st.sampled_from([*drained, *drained[-1:] * 5]))
    assert record.drain
    return Evidence(
        key=draw(st.sampled_from((KEY, KEY, KEY, OTHER_KEY))),
        place=draw(st.sampled_from((record.place, record.place, record.place, *FEW_PLACES))),
        drain=record.drain.id,
        revision=draw(st.sampled_from((*commits, *commits[-1:] * 5, commit_id("unknown")))),
        source="file",
        who="walk",
    )


def advance(
    record: Record | None, commits: list[str], desired: Place | None, evidence: Evidence | None
) -> tuple[Step, Record | None]:
    """Take the next step of a key on top of the last commit."""
    held = record.place if record and record.state is State.HELD else None
    step = next_step(record, held, desired, evidence, lineage=Lineage(commits))
    head = commits[-1] if commits else ""
    return step, take_step(
        record, step, key=KEY, head=head, desired=desired, net="qa", evidence=evidence
    )


@given(st.data())
def test_a_key_gets_a_new_place_only_after_proof_of_its_last_drain(data: st.DataObject) -> None:
    record: Record | None = None
    commits: list[str] = []
    made: list[Record] = []
    ids: set[str] = set()
    for number in range(data.draw(st.integers(1, 20))):
        desired = data.draw(WISHES)
        evidence = data.draw(sights(made, commits))
        step, new = advance(record, commits, desired, evidence)
        if step.action in {Action.RELEASE, Action.HAND_OVER}:
            assert record
            assert record.drain
            assert evidence
            assert (evidence.key, evidence.place) == (KEY, record.place)
            assert evidence.drain == record.drain.id
            assert Lineage(commits).follows(evidence.revision, record.drain.after)
            assert new
            assert new.past[-1].evidence == evidence
        if record and new:
            moved = new.place != record.place
            assert new.generation == record.generation + (
                step.action in {Action.HAND_OVER, Action.CLAIM}
            )
            if moved:
                free = record.state is State.FREE
                assert free or step.action is Action.HAND_OVER
            assert new.past[: len(record.past)] == record.past
        if step.action in {Action.WAIT, Action.KEEP, Action.IDLE}:
            assert new == record
        assert not new or (new.drain is not None) is (new.state is State.DRAINING)
        if step.action is Action.DRAIN:
            assert new
            assert new.drain
            assert new.drain.id not in ids
            ids.add(new.drain.id)
        record = new
        if new:
            made.append(new)
        commits.append(commit_id(number))


@given(records(), WISHES, st.sampled_from(("vacant", "")), st.data())
def test_the_rule_reads_neither_what_is_past_nor_the_net(
    record: Record, desired: Place | None, vacant: str, data: st.DataObject
) -> None:
    """The search takes records for one that differ in nothing else; and may."""
    commits = [commit_id(number) for number in range(10)]
    evidence = data.draw(sights([record], commits))
    held = record.place if record.state is State.HELD else None
    other = replace(record, past=(), net="another")
    lineage = Lineage(commits)
    steps = [
        next_step(each, held, desired, evidence, lineage=lineage, vacant=bool(vacant))
        for each in (record, other)
    ]
    assert steps[0] == steps[1]


@given(records([State.DRAINING]), st.integers(0, 9), st.integers(0, 9))
def test_evidence_at_a_later_revision_is_never_worse(
    record: Record, first: int, second: int
) -> None:
    """The search keeps the latest evidence of each drain only; and may."""
    assert record.drain
    commits = [commit_id(number) for number in range(10)]
    lineage = Lineage(commits)
    early, late = sorted((first, second))
    evidence = Evidence(
        key=KEY,
        place=record.place,
        drain=record.drain.id,
        revision=commits[early],
        source="file",
        who="test",
    )
    later = replace(evidence, revision=commits[late])
    if not refuse_evidence(record, evidence, lineage):
        assert not refuse_evidence(record, later, lineage)


@given(records([State.HELD, State.FREE]))
def test_a_key_that_is_not_draining_has_no_use_for_evidence(record: Record) -> None:
    assert refuse_evidence(record, None, Lineage(())) == "the key is not draining"


@pytest.mark.parametrize("action", [Action.RELEASE, Action.HAND_OVER])
def test_nothing_is_released_without_evidence_whatever_the_step_says(action: Action) -> None:
    _, held = advance(None, [], FEW_PLACES[0], None)
    assert held
    commits = [commit_id(0)]
    _, drained = advance(held, commits, None, None)
    assert drained
    for record in (held, drained):
        with pytest.raises(ValueError, match="released without a drain or evidence"):
            take_step(
                record,
                Step(action, 1),
                key=KEY,
                head=commits[0],
                desired=FEW_PLACES[1],
                net="qa",
                evidence=None,
            )


@given(st.integers(0, 12), st.integers(0, 12))
def test_a_revision_follows_those_before_it_and_nothing_else(revision: int, after: int) -> None:
    lineage = Lineage([commit_id(number) for number in range(10)])
    expected = revision < 10 and after < 10 and revision > after
    assert lineage.follows(commit_id(revision), commit_id(after)) is expected
    assert lineage.follows(commit_id(revision), "") is (revision < 10)
    assert not lineage.follows("", commit_id(after))
    assert (commit_id(revision) in lineage) is (revision < 10)


def test_a_lineage_knows_its_head_and_length() -> None:
    assert (Lineage(()).head, len(Lineage(()))) == ("", 0)
    assert (Lineage(("x", "y")).head, len(Lineage(("x", "y")))) == ("y", 2)


def test_a_commit_has_one_child_and_the_head_has_none() -> None:
    lineage = Lineage(("x", "y"))
    assert [lineage.child(commit) for commit in ("", "x", "y", "unknown")] == ["x", "y", "", ""]
    assert not Lineage(()).child("")
