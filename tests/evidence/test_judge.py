"""What an observation of a cluster proves, and all that it does not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from generator.evidence.judge import judge, question
from generator.publickey import decode_public_key
from generator.register import Evidence, Place, State, Waiting
from generator.render.manifest import LABEL_LIMIT, key_label
from generator.sync import Observation
from tests.evidence.cases import (
    AT,
    BEFORE,
    COMMITS,
    DRAIN,
    DRAINED,
    KEY,
    LATER,
    LINEAGE,
    LONG_KEY,
    OTHER_KEY,
    PLACE,
    POD,
    QUESTION,
    STOPPED,
    WAITING,
    WORKLOAD,
    applied,
    observed,
    runs,
    waiting_for,
    wants,
)


def look(seen: Observation, waiting: Waiting = WAITING) -> Evidence | str:
    return judge(
        waiting, seen, LINEAGE, branch="environments", source="kubernetes", who="alice", at=AT
    )


def test_stopped_is_evidence() -> None:
    assert look(STOPPED) == Evidence(
        key=KEY,
        place=PLACE,
        drain=DRAIN.id,
        revision=DRAINED,
        source="kubernetes",
        who="alice",
        at=AT,
    )


@pytest.mark.parametrize("revision", COMMITS[3:])
def test_the_drain_and_every_later_revision_counts(revision: str) -> None:
    found = look(applied(revision=f"environments@sha1:{revision}"))
    assert isinstance(found, Evidence)
    assert found.revision == revision


REFUSED = {
    "revision before the drain": (
        applied(revision=f"environments@sha1:{BEFORE}"),
        "from before the drain",
    ),
    "unknown revision": (applied(revision=f"environments@sha1:{'f' * 40}"), "unknown revision"),
    "abbreviated revision": (applied(revision=f"environments@sha1:{DRAINED[:12]}"), 'applied "env'),
    "old form of revision": (applied(revision=f"environments/{DRAINED}"), 'applied "env'),
    "bare id": (applied(revision=DRAINED), 'applied "000'),
    "more behind the revision": (
        applied(revision=f"environments@sha1:{DRAINED}\n"),
        'applied "env',
    ),
    "another branch": (
        applied(revision=f"main@sha1:{DRAINED}"),
        'follows the branch "main"',
    ),
    "nothing applied": (applied(revision=""), "applied nothing yet"),
    "suspended": (applied(suspended=True), "is suspended"),
    "being deleted": (applied(deleting=True), "is being deleted"),
    "not observed": (applied(observed=1), "Flux has not looked at it"),
    "another path": (applied(path="./clusters/aws/nets/other/producers-1"), "applies ./clusters"),
    "another cluster's path": (applied(path="./clusters/gcp/nets/smoke/producers-1"), "applies"),
    "another source": (applied(source="GitRepository/mine"), "of GitRepository/mine, not"),
    "no Kustomization": (observed(kustomizations=()), "has no Kustomization"),
    "another Kustomization": (applied(name="smoke-producers-2"), "has no Kustomization"),
    # Its controller may yet make a pod for it: tests/model finds how.
    "no StatefulSet": (observed(workloads=()), "is not there; Flux makes it again"),
    "wants a replica": (wants(replicas=1), "still wants 1 replicas"),
    "no drain": (wants(drain=""), 'has the drain label ""'),
    "another drain": (wants(drain="0" * 12), f'not "{DRAIN.id}"'),
    "controller is behind": (wants(observed=2), "its controller has not looked at it"),
    "controller counts a pod": (wants(counted=1), "still has 1 pods"),
    "another cluster": (observed(cluster="gcp"), "nobody looked for its daemon on aws"),
    "not asked": (observed(questions=()), "nobody looked for its daemon"),
    "asked about another name": (
        observed(questions=(replace(QUESTION, name="whale-2"),)),
        "nobody looked for its daemon",
    ),
    "asked about another label": (
        observed(questions=(replace(QUESTION, label=OTHER_KEY),)),
        "nobody looked for its daemon",
    ),
}


@pytest.mark.parametrize(("seen", "reason"), REFUSED.values(), ids=REFUSED)
def test_what_proves_nothing(seen: Observation, reason: str) -> None:
    found = look(seen)
    assert isinstance(found, str)
    assert reason in found


@pytest.mark.parametrize("phase", ["Pending", "Running", "Succeeded", "Failed", "Unknown"])
@pytest.mark.parametrize("deleting", [False, True])
@pytest.mark.parametrize("namespace", [PLACE.namespace, "elsewhere"])
def test_every_pod_counts(phase: str, deleting: bool, namespace: str) -> None:  # noqa: FBT001
    found = look(runs(phase=phase, deleting=deleting, namespace=namespace))
    state = "terminating" if deleting else phase
    assert found == f"the pod {namespace}/whale-1-0 is still there ({state})"


def test_more_pods_are_counted() -> None:
    pods = (POD, replace(POD, name="whale-1-1"), replace(POD, label=OTHER_KEY, name="x"))
    assert str(look(observed(pods=pods))).endswith("(Running) and 1 more")


def test_a_pod_of_another_key_does_not_count() -> None:
    assert isinstance(look(runs(label=OTHER_KEY)), Evidence)


def test_a_statefulset_of_that_name_elsewhere_does_not_count() -> None:
    # Neither for the drain, nor against it: only pods are looked for everywhere.
    there = replace(WORKLOAD, namespace="elsewhere", replicas=1, drain="")
    assert isinstance(look(observed(workloads=(there, WORKLOAD))), Evidence)
    drained = replace(WORKLOAD, namespace="elsewhere")
    running = replace(WORKLOAD, replicas=1)
    assert "still wants" in str(look(observed(workloads=(drained, running))))


def test_the_label_of_a_long_key_is_its_digest() -> None:
    asked = question(waiting_for(LONG_KEY))
    assert not isinstance(asked, str)
    assert asked.label == key_label(LONG_KEY, decode_public_key(LONG_KEY).identity)
    assert len(asked.label) <= LABEL_LIMIT
    seen = observed(questions=(asked,), pods=(replace(POD, label=asked.label),))
    assert "is still there" in str(look(seen, waiting_for(LONG_KEY)))
    assert isinstance(look(replace(seen, pods=()), waiting_for(LONG_KEY)), Evidence)


@pytest.mark.parametrize(
    ("waiting", "reason"),
    [
        (waiting_for("1" * 30), "the register holds a key that begins with none of"),
        (waiting_for(KEY, place=replace(PLACE, kind="Deployment")), "look for a Deployment"),
        (waiting_for(KEY, drain=None, state=State.HELD), "is not draining"),
        (waiting_for(KEY, place=Place("aws", "testnet-smoke", "whale-2")), "nobody looked"),
        (waiting_for(KEY, net="other"), "applies ./clusters/aws/nets/smoke/producers-1"),
        (waiting_for(KEY, drain=replace(DRAIN, after="e" * 40)), "was rewritten since the drain"),
        (waiting_for(KEY, drain=replace(DRAIN, after=LATER)), "from before the drain"),
    ],
)
def test_what_cannot_be_looked_for(waiting: Waiting, reason: str) -> None:
    found = look(STOPPED, waiting)
    assert isinstance(found, str)
    assert reason in found


def test_a_drain_in_the_first_commit() -> None:
    first = waiting_for(KEY, drain=replace(DRAIN, after=""))
    found = look(applied(revision=f"environments@sha1:{COMMITS[0]}"), first)
    assert isinstance(found, Evidence)


def test_ids_of_sha256_are_read() -> None:
    revision = f"environments@sha256:{'a' * 64}"
    assert "unknown revision" in str(look(applied(revision=revision)))
