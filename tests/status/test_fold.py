"""Each way of being not as published, and that nothing else is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from generator.register import Drain, Lineage, Place, Record, State, Waiting
from generator.status import Kind, fold
from generator.status.applied import commit_of
from generator.sync import Observation
from generator.sync import survey as live
from tests.evidence.cases import KEY
from tests.status.world import (
    BEFORE,
    COMMITS,
    ELSEWHERE,
    HEAD,
    SMOKE,
    Surveys,
    change,
    digest,
    mirror,
    overlay,
    published,
    revision,
    site,
    told,
    workload,
)

Edit = Callable[[Surveys], Surveys]


def edit(field: str, name: str, **fields: Any) -> Edit:
    """Return what gives one object of the cluster west other fields."""
    return lambda surveys: change(
        surveys,
        "west",
        field,
        name,
        lambda found: replace(found, **fields),  # type: ignore[type-var]
    )


def drop(field: str, name: str) -> Edit:
    """Return what takes one object from the cluster west."""
    return lambda surveys: change(surveys, "west", field, name, lambda _: None)


def add(field: str, made: object) -> Edit:
    """Return what adds an object to the cluster west."""

    def more(surveys: Surveys) -> Surveys:
        survey = surveys["west"]
        assert isinstance(survey, live.Survey)
        objects = (*getattr(survey, field), made)
        edited: live.Survey = replace(survey, **{field: objects})  # type: ignore[arg-type]
        return surveys | {"west": edited}

    return more


def snapshot(text: str, commit: str = HEAD) -> tuple[live.Snapshot, ...]:
    return (live.Snapshot(digest=digest(text), revision=revision(commit), status="x"),)


def failed(reason: str, message: str) -> live.Ready:
    return live.Ready(status="False", reason=reason, message=message)


REVIEWED = SMOKE.sites[0].overlays[2].digest
PRODUCERS = "testnets/smoke-producers-1"
WHALE = "net-smoke/whale-1"
POD = "net-smoke/whale-1-0"
_SURVEY = mirror(SMOKE)["west"]
assert isinstance(_SURVEY, live.Survey)
KUSTOMIZATION = _SURVEY.kustomizations[0]
WORKLOAD = next(w for w in _SURVEY.workloads if w.name == "whale-1")
LIVE_POD = next(p for p in _SURVEY.pods if p.name == "whale-1-0")

CASES: dict[str, tuple[Edit, list[tuple[str, str, str]]]] = {
    "nothing": (lambda surveys: surveys, []),
    "unreachable": (
        lambda surveys: surveys | {"west": "it does not answer"},
        [("unreachable", "west", "it does not answer")],
    ),
    "Kustomization missing": (
        drop("kustomizations", PRODUCERS),
        [("missing", "producers-1", "the Kustomization is not there")],
    ),
    "Kustomization being deleted": (
        edit("kustomizations", PRODUCERS, deleting=True),
        [("deleting", "producers-1", "the Kustomization is being deleted")],
    ),
    "suspended": (
        edit("kustomizations", PRODUCERS, suspended=True),
        [
            (
                "suspended",
                "producers-1",
                (
                    "suspended; `flux resume kustomization smoke-producers-1"
                    " --namespace testnets` lets it go on"
                ),
            )
        ],
    ),
    "another path": (
        edit("kustomizations", PRODUCERS, path="./x"),
        [
            (
                "source",
                "producers-1",
                (
                    "applies ./x of GitRepository/environments, not"
                    " ./clusters/west/nets/smoke/producers-1 of GitRepository/environments"
                ),
            )
        ],
    ),
    "not observed": (
        edit("kustomizations", PRODUCERS, observed=1),
        [
            (
                "unseen",
                "producers-1",
                "the Kustomization was changed, and Flux has not looked at it since",
            )
        ],
    ),
    "not Ready": (
        edit("kustomizations", PRODUCERS, ready=failed("HealthCheckFailed", "timeout\n waiting")),
        [("not-ready", "producers-1", "not Ready: HealthCheckFailed: timeout waiting")],
    ),
    "not Ready without words": (
        edit("kustomizations", PRODUCERS, ready=live.Ready(status="Unknown")),
        [("not-ready", "producers-1", "not Ready: Ready=Unknown")],
    ),
    "Flux is at work": (
        edit(
            "kustomizations",
            PRODUCERS,
            observed=1,
            ready=live.Ready(status="Unknown", reason="Progressing", message="in progress"),
        ),
        [("not-ready", "producers-1", "not Ready: Progressing: in progress")],
    ),
    "no condition": (
        edit("kustomizations", PRODUCERS, ready=live.Ready()),
        [("not-ready", "producers-1", "not Ready: Flux has said nothing of it yet")],
    ),
    "nothing applied": (
        edit("kustomizations", PRODUCERS, revision="", history=()),
        [("behind", "producers-1", "nothing was applied with success yet")],
    ),
    "behind": (
        edit("kustomizations", PRODUCERS, revision=revision(COMMITS[0]), history=()),
        [("behind", "producers-1", "at 000000000000, 3 commits behind")],
    ),
    "one behind, other content": (
        edit("kustomizations", PRODUCERS, revision=revision(BEFORE), history=snapshot("x", BEFORE)),
        [("behind", "producers-1", "at 000000000000, 1 commit behind")],
    ),
    "ahead": (
        edit(
            "kustomizations",
            PRODUCERS,
            revision=revision(ELSEWHERE),
            history=snapshot("x", ELSEWHERE),
        ),
        [
            (
                "ahead",
                "producers-1",
                "applied ffffffffffff, which the published branch does not have",
            )
        ],
    ),
    "another branch": (
        edit(
            "kustomizations",
            PRODUCERS,
            revision=revision(branch="main"),
            history=(
                live.Snapshot(
                    digest=REVIEWED,
                    revision=revision(branch="main"),
                    status="x",
                ),
            ),
        ),
        [("source", "producers-1", 'follows the branch "main", not "environments"')],
    ),
    "no commit": (
        edit("kustomizations", PRODUCERS, revision="latest"),
        [("source", "producers-1", 'the revision "latest" names no commit')],
    ),
    "digest differs": (
        edit("kustomizations", PRODUCERS, history=snapshot("other")),
        [
            (
                "digest",
                "producers-1",
                f"Flux built {digest('other')[:19]}, the lock says {REVIEWED[:19]}",
            )
        ],
    ),
    "no digest": (
        edit("kustomizations", PRODUCERS, history=()),
        [("digest", "producers-1", "Flux reports no digest of the revision that it applied")],
    ),
    "digest of another revision": (
        edit(
            "kustomizations",
            PRODUCERS,
            history=(live.Snapshot(digest=REVIEWED, revision=revision(BEFORE), status="x"),),
        ),
        [("digest", "producers-1", "Flux reports no digest of the revision that it applied")],
    ),
    "StatefulSet missing": (
        drop("workloads", WHALE),
        [("missing", "whale-1", "the StatefulSet is not there")],
    ),
    "StatefulSet being deleted": (
        edit("workloads", WHALE, deleting=True),
        [("deleting", "whale-1", "the StatefulSet is being deleted")],
    ),
    "replicas": (
        edit("workloads", WHALE, replicas=2),
        [("replicas", "whale-1", "wants 2 replicas, published are 1")],
    ),
    "drain that is not published": (
        edit("workloads", WHALE, drain="0f3c9d5a2b7e"),
        [("drain", "whale-1", 'has the drain label "0f3c9d5a2b7e", published is none')],
    ),
    "StatefulSet not observed": (
        edit("workloads", WHALE, observed=2),
        [
            (
                "unseen",
                "whale-1",
                "the StatefulSet was changed, its controller has not looked at it since",
            )
        ],
    ),
    "image": (
        edit("workloads", WHALE, images=(("daemon", "mina:2"), ("keys", "mina:1"))),
        [("image", "whale-1", "the StatefulSet has mina:2 in daemon, published is mina:1")],
    ),
    "container gone": (
        edit("workloads", WHALE, images=(("daemon", "mina:1"),)),
        [("image", "whale-1", "the StatefulSet has no container keys")],
    ),
    "container more": (
        edit("workloads", WHALE, images=(*WORKLOAD.images, ("x", "y"))),
        [("image", "whale-1", "the StatefulSet has a container x, which is not published")],
    ),
    "image of a pod": (
        edit("pods", POD, images=(("daemon", "mina:0"), ("keys", "mina:1"))),
        [("image", "whale-1", "the pod whale-1-0 has mina:0 in daemon, published is mina:1")],
    ),
    "image of a template and of its pod": (
        lambda surveys: edit("workloads", WHALE, images=(("daemon", "mina:2"), ("keys", "mina:1")))(
            edit("pods", POD, images=(("daemon", "mina:2"), ("keys", "mina:1")))(surveys)
        ),
        [("image", "whale-1", "the StatefulSet has mina:2 in daemon, published is mina:1")],
    ),
    "container that the cluster puts into pods": (
        edit("pods", POD, images=(*LIVE_POD.images, ("mesh", "proxy:1"))),
        [],
    ),
    "old template": (
        edit("workloads", WHALE, updated=0),
        [("pod", "whale-1", "0 of 1 pods have the newest template")],
    ),
    "pod pending": (
        edit("pods", POD, phase="Pending", why="Pending: 0/6 nodes are available:\n x", node=""),
        [("pod", "whale-1", "whale-1-0: Pending: 0/6 nodes are available: x")],
    ),
    "pod of an old template that is not ready": (
        edit("workloads", WHALE, ready=0, updated=0),
        [("pod", "whale-1", "0 of 1 pods are counted as ready")],
    ),
    "pod not ready": (
        edit("workloads", WHALE, ready=0),
        [("pod", "whale-1", "0 of 1 pods are counted as ready")],
    ),
    "no pod": (
        lambda surveys: edit("workloads", WHALE, ready=0, counted=0)(drop("pods", POD)(surveys)),
        [("pod", "whale-1", "1 pod of 1 not there yet")],
    ),
    "one pod of three": (
        lambda surveys: edit("workloads", "net-smoke/workers", ready=2, counted=2)(
            drop("pods", "net-smoke/workers-1")(surveys)
        ),
        [("pod", "workers", "1 pod of 3 not there yet")],
    ),
    "a pod too many": (
        add("pods", replace(LIVE_POD, name="whale-1-1", deleting=True, why="terminating")),
        [
            (
                "pod",
                "whale-1",
                "1 pod more than published: whale-1-0 (Running), whale-1-1 (terminating)",
            )
        ],
    ),
    "a pod is counted that is not there": (
        edit("workloads", WHALE, counted=3),
        [("pod", "whale-1", "2 pods more than published: whale-1-0 (Running)")],
    ),
    "load balancer without an address": (
        edit("services", "net-smoke/seed-1", addresses=()),
        [("address", "seed-1", "no address yet: its load balancer has none")],
    ),
    "no load balancer": (
        drop("services", "net-smoke/seed-1"),
        [("missing", "seed-1", "the Service with its load balancer is not there")],
    ),
    "node without an address": (
        edit("pods", POD, node="node-2"),
        [
            (
                "address",
                "whale-1",
                "no address yet: the node node-2 of whale-1-0 has no ExternalIP",
            )
        ],
    ),
    "pod on no node": (edit("pods", POD, node=""), []),
    "source not Ready": (
        edit("sources", "testnets/environments", ready=failed("GitOperationFailed", "no host")),
        [
            (
                "source",
                "testnets/environments",
                "the GitRepository testnets/environments is not Ready: GitOperationFailed: no host",
            )
        ],
    ),
    "source missing": (
        drop("sources", "flux-system/environments"),
        [
            (
                "missing",
                "flux-system/environments",
                "the GitRepository flux-system/environments is not there",
            )
        ],
    ),
    "source suspended": (
        edit("sources", "testnets/environments", suspended=True),
        [
            (
                "suspended",
                "testnets/environments",
                "the GitRepository testnets/environments is suspended: nothing new is fetched",
            )
        ],
    ),
    "bootstrap missing": (
        drop("kustomizations", "flux-system/testnets"),
        [("missing", "flux-system/testnets", "the Kustomization is not there")],
    ),
    "foreign Kustomization": (
        add("kustomizations", replace(KUSTOMIZATION, name="old-shared-1", net="old")),
        [("foreign", "old-shared-1", "the Kustomization is not published")],
    ),
    "foreign Kustomization that goes": (
        add("kustomizations", replace(KUSTOMIZATION, name="smoke-x-1", deleting=True)),
        [("foreign", "smoke-x-1", "the Kustomization is being deleted")],
    ),
    "Kustomization of somebody else": (
        add("kustomizations", replace(KUSTOMIZATION, name="monitoring", net="")),
        [],
    ),
    "foreign StatefulSet with its pod": (
        lambda surveys: add("workloads", replace(WORKLOAD, name="mine"))(
            add("pods", replace(LIVE_POD, name="mine-0", owner="StatefulSet/mine"))(surveys)
        ),
        [("foreign", "mine", "the StatefulSet is not published")],
    ),
    "foreign StatefulSet that goes": (
        add("workloads", replace(WORKLOAD, name="mine", deleting=True)),
        [("foreign", "mine", "the StatefulSet is being deleted")],
    ),
    "pod of nobody": (
        add("pods", replace(LIVE_POD, name="x", owner="")),
        [("foreign", "x", "the pod net-smoke/x belongs to nothing that is published")],
    ),
    "pod with a key elsewhere": (
        add("pods", replace(LIVE_POD, name="x", owner="Job/x", namespace="default", key="B62")),
        [("foreign", "x", "the pod default/x belongs to nothing that is published")],
    ),
    "pod of a Job": (add("pods", replace(LIVE_POD, name="x", owner="Job/x")), []),
    "key twice": (
        lambda surveys: edit("pods", POD, key="B62")(
            edit("pods", "net-smoke/whale-2-0", key="B62")(surveys)
        ),
        [
            (
                "key",
                "B62",
                "is in 2 pods: net-smoke/whale-1-0 on west, net-smoke/whale-2-0 on west",
            )
        ],
    ),
}


@pytest.mark.parametrize(("make", "expected"), CASES.values(), ids=CASES)
def test_what_is_not_as_published(make: Edit, expected: list[tuple[str, str, str]]) -> None:
    status = fold(SMOKE, make(mirror(SMOKE)), {})
    assert told(status) == expected
    assert status.delivered == (not expected)


def test_every_kind_is_found_by_a_case() -> None:
    assert {kind for _, expected in CASES.values() for kind, _, _ in expected} == set(Kind)


def test_fleet_that_has_everything() -> None:
    status = fold(SMOKE, mirror(SMOKE), {})
    assert (status.delivered, status.silent, status.head) == (True, False, HEAD)
    assert [(s.net, s.cluster, s.running, s.wanted, s.delivered) for s in status.sites] == [
        ("smoke", "east", 1, 1, True),
        ("smoke", "west", 6, 6, True),
    ]
    [shared, *_] = status.sites[1].overlays
    assert (shared.revision, shared.behind, shared.ready, shared.reason) == (HEAD, 0, True, "")
    assert shared.reported == shared.digest == SMOKE.sites[0].overlays[0].digest
    assert [cluster.fetched for cluster in status.clusters] == [HEAD, HEAD]


def test_cluster_that_says_nothing_hides_no_other() -> None:
    surveys = mirror(SMOKE) | {"west": "it does not answer"}
    status = fold(SMOKE, change(surveys, "east", "pods", "net-smoke/fish-1-0", lambda _: None), {})
    east, west = status.sites
    assert (east.known, west.known, west.delivered) == (True, False, False)
    assert [d.cluster for d in status.all_differences] == ["west", "east"]
    assert (west.running, west.wanted, west.overlays[0].ready) == (0, 6, False)
    assert not status.silent
    assert fold(SMOKE, dict.fromkeys(SMOKE.clusters, "no"), {}).silent


def test_cluster_that_nobody_asked() -> None:
    [found, *_] = fold(SMOKE, {}, {}).all_differences
    assert found.text == "nobody asked it"


def test_key_on_two_clusters() -> None:
    surveys = edit("pods", POD, key="B62")(mirror(SMOKE))
    surveys = change(
        surveys,
        "east",
        "pods",
        "net-smoke/fish-1-0",
        lambda pod: replace(pod, key="B62"),  # type: ignore[type-var]
    )
    backwards = dict(reversed(surveys.items()))
    for order in (surveys, backwards):
        [found] = fold(SMOKE, order, {}).all_differences
        assert (found.kind, found.cluster) == (Kind.KEY, "east")
        assert found.text == (
            "is in 2 pods: net-smoke/fish-1-0 on east, net-smoke/whale-1-0 on west"
        )


def test_pods_that_run() -> None:
    """Those that are wanted, however many there are; none of a workload that is not there."""
    more = fold(SMOKE, edit("workloads", "net-smoke/workers", ready=9)(mirror(SMOKE)), {})
    less = fold(SMOKE, drop("workloads", "net-smoke/workers")(mirror(SMOKE)), {})
    assert [s.running for s in more.sites] == [1, 6]
    assert [s.running for s in less.sites] == [1, 3]


def test_revision_of_a_repository_with_longer_ids() -> None:
    commit = "0123456789abcdef" * 4
    assert commit_of(f"environments@sha256:{commit}") == commit
    assert commit_of(f"environments@sha1:{commit}") == commit_of("x") == ""


def test_lock_that_says_something_else_than_its_files() -> None:
    other = replace(overlay("shared-1"), built=digest("other"))
    tree = published(site(other))
    [(kind, subject, text)] = told(fold(tree, mirror(tree), {}))
    assert (kind, subject) == ("digest", "shared-1")
    assert "build something else than what their lock says" in text


def test_tree_without_its_history_compares_no_revision() -> None:
    tree = replace(SMOKE, lineage=None)
    surveys = edit(
        "kustomizations",
        PRODUCERS,
        revision=revision(ELSEWHERE),
        history=(live.Snapshot(digest=REVIEWED, revision=revision(ELSEWHERE), status=""),),
    )(mirror(SMOKE))
    status = fold(tree, surveys, {})
    assert (status.delivered, status.head) == (True, "")
    assert {o.behind for s in status.sites for o in s.overlays} == {None}


def test_net_that_is_not_published_there() -> None:
    tree = published(site(overlay("shared-1"), net="other"), clusters=("west",))
    surveys = mirror(SMOKE)
    status = fold(tree, surveys | {"west": surveys["west"]}, {})
    foreign = [s for s in status.sites if not s.overlays]
    assert {(s.net, s.cluster) for s in foreign} == {("smoke", "west"), ("smoke", "east")}
    assert all(d.kind is Kind.FOREIGN for s in foreign for d in s.differences)
    assert all(s.known for s in foreign)


def test_one_net_only_is_nobody_elses_business() -> None:
    tree = replace(SMOKE, sites=(), nets=("smoke", "other"))
    assert fold(tree, mirror(SMOKE), {}, "other").delivered
    twice = edit("pods", POD, key="B62")(
        edit("pods", "net-smoke/whale-2-0", key="B62")(mirror(SMOKE))
    )
    assert fold(tree, twice, {}, "other").delivered
    assert not fold(SMOKE, twice, {}, "smoke").delivered


# --- hand-overs

DRAIN = Drain("0f3c9d5a2b7e", COMMITS[1])
WAITING = Waiting(
    record=Record(
        key=KEY,
        generation=0,
        state=State.DRAINING,
        place=Place("west", "net-smoke", "whale-1"),
        net="smoke",
        since=COMMITS[0],
        drain=DRAIN,
    ),
    kustomization="smoke-producers-1",
)
DRAINED = published(site(overlay("producers-1", workload("whale-1", drain=DRAIN.id, replicas=0))))
DRAINED = replace(DRAINED, waiting=(WAITING,))


def observation(replicas: int = 0) -> Observation:
    """Return what the reader of evidence sees, with so many replicas that are still wanted."""
    from generator.evidence.judge import question  # noqa: PLC0415
    from generator.sync import Applied, Question, Workload  # noqa: PLC0415

    asked = question(WAITING)
    assert isinstance(asked, Question)
    return Observation(
        cluster="west",
        context="west",
        questions=(asked,),
        kustomizations=(
            Applied(
                name="smoke-producers-1",
                revision=revision(),
                generation=1,
                observed=1,
                suspended=False,
                deleting=False,
                path="./clusters/west/nets/smoke/producers-1",
                source="GitRepository/environments",
            ),
        ),
        workloads=(
            Workload(
                namespace="net-smoke",
                name="whale-1",
                drain=DRAIN.id,
                generation=1,
                observed=1,
                replicas=replicas,
                counted=0,
            ),
        ),
        pods=(),
    )


def test_drain_that_waits() -> None:
    status = fold(DRAINED, mirror(DRAINED), {"west": observation(replicas=1)})
    [handover] = status.handovers
    assert "still wants 1 replicas" in handover.waits_for
    assert (handover.daemon, handover.drain, handover.key) == ("whale-1", DRAIN.id, KEY)
    assert told(status) == [("drain", "whale-1", f"told to stop: {handover.waits_for}")]


def test_drain_that_is_done_is_as_published() -> None:
    status = fold(DRAINED, mirror(DRAINED), {"west": observation()})
    assert status.delivered
    assert [handover.waits_for for handover in status.handovers] == [""]


def test_drain_of_a_cluster_that_says_nothing_is_told_once() -> None:
    status = fold(DRAINED, {"west": "no"}, {"west": "no"})
    assert told(status) == [("unreachable", "west", "no")]
    assert [handover.waits_for for handover in status.handovers] == ["no"]


def test_drain_without_history_is_not_judged() -> None:
    tree = replace(DRAINED, lineage=None)
    status = fold(tree, mirror(DRAINED), {"west": observation()})
    assert "without git" in status.handovers[0].waits_for
    assert status.delivered


def test_kustomization_of_a_drain_is_not_foreign() -> None:
    job = replace(KUSTOMIZATION, name=f"smoke-drain-{DRAIN.id}", drain=DRAIN.id)
    seen = {"west": observation()}
    assert fold(DRAINED, add("kustomizations", job)(mirror(DRAINED)), seen).delivered
    elsewhere = replace(WAITING.record, place=Place("east", "net-smoke", "whale-1"))
    other = replace(DRAINED, waiting=(replace(WAITING, record=elsewhere),))
    assert not fold(other, add("kustomizations", job)(mirror(DRAINED)), {"east": "no"}).delivered
    over = replace(DRAINED, waiting=())
    assert not fold(over, add("kustomizations", job)(mirror(DRAINED)), seen).delivered


def test_drained_daemon_that_still_runs() -> None:
    pod = replace(LIVE_POD, deleting=True, why="terminating")
    surveys = add("pods", pod)(mirror(DRAINED))
    status = fold(DRAINED, surveys, {"west": observation()})
    assert told(status) == [
        ("drain", "whale-1", "1 pod more than published: whale-1-0 (terminating)")
    ]


def test_drained_daemon_that_was_not_told_yet() -> None:
    surveys = edit("workloads", WHALE, drain="", replicas=1)(mirror(DRAINED))
    status = fold(DRAINED, surveys, {"west": observation()})
    assert told(status) == [("drain", "whale-1", "has not been told to stop yet")]


def test_commits_that_are_later() -> None:
    assert [Lineage(COMMITS).after(commit) for commit in COMMITS] == [3, 2, 1, 0]
