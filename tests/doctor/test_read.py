"""The setup of one cluster through the real Kubernetes client, from a small API server."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import replace
from decimal import Decimal
from email.utils import format_datetime, formatdate
from typing import Any

import pytest

from generator.doctor import wanted_of
from generator.errors import RemoteError
from generator.sync.setup import Setup, Unseen
from generator.sync.setup.read import read_setup
from tests.doctor.api import (
    APPLIED,
    CLUSTER,
    DEPLOYMENTS,
    NODES,
    PROVIDER,
    REVIEWS,
    ROLES,
    SECRET,
    SOURCE,
    TRIAL,
    Api,
    deployment,
    listed,
    node,
)
from tests.doctor.api import STORAGE as CLASSES
from tests.doctor.setups import MOMENT, cluster, setup
from tests.sync.api_server import TOKEN, status
from tests.sync.conftest import Connect

FORBIDDEN = status(403, "Forbidden", f"words with {TOKEN}", {})
NETS = ("testnets", "environments")


def read(**how: Any) -> Setup:
    given: dict[str, Any] = {"context": "west", "seconds": 10} | how
    return read_setup("west", wanted_of(cluster()), **given)


def failure(**how: Any) -> str:
    with pytest.raises(RemoteError) as caught:
        read(**how)
    text = str(caught.value)
    assert TOKEN not in text
    assert "127.0.0.1" not in text
    return text


def test_everything_is_seen_as_it_is(west: Api) -> None:
    west.date = format_datetime(MOMENT, usegmt=True)
    seen = read()
    assert seen.moment == MOMENT
    assert seen.ahead is not None
    assert replace(seen, ahead=-0.4, context="prod-west") == setup()


def test_nothing_is_made_and_no_secret_is_read(west: Api) -> None:
    read()
    posts = {path for method, path, _ in west.requests if method == "POST"}
    assert posts == {REVIEWS, f"{TRIAL}?dryRun=All"}
    assert {method for method, _, _ in west.requests} == {"GET", "POST"}
    secrets = [(path, how) for _, path, how in west.requests if "/secrets/" in path]
    assert len(secrets) == 3
    for path, how in secrets:
        assert path.endswith("?includeObject=None")
        assert how == "application/json;as=Table;v=v1;g=meta.k8s.io"


def test_rights_are_asked_of_the_account_of_the_deployment(west: Api) -> None:
    west.may = lambda spec: spec["resourceAttributes"]["resource"] != "nodes"
    seen = read()
    assert [right for right, may in seen.rights.items() if may is False] == [
        right for right in seen.rights if right.resource == "nodes"
    ]
    asked = {spec["user"]: spec for spec in west.reviews}
    assert set(asked) == {
        "system:serviceaccount:dns:external-dns",
        "system:serviceaccount:flux-system:kustomize-controller",
        "system:serviceaccount:testnets:drain",
        "system:serviceaccount:testnets:drain-reconciler",
    }
    drain = asked["system:serviceaccount:testnets:drain"]
    assert "system:serviceaccounts:testnets" in drain["groups"]


def test_what_is_not_there(west: Api) -> None:
    west.objects = {"/version": {"gitVersion": "v1.37.0"}}
    west.answers[TRIAL] = 404, status(404, "NotFound", "no namespace", {})
    seen = read()
    assert seen.name is None
    assert seen.provider is None
    assert set(seen.sources.values()) == set(seen.reconcilers.values()) == {None}
    assert set(seen.versions.values()) == {frozenset()}
    assert set(seen.secrets.values()) == set(seen.roles.values()) == {False}
    assert isinstance(seen.nodes, Unseen)
    assert isinstance(seen.guards, Unseen)


@pytest.mark.parametrize(
    ("code", "words"),
    [(403, "may not read there"), (429, "too much to do"), (500, "with an error (HTTP 500)")],
)
@pytest.mark.parametrize("path", [CLUSTER, DEPLOYMENTS, NODES, SECRET, PROVIDER, REVIEWS, TRIAL])
def test_one_refusal_hides_only_what_is_behind_it(
    west: Api, path: str, code: int, words: str
) -> None:
    west.answers[path] = code, status(code, "Reason", f"words with {TOKEN}", {})
    seen = read()
    unseen = [value for value in _values(seen) if isinstance(value, Unseen)]
    assert unseen
    assert all(words in value.why or "no Deployment" in value.why for value in unseen)
    assert len(unseen) < len(_values(seen)) / 2
    assert not any(TOKEN in value.why for value in unseen)


def _values(seen: Setup) -> list[object]:
    """Return everything that was seen or not, those of mappings one by one."""
    found: list[object] = []
    for name in Setup.__slots__:
        value = getattr(seen, name)
        found += value.values() if isinstance(value, dict) else [value]
    return found


MANGLED = {
    "no object": b"[]",
    "no JSON": b"<html>",
    "nothing in it": b"{}",
    "a part of a list": json.dumps(
        {"kind": "NodeList", "metadata": {"continue": "x"}, "items": []}
    ).encode(),
    "of another kind": json.dumps(listed("Pod")).encode(),
}


@pytest.mark.parametrize("body", MANGLED.values(), ids=MANGLED)
@pytest.mark.parametrize("path", [CLUSTER, DEPLOYMENTS, NODES, CLASSES, SOURCE.format("testnets")])
def test_answers_of_no_use_are_not_seen(west: Api, path: str, body: bytes) -> None:
    west.answers[path] = 200, body
    seen = read()
    by_path = {
        CLUSTER: seen.name,
        DEPLOYMENTS: seen.controllers,
        NODES: seen.nodes,
        CLASSES: seen.storage,
        SOURCE.format("testnets"): seen.sources[NETS],
    }
    assert by_path[path] == Unseen("the API server answers with something else")


def test_no_deployment_to_ask_for(west: Api) -> None:
    west.objects[DEPLOYMENTS] = listed("Deployment")
    unseen = {value for value in read().rights.values() if isinstance(value, Unseen)}
    assert unseen == {Unseen("no Deployment of external-dns is seen")}


def test_flux_has_not_looked_yet(west: Api) -> None:
    west.objects[SOURCE.format("testnets")]["status"] = {}
    west.objects[APPLIED.format("platform")]["status"]["observedGeneration"] = 2
    west.objects[APPLIED.format("testnets")]["status"]["conditions"][1]["status"] = "Unknown"
    seen = read()
    source, platform = seen.sources[NETS], seen.reconcilers["flux-system", "platform"]
    assert source is not None
    assert not isinstance(source, Unseen)
    assert (source.ready, source.why) == (False, "no controller has looked at it yet")
    assert (source.updated, source.revision) == (None, "")
    assert platform is not None
    assert not isinstance(platform, Unseen)
    assert (platform.ready, platform.busy) == (False, False)
    nets = seen.reconcilers["flux-system", "testnets"]
    assert nets is not None
    assert not isinstance(nets, Unseen)
    assert (nets.ready, nets.busy) == (False, True)


def test_what_a_cluster_says_is_one_line_that_no_terminal_obeys(west: Api) -> None:
    [_, ready] = west.objects[SOURCE.format("testnets")]["status"]["conditions"]
    ready["message"] = "\x1b[31mfailed\n\tto clone\u202e " + "x" * 500
    source = read().sources[NETS]
    assert source is not None
    assert not isinstance(source, Unseen)
    assert source.why.startswith("[31mfailed to clone xxx")
    assert len(source.why) == 200


@pytest.mark.parametrize(
    "closed",
    [
        {"unschedulable": True},
        {"taints": [{"key": "a", "effect": "NoSchedule"}]},
        {"taints": [{"key": "a", "effect": "NoExecute"}]},
    ],
)
def test_nodes_that_take_not_any_pod(west: Api, closed: dict[str, Any]) -> None:
    west.objects[NODES] = listed("Node", node(1) | {"spec": closed})
    seen = read().nodes
    assert not isinstance(seen, Unseen)
    assert [each.open for each in seen] == [False]


def test_nodes_that_say_little(west: Api) -> None:
    bare = {"metadata": {"name": "n"}, "status": {"allocatable": {"cpu": "4", "memory": "16G"}}}
    west.objects[NODES] = listed("Node", bare)
    seen = read().nodes
    assert not isinstance(seen, Unseen)
    [found] = seen
    assert (found.ready, found.open, found.zone, found.addresses) == (False, True, "", ())
    assert (found.cpu, found.memory) == (Decimal(4), 16 * 10**9)


def test_programs_by_the_names_of_their_images(west: Api) -> None:
    image = "localhost:5000/a/external-dns:v1@sha256:00"
    made = deployment("dns", "x")
    made["spec"]["template"]["spec"] = {
        "containers": [{"image": image, "command": ["/dns"], "args": ["--a"]}]
    }
    del made["spec"]["replicas"], made["status"]
    west.objects[DEPLOYMENTS] = listed("Deployment", made)
    seen = read().controllers
    assert not isinstance(seen, Unseen)
    [found] = seen
    assert (found.program, found.image, found.account) == ("external-dns", image, "dns/default")
    assert (found.arguments, found.wanted, found.ready) == (("/dns", "--a"), 1, 0)


def test_arguments_that_no_terminal_obeys(west: Api) -> None:
    long = "--feature-gates=" + ",".join(f"Gate{number}=true" for number in range(40))
    made = deployment("flux-system", "kustomize-controller", long, "--concurrent=\x1b[2J4")
    west.objects[DEPLOYMENTS] = listed("Deployment", made)
    seen = read().controllers
    assert not isinstance(seen, Unseen)
    assert seen[0].arguments == (long, "--concurrent= [2J4")


@pytest.mark.parametrize(
    ("answer", "guards"),
    [
        ((201, b"{}"), False),
        ((403, FORBIDDEN), Unseen("the account of the kubeconfig may not read there (HTTP 403)")),
        ((403, b"[]"), Unseen("the account of the kubeconfig may not read there (HTTP 403)")),
        ((400, b"{}"), Unseen("its API server answers with an error (HTTP 400)")),
    ],
)
def test_what_became_of_the_pod_on_trial(
    west: Api, answer: tuple[int, bytes], guards: object
) -> None:
    west.answers[TRIAL] = answer
    assert read().guards == guards


def test_a_role_without_a_name_is_none(west: Api) -> None:
    west.objects[f"{ROLES}/testnet-daemon"] = {"metadata": {"name": ""}}
    assert read().roles["testnet-daemon"] is False


@pytest.mark.parametrize("drift", [-100, 0, 100])
def test_the_clock_of_the_api_server(west: Api, drift: int) -> None:
    west.date = formatdate(time.time() + drift, usegmt=True)
    ahead = read().ahead
    assert ahead is not None
    assert abs(ahead - drift) < 5


def test_no_date_and_no_version(west: Api) -> None:
    west.date = "today"
    west.answers["/version"] = 200, b"[]"
    seen = read()
    assert (seen.moment, seen.ahead, seen.version) == (None, None, "")


def test_credentials_that_are_not_accepted(west: Api, connect: Connect) -> None:
    connect({"west": west.port}, token="wrong")  # noqa: S106 - of nobody
    assert failure() == "it does not accept the credentials of the kubeconfig (HTTP 401)"


def test_api_server_that_only_fails(west: Api) -> None:
    west.answers["/version"] = 503, b"no"
    assert failure() == "its API server answers with an error (HTTP 503)"


def test_nobody_listens(connect: Connect) -> None:
    connect({"west": 1})
    assert "it does not answer" in failure()


@pytest.mark.usefixtures("west")
def test_context_that_there_is_not() -> None:
    assert 'no context "east"' in failure(context="east")


def test_cluster_that_falls_silent_after_the_first_answer(west: Api) -> None:
    west.silent = threading.Event()
    began = time.monotonic()
    seen = read(seconds=1)
    assert time.monotonic() - began < 10
    assert seen.version == "v1.37.2-eks-3f2a1b"
    unseen = [value for value in _values(seen) if isinstance(value, Unseen)]
    assert {value.why for value in unseen} >= {"it does not answer in time"}
    assert isinstance(seen.guards, Unseen)
