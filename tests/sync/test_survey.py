"""All that a cluster says, in pages, from a small API server; and why pods do not run."""

from __future__ import annotations

import json
import socket
import threading
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from generator.errors import RemoteError
from generator.sync import Survey, cluster, survey_fleet
from generator.sync import survey as live
from generator.sync.answer import Unusable
from generator.sync.cluster import survey_cluster
from generator.sync.overview import read_pod, read_service
from tests.status.world import SMOKE, mirror, overlay, published, site, workload
from tests.sync.api_server import ApiServer, serve, status
from tests.sync.conftest import Connect
from tests.sync.shown import show


def seen(api: ApiServer, connect: Connect, survey: live.Survey, seconds: float = 10) -> Survey:
    connect({survey.cluster: api.port})
    show(api, survey)
    return survey_cluster(survey.cluster, context=survey.cluster, seconds=seconds)


def west() -> live.Survey:
    found = mirror(SMOKE)["west"]
    assert isinstance(found, live.Survey)
    return found


def full() -> live.Survey:
    """Return a survey with everything that may be there, and may be missing."""
    first = west()
    gone = replace(first.kustomizations[0], name="x", deleting=True, suspended=True)
    other = replace(gone, name="y", net="smoke", drain="0f3c9d5a2b7e", revision="", history=())
    deployment = replace(first.workloads[0], kind="Deployment", drain="x", deleting=True)
    pod = replace(
        first.pods[0], owner="Deployment/seed-1", deleting=True, why="terminating", node=""
    )
    return replace(
        first,
        kustomizations=(gone, other, *first.kustomizations),
        sources=(
            replace(first.sources[0], revision="", suspended=True, ready=live.Ready()),
            first.sources[1],
        ),
        workloads=(*first.workloads, deployment),
        pods=(
            *first.pods,
            pod,
            replace(pod, name="y", owner="", key="B62", namespace="elsewhere"),
        ),
        services=(
            *first.services,
            live.Service(namespace="net-smoke", name="x", addresses=("203.0.113.9", "lb.example")),
            live.Service(namespace="net-smoke", name="y", addresses=()),
        ),
        nodes=(*first.nodes, live.Node(name="inner", addresses=())),
    )


def test_everything_is_seen(api: ApiServer, connect: Connect) -> None:
    assert seen(api, connect, full()) == full()


def test_lists_come_in_pages(api: ApiServer, connect: Connect) -> None:
    tree = published(site(overlay("workers-1", workload("workers", replicas=7, public=False))))
    survey = mirror(tree)["west"]
    assert isinstance(survey, live.Survey)
    api.page = 3
    assert seen(api, connect, survey) == survey
    paths = [urlsplit(path) for path in api.requests]
    pages = [parse_qs(p.query).get("continue") for p in paths if p.path == "/api/v1/pods"]
    assert pages == [None, ["3"], ["6"]]


def test_one_list_a_kind_however_many_daemons(api: ApiServer, connect: Connect) -> None:
    many = [workload(f"whale-{number}") for number in range(300)]
    survey = mirror(published(site(overlay("producers-1", *many))))["west"]
    assert isinstance(survey, live.Survey)
    assert len(seen(api, connect, survey).pods) == 300
    counts = Counter(urlsplit(path).path for path in api.requests)
    assert (len(counts), max(counts.values())) == (10, 1)


def test_what_flux_applied_is_read_before_what_runs(api: ApiServer, connect: Connect) -> None:
    seen(api, connect, west())
    order = [urlsplit(path).path.rpartition("/")[2] for path in api.requests]
    assert order[:4] == ["cluster", "kustomizations", "kustomizations", "statefulsets"]
    assert order.index("statefulsets") < order.index("pods") < order.index("nodes")


def test_only_keys_matter_outside_the_nets(api: ApiServer, connect: Connect) -> None:
    first = west()
    stray = replace(first.pods[0], namespace="default", name="stray", key="B62")
    other = replace(stray, name="other", key="")
    survey = replace(first, pods=(stray, other))
    assert seen(api, connect, survey).pods == (stray,)


def failure(api: ApiServer, connect: Connect, seconds: float = 10) -> str:
    with pytest.raises(RemoteError) as caught:
        seen(api, connect, west(), seconds)
    return str(caught.value)


@pytest.mark.parametrize(
    ("path", "answer", "reason"),
    [
        ("/api/v1/pods", (403, status(403, "Forbidden", "", {})), "may not read there"),
        ("/api/v1/nodes", (200, b"{}"), "something else than a NodeList"),
        ("/api/v1/services", (200, b"<html>"), "no JSON"),
        ("/apis/apps/v1/deployments", (404, b"404"), "answers with an error (HTTP 404)"),
        (
            "/apis/apps/v1/statefulsets",
            (200, b'{"kind": "StatefulSetList", "items": [{"metadata": {}, "spec": []}]}'),
            'no mapping "spec"',
        ),
        (
            "/api/v1/pods",
            (200, b'{"kind": "PodList", "metadata": {"continue": 1}, "items": []}'),
            'no text "continue"',
        ),
    ],
)
def test_answer_that_cannot_be_used(
    api: ApiServer, connect: Connect, path: str, answer: tuple[int, bytes], reason: str
) -> None:
    api.answers[path] = answer
    assert reason in failure(api, connect)


def test_cluster_that_is_silent_is_not_asked_twice(api: ApiServer, connect: Connect) -> None:
    api.hang = threading.Event()
    assert failure(api, connect, seconds=0.2) == "it does not answer (no answer in time)"
    assert len(api.requests) == 1


def test_nobody_listens(connect: Connect) -> None:
    connect({"west": 9})
    with pytest.raises(RemoteError, match="nothing listens at its address"):
        survey_cluster("west", context="west", seconds=10)


def test_fleet_by_contexts(api: ApiServer, connect: Connect) -> None:
    with serve() as other:
        connect({"west": api.port, "a-context": other.port})
        show(api, west())
        show(other, replace(west(), cluster="east"))
        found = survey_fleet(["west", "east", "north"], contexts={"east": "a-context"}, seconds=10)
    assert found["west"] == west()
    assert found["east"] == replace(west(), cluster="east", context="a-context")
    assert 'no context "north"' in str(found["north"])


# --- why a pod is not ready

UNREADY = {"type": "Ready", "status": "False"}
PODS: dict[str, tuple[dict[str, Any], str]] = {
    "ready": ({"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}, ""),
    "nothing said": ({}, "Unknown: not ready"),
    "no node": (
        {
            "phase": "Pending",
            "conditions": [
                {
                    "type": "PodScheduled",
                    "status": "False",
                    "reason": "Unschedulable",
                    "message": "0/6 nodes are available",
                }
            ],
        },
        "Pending: 0/6 nodes are available",
    ),
    "no node, no words": (
        {
            "phase": "Pending",
            "conditions": [{"type": "PodScheduled", "status": "False", "reason": "Gated"}],
        },
        "Pending: Gated",
    ),
    "image": (
        {
            "phase": "Pending",
            "initContainerStatuses": [
                {"name": "a", "state": {"terminated": {"exitCode": 0}}},
                {
                    "name": "keys",
                    "state": {"waiting": {"reason": "ErrImagePull", "message": "not found"}},
                },
            ],
            "containerStatuses": [
                {"name": "daemon", "state": {"waiting": {"reason": "PodInitializing"}}}
            ],
        },
        "Pending: keys: ErrImagePull: not found",
    ),
    "starting": (
        {
            "phase": "Pending",
            "containerStatuses": [
                {"name": "daemon", "state": {"waiting": {"reason": "ContainerCreating"}}}
            ],
        },
        "Pending: not ready",
    ),
    "crashing": (
        {
            "phase": "Running",
            "containerStatuses": [
                {"name": "daemon", "state": {"waiting": {"reason": "CrashLoopBackOff"}}}
            ],
        },
        "Running: daemon: CrashLoopBackOff",
    ),
    "ended": (
        {
            "phase": "Running",
            "containerStatuses": [
                {
                    "name": "daemon",
                    "state": {"terminated": {"exitCode": 137, "reason": "OOMKilled"}},
                }
            ],
        },
        "Running: daemon ended with code 137 (OOMKilled)",
    ),
    "ended without a word": (
        {"containerStatuses": [{"name": "d", "state": {"terminated": {"exitCode": 1}}}]},
        "Unknown: d ended with code 1",
    ),
    "not ready": (
        {
            "phase": "Running",
            "conditions": [UNREADY],
            "containerStatuses": [
                {"name": "mesh", "ready": True, "state": {"running": {}}},
                {"name": "daemon", "ready": False, "state": {"running": {}}},
            ],
        },
        "Running: daemon is not ready",
    ),
    "evicted": (
        {"phase": "Failed", "message": "The node was low on memory", "conditions": []},
        "Failed: The node was low on memory",
    ),
}


@pytest.mark.parametrize(("content", "why"), PODS.values(), ids=PODS)
def test_why_a_pod_is_not_ready(content: dict[str, Any], why: str) -> None:
    pod = {"metadata": {"namespace": "n", "name": "x"}, "spec": {}, "status": content}
    assert read_pod(json.loads(json.dumps(pod))).why == why


def test_service_of_another_type() -> None:
    assert read_service({"metadata": {}, "spec": {"type": "ClusterIP"}}) is None


def test_load_balancer_that_has_neither_address_nor_name() -> None:
    service = {
        "metadata": {"namespace": "n", "name": "x"},
        "spec": {"type": "LoadBalancer"},
        "status": {"loadBalancer": {"ingress": [{"ports": []}]}},
    }
    found = read_service(service)
    assert found is not None
    assert found.addresses == ()


@pytest.mark.parametrize("conditions", [{}, "x", [1]])
def test_list_that_is_none(conditions: object) -> None:
    pod = {"metadata": {"namespace": "n", "name": "x"}, "status": {"conditions": conditions}}
    with pytest.raises(Unusable, match='no list "conditions"'):
        read_pod(pod)


def test_machine_that_hangs_is_given_up_soon(
    connect: Connect, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It takes the connection and then says nothing, not even of TLS."""
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as server:
        connect({"west": server.getsockname()[1]})
        file = tmp_path / "kubeconfig"
        file.write_text(file.read_text("utf-8").replace("http://", "https://"), "utf-8")
        with pytest.raises(RemoteError, match=r"no (answer|connection) in time"):
            survey_cluster("west", context="west", seconds=600)
