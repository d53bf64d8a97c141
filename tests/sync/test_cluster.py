"""One cluster through the real Kubernetes client, from a small API server."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from kubernetes.client import ApiException
from kubernetes.client.rest import RESTClientObject

from generator.errors import RemoteError
from generator.sync import Applied, Observation, Pod, Question, Workload
from generator.sync.cluster import observe_cluster
from tests.sync.api_server import CLUSTER, FLUX, PODS, TOKEN, ApiServer, status
from tests.sync.conftest import Connect

QUESTION = Question(
    kustomization="smoke-producers-1", namespace="testnet-smoke", name="whale-1", label="B62key"
)
KUSTOMIZATION = f"{FLUX}/smoke-producers-1"
STATEFUL_SETS = "/apis/apps/v1/namespaces/testnet-smoke/statefulsets"
REVISION = f"environments@sha1:{'a' * 40}"


@pytest.fixture
def aws(api: ApiServer, connect: Connect) -> ApiServer:
    """The cluster aws, on which everything about the question is there, and its context."""
    connect({"aws": api.port})
    api.add_cluster("aws")
    api.add_kustomization(
        "smoke-producers-1",
        spec={"path": "./clusters/aws/nets/smoke/producers-1"},
        status={"lastAppliedRevision": REVISION, "observedGeneration": 2},
    )
    api.add_stateful_set("testnet-smoke", "whale-1", drain="0f3c9d5a2b7e", replicas=0)
    return api


def observe(*questions: Question, seconds: float = 10) -> Observation:
    return observe_cluster("aws", questions or (QUESTION,), context="aws", seconds=seconds)


def failure(**how: Any) -> str:
    """Return why a look fails; nothing in it is of the kubeconfig."""
    with pytest.raises(RemoteError) as caught:
        observe(**how)
    text = str(caught.value)
    assert TOKEN not in text
    assert "127.0.0.1" not in text
    assert "\n" not in text
    return text


def test_everything_is_seen(aws: ApiServer) -> None:
    aws.add_pod("elsewhere", "x", "B62key", deletionTimestamp="2026-11-23T00:00:00Z")
    aws.add_pod("elsewhere", "y", "B62other")
    assert observe() == Observation(
        cluster="aws",
        context="aws",
        questions=(QUESTION,),
        kustomizations=(
            Applied(
                name="smoke-producers-1",
                revision=REVISION,
                generation=2,
                observed=2,
                suspended=False,
                deleting=False,
                path="./clusters/aws/nets/smoke/producers-1",
                source="GitRepository/environments",
            ),
        ),
        workloads=(
            Workload(
                namespace="testnet-smoke",
                name="whale-1",
                drain="0f3c9d5a2b7e",
                generation=3,
                observed=3,
                replicas=0,
                counted=0,
            ),
        ),
        pods=(
            Pod(namespace="elsewhere", name="x", label="B62key", phase="Running", deleting=True),
        ),
    )


def test_the_revision_is_read_before_the_pods(aws: ApiServer) -> None:
    observe()
    paths = [urlsplit(path).path for path in aws.requests]
    assert paths == [CLUSTER, KUSTOMIZATION, STATEFUL_SETS, PODS]


def test_every_read_is_of_the_newest_state_in_one_piece(aws: ApiServer) -> None:
    observe()
    queries = [parse_qs(urlsplit(path).query) for path in aws.requests]
    assert queries == [{}, {}, {}, {"labelSelector": ["testnet/key in (B62key)"]}]


def test_objects_that_are_not_there(api: ApiServer, connect: Connect) -> None:
    connect({"aws": api.port})
    api.add_cluster("aws")
    seen = observe()
    assert (seen.kustomizations, seen.workloads, seen.pods) == ((), (), ())


def test_many_keys_are_looked_for_in_several_lists(aws: ApiServer) -> None:
    questions = [
        Question(kustomization="x", namespace="n", name=f"whale-{n}", label=f"B62{n:02}")
        for n in range(100)
    ]
    for n in range(100):
        aws.add_pod("n", f"whale-{n}-0", f"B62{n:02}")
    assert len(observe(*questions).pods) == 100
    lists = [path for path in aws.requests if path.startswith(PODS)]
    assert len(lists) == 3
    assert max(map(len, lists)) < 8000


def test_what_flux_has_not_written_yet(aws: ApiServer) -> None:
    aws.add_kustomization(
        "smoke-producers-1",
        spec={"suspend": True, "sourceRef": {"kind": "K", "name": "s", "namespace": "other"}},
        status={},
        deletionTimestamp="2026-11-23T00:00:00Z",
    )
    [applied] = observe().kustomizations
    assert (applied.revision, applied.observed, applied.source) == ("", -1, "other/K/s")
    assert applied.suspended
    assert applied.deleting


def test_only_what_was_asked_for_is_seen(aws: ApiServer) -> None:
    aws.add_stateful_set("testnet-smoke", "whale-2", drain="", replicas=1)
    aws.add_stateful_set("elsewhere", "whale-1", drain="", replicas=1)
    assert [found.name for found in observe().workloads] == ["whale-1"]


def test_source_in_the_same_namespace_by_name(aws: ApiServer) -> None:
    source = {"kind": "GitRepository", "name": "environments", "namespace": "testnets"}
    aws.add_kustomization("smoke-producers-1", spec={"sourceRef": source}, status={})
    [applied] = observe().kustomizations
    assert applied.source == "GitRepository/environments"


def test_statefulset_that_says_little_wants_a_replica(aws: ApiServer) -> None:
    aws.stateful_sets[0] |= {"spec": {}, "status": {}}
    [workload] = observe().workloads
    assert (workload.replicas, workload.observed, workload.counted) == (1, 0, 0)


def test_pod_without_a_phase(aws: ApiServer) -> None:
    aws.add_pod("n", "x", "B62key")
    del aws.pods[0]["status"]
    [pod] = observe().pods
    assert pod.phase == "Unknown"


def test_another_cluster_behind_the_context(aws: ApiServer) -> None:
    aws.add_cluster("gcp")
    assert failure() == 'the context "aws" leads to the cluster "gcp"'
    assert len(aws.requests) == 1


def test_cluster_without_a_name(aws: ApiServer) -> None:
    del aws.objects[CLUSTER]
    assert "it was not set up (docs/bootstrap.md)" in failure()
    aws.answers[CLUSTER] = 404, b"404 page not found"
    assert "HTTP 404" in failure()


@pytest.mark.parametrize("path", [CLUSTER, KUSTOMIZATION, STATEFUL_SETS, PODS])
@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (401, "does not accept the credentials"),
        (403, "may not read there"),
        (429, "too much to do"),
        (500, "answers with an error (HTTP 500)"),
        (504, "answers with an error (HTTP 504)"),
    ],
)
def test_refusal_of_any_read(aws: ApiServer, path: str, code: int, reason: str) -> None:
    aws.answers[path] = code, status(code, "Reason", f"words with {TOKEN}", {})
    assert reason in failure()


NOT_THERE = {
    "of a proxy": b"404 page not found\n",
    "no object": b"[]",
    "another kind": b'{"kind": "Pod", "reason": "NotFound"}',
    "without details": status(404, "NotFound", "the server could not find it", {}),
    "details of another": status(404, "NotFound", "", {"name": "smoke"}),
    "another reason": status(404, "Gone", "", {"name": "smoke-producers-1"}),
    "no details": status(404, "NotFound", "", {})[:-1] + b', "details": null}',
}


@pytest.mark.parametrize("body", NOT_THERE.values(), ids=NOT_THERE)
def test_only_the_api_server_itself_says_that_something_is_not_there(
    aws: ApiServer, body: bytes
) -> None:
    aws.answers[KUSTOMIZATION] = 404, body
    assert "HTTP 404" in failure()


@pytest.mark.parametrize(
    "metadata", [{"continue": "eyJ2Ijoi"}, {"remainingItemCount": 1}], ids=["token", "count"]
)
def test_part_of_a_list_is_refused(aws: ApiServer, metadata: dict[str, Any]) -> None:
    aws.list_metadata = metadata
    assert failure() == "it answers with a part of its StatefulSets"
    aws.answers[STATEFUL_SETS] = 200, b'{"kind": "StatefulSetList", "items": []}'
    assert failure() == "it answers with a part of its Pods"


def change(path: str, **fields: object) -> Callable[[ApiServer], None]:
    """Return what makes the API server answer with other fields of an object."""

    def make(api: ApiServer) -> None:
        api.answers[path] = 200, json.dumps(api.objects[path] | fields).encode()

    return make


def send(path: str, content: object) -> Callable[[ApiServer], None]:
    """Return what makes the API server answer with something else."""
    body = content if isinstance(content, bytes) else json.dumps(content).encode()

    def make(api: ApiServer) -> None:
        api.answers[path] = 200, body

    return make


def stateful_set(**fields: object) -> Callable[[ApiServer], None]:
    """Return what makes the API server answer with other fields of the StatefulSet."""

    def make(api: ApiServer) -> None:
        items = [api.stateful_sets[0] | fields]
        content = {"kind": "StatefulSetList", "metadata": {}, "items": items}
        api.answers[STATEFUL_SETS] = 200, json.dumps(content).encode()

    return make


POD_LIST = {"kind": "PodList", "metadata": {}}
STRANGE: dict[str, tuple[Callable[[ApiServer], None], str]] = {
    "no JSON": (send(PODS, b"<html>"), "no JSON"),
    "cut off": (send(PODS, b'{"kind": "PodList", "items": ['), "no JSON"),
    "empty": (send(STATEFUL_SETS, b""), "no JSON"),
    "no object": (send(PODS, []), "something else than a PodList"),
    "a table": (send(PODS, {"kind": "Table"}), "something else than a PodList"),
    "no items": (send(PODS, POD_LIST), "has no items"),
    "null items": (send(PODS, POD_LIST | {"items": None}), "has no items"),
    "odd item": (send(PODS, POD_LIST | {"items": ["x"]}), "has no items"),
    "pod without a name": (send(PODS, POD_LIST | {"items": [{"metadata": {}}]}), "no text"),
    "pod without a label": (
        send(PODS, POD_LIST | {"items": [{"metadata": {"name": "x", "namespace": "n"}}]}),
        'no text "testnet/key"',
    ),
    "another namespace": (
        stateful_set(metadata={"name": "whale-1", "namespace": "x", "generation": 1}),
        "asked for testnet-smoke and answers with another namespace",
    ),
    "another Kustomization": (
        change(KUSTOMIZATION, metadata={"name": "x", "generation": 1}),
        "asked for smoke-producers-1 and",
    ),
    "replicas in words": (stateful_set(spec={"replicas": "0"}), 'no number "replicas"'),
    "replicas false": (stateful_set(spec={"replicas": False}), 'no number "replicas"'),
    "labels in a list": (
        stateful_set(metadata={"labels": [], "name": "", "namespace": "", "generation": 0}),
        'no mapping "labels"',
    ),
    "suspend in words": (
        change(KUSTOMIZATION, spec={"suspend": "no", "sourceRef": {"kind": "", "name": ""}}),
        'no true or false "suspend"',
    ),
    "revision is a number": (
        change(KUSTOMIZATION, status={"lastAppliedRevision": 1}),
        'no text "lastAppliedRevision"',
    ),
}


@pytest.mark.parametrize(("make", "reason"), STRANGE.values(), ids=STRANGE)
def test_strange_answer_is_refused(
    aws: ApiServer, make: Callable[[ApiServer], None], reason: str
) -> None:
    make(aws)
    assert reason in failure()


def test_cluster_that_does_not_answer(aws: ApiServer) -> None:
    aws.hang = threading.Event()
    assert "does not answer" in failure(seconds=0.2)
    assert len(aws.requests) <= 2


def test_no_time_left(aws: ApiServer) -> None:
    assert failure(seconds=-1) == "it does not answer in time"
    assert not aws.requests


def test_nobody_listens(connect: Connect) -> None:
    connect({"aws": 9})
    assert "does not answer" in failure()


def test_wrong_token(aws: ApiServer, connect: Connect) -> None:
    connect({"aws": aws.port}, token="another")  # noqa: S106 - no token of anything
    assert "does not accept the credentials" in failure()


def test_unknown_context(aws: ApiServer, connect: Connect) -> None:
    connect({"other": aws.port})
    assert "--context CLUSTER=CONTEXT" in failure()
    assert not aws.requests


@pytest.mark.parametrize("content", [None, "", "[]", "a: [", "contexts: 1"])
def test_no_kubeconfig(aws: ApiServer, tmp_path: Path, content: str | None) -> None:
    (tmp_path / "kubeconfig").unlink()
    if content is not None:
        (tmp_path / "kubeconfig").write_text(content, encoding="utf-8")
    assert 'the kubeconfig has no context "aws"' in failure()
    assert not aws.requests


@pytest.mark.usefixtures("aws")
def test_certificate_that_is_not_valid(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise ApiException(status=0, reason=f"SSLError\n{TOKEN}")

    monkeypatch.setattr(RESTClientObject, "request", refuse)
    assert failure() == "its certificate is not valid"
