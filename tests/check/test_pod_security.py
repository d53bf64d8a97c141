"""Pods as policies see them: the verdicts of Kubernetes' own fixtures, and any garbage."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
import ryaml
from hypothesis import given
from hypothesis import strategies as st

from generator.check.pods import APPARMOR, project_pod
from tests.policies.opa import DIRECTORY, opa, written
from tests.synthetic import REPOSITORY

FIXTURES = REPOSITORY / "tests/data/k8s-pss"
RULE = 'data.testnet.rules.workload["pod-security"]'
Pod = dict[str, Any]

# Kubernetes' fixtures for these controls are not all among ours; the verdicts are the standard's.
PEER = {"name": "p2p", "containerPort": 10000, "hostPort": 10000}
REFUSED: dict[str, Pod] = {
    "port-of-the-node": {"ports": [{"containerPort": 80, "hostPort": 80}]},
    "port-of-the-node-remapped": {"ports": [{**PEER, "containerPort": 10001}]},
    "port-of-the-node-as-text": {"ports": [{**PEER, "hostPort": "10000"}]},
    "other-port-of-the-node": {"ports": [PEER, {**PEER, "name": "graphql"}]},
    "privileged": {"securityContext": {"privileged": True}},
    "privileged-as-text": {"securityContext": {"privileged": "true"}},
    "capability": {"securityContext": {"capabilities": {"add": ["SYS_ADMIN"]}}},
    "capability-as-number": {"securityContext": {"capabilities": {"add": [1]}}},
    "context-as-list": {"securityContext": [{"privileged": True}]},
    "probe-of-another-host": {"livenessProbe": {"httpGet": {"host": "10.0.0.1", "port": 80}}},
    "hook-to-another-host": {"lifecycle": {"preStop": {"tcpSocket": {"host": "::1"}}}},
    "host-as-list": {"startupProbe": {"tcpSocket": {"host": ["10.0.0.1"]}}},
}
ALLOWED: dict[str, Pod] = {
    "port-of-peers": {"ports": [PEER, {**PEER, "name": "discovery"}]},
    "no-port-of-the-node": {"ports": [{"containerPort": 80, "hostPort": 0}, {"hostPort": None}]},
    "probe-of-itself": {"livenessProbe": {"httpGet": {"host": "", "port": 80}}},
    "null": {"securityContext": None, "ports": None, "lifecycle": None},
}


def row(name: str, level: str, spec: Pod, metadata: Mapping[str, Any] | None = None) -> Pod:
    return {"object": name, "level": level, "pod": project_pod(spec, metadata), "at": 0}


def refused(rows: Iterable[Pod], directory: Path) -> set[str]:
    """Return the names of the pods that the rule refuses, asked all at once."""
    shapes = list(rows)
    facts = written(directory, {"shapes": shapes})
    paths = (
        DIRECTORY / "lib/pod_security.rego",
        DIRECTORY / "workload/pod-security/rule.rego",
        facts,
    )
    options = [option for path in paths for option in ("--data", path)]
    done = opa("eval", "--format=json", "--strict-builtin-errors", *options, RULE)
    assert not done.returncode, done.stdout
    found = json.loads(done.stdout)["result"][0]["expressions"][0]["value"]
    assert found["judged"] == len(shapes)
    return {violation["subject"] for violation in found["violations"]}


def test_verdicts_of_kubernetes(tmp_path: Path) -> None:
    rows, expected = [], set()
    for path in sorted(FIXTURES.rglob("*.yaml")):
        pod = ryaml.loads(path.read_text("utf-8"))
        level, _, verdict, _ = name = path.relative_to(FIXTURES).parts
        rows.append(row("/".join(name), level, pod["spec"], pod["metadata"]))
        if verdict == "fail":
            expected.add("/".join(name))
    assert len(rows) == 86
    assert refused(rows, tmp_path) == expected


def test_verdicts_of_the_standard(tmp_path: Path) -> None:
    cases = REFUSED | ALLOWED
    rows = [
        row(name, "baseline", {"containers": [{"name": "daemon", **container}]})
        for name, container in cases.items()
    ]
    assert refused(rows, tmp_path) == set(REFUSED)


@pytest.mark.parametrize(
    "spec",
    [
        {"hostNetwork": True},
        {"hostPID": "yes"},
        {"hostIPC": 1},
        {"containers": {"daemon": {"securityContext": {"privileged": True}}}},
        {"containers": ["daemon"]},
        {"initContainers": [{"name": "keys", "ports": [PEER]}]},
        {"ephemeralContainers": [{"securityContext": {"privileged": True}}]},
        {"volumes": [{"name": "v", "emptyDir": {}, "hostPath": {}}]},
        {"volumes": {"hostPath": {"path": "/"}}},
        {"securityContext": {"sysctls": [{"name": "kernel.msgmax", "value": "1"}]}},
        {"securityContext": {"sysctls": [{"value": "1"}]}},
        {"securityContext": {"seccompProfile": {}}},
        {"securityContext": {"seLinuxOptions": {"user": ["sysadm_u"]}}},
        {"securityContext": {"windowsOptions": {"hostProcess": 1}}},
        {"securityContext": {"runAsUser": 0.0}},
        ["no", "mapping"],
        "text",
    ],
    ids=str,
)
def test_refused_whatever_it_is(spec: Any, tmp_path: Path) -> None:
    assert refused([row("it", "baseline", spec)], tmp_path) == {"it"}


@pytest.mark.parametrize(
    ("annotations", "expected"),
    [
        ({f"{APPARMOR}daemon": "runtime/default", "other": "unconfined"}, False),
        ({f"{APPARMOR}daemon": "unconfined"}, True),
        ({f"{APPARMOR}daemon": ["unconfined"]}, True),
        ({1: "unconfined", None: None}, False),
        ([f"{APPARMOR}daemon"], True),
    ],
)
def test_annotations(annotations: Any, expected: bool, tmp_path: Path) -> None:  # noqa: FBT001
    pod = row("it", "baseline", {}, {"annotations": annotations})
    assert bool(refused([pod], tmp_path)) is expected


class TestProjection:
    def test_resources_and_probes(self) -> None:
        container = {
            "name": "daemon",
            "resources": {"requests": {"cpu": 2, "memory": "1Gi"}, "limits": {"cpu": None}},
            "startupProbe": {"exec": {"command": ["true"]}},
            "readinessProbe": {"periodSeconds": 5},
            "livenessProbe": {"tcpSocket": {"port": 1}},
        }
        [projected] = containers({"containers": [container]})
        assert projected["resources"] == {
            "requests": {"cpu": "2", "memory": "1Gi"},
            "limits": {"cpu": "", "memory": ""},
        }
        assert projected["probes"] == ["liveness", "startup"]
        assert (projected["list"], projected["init"]) == ("containers", False)

    def test_order_does_not_matter(self) -> None:
        spec = {
            "containers": [
                {"name": "a", "ports": [PEER, {**PEER, "name": "discovery"}]},
                {"name": "b", "securityContext": {"capabilities": {"drop": ["ALL", "CHOWN"]}}},
            ],
            "volumes": [{"name": "x", "secret": {}}, {"name": "w"}],
        }
        other = {
            "volumes": spec["volumes"][::-1],
            "containers": [
                {"name": "b", "securityContext": {"capabilities": {"drop": ["CHOWN", "ALL"]}}},
                {"name": "a", "ports": [{**PEER, "name": "discovery"}, PEER]},
            ],
        }
        assert text(project_pod(spec)) == text(project_pod(other))

    def test_what_differs_between_daemons_is_left_out(self) -> None:
        def spec(number: int) -> Pod:
            ports = [{"name": "p2p", "containerPort": number, "hostPort": number}]
            container = {"name": "daemon", "image": f"i:{number}", "args": [number], "ports": ports}
            claim = {"claimName": f"daemon-{number}"}
            volumes = [{"name": "state", "persistentVolumeClaim": claim}]
            return {"containers": [container], "volumes": volumes}

        assert text(project_pod(spec(10000))) == text(project_pod(spec(10001)))

    def test_null_is_absent(self) -> None:
        nothing: Pod = dict.fromkeys(("hostUsers", "os", "securityContext", "volumes"))
        assert project_pod(nothing) == project_pod({})


def containers(spec: Pod) -> list[Pod]:
    found: Any = project_pod(spec)["containers"]
    return list(found)


def text(value: object) -> str:
    return json.dumps(value, sort_keys=True)


def test_numbers_that_python_does_not_write_out() -> None:
    number = 10**5000
    security = {"runAsUser": number}
    ports, amounts = [{"hostPort": number}], {"limits": {"cpu": number, "memory": -number}}
    container = {"securityContext": security, "ports": ports, "resources": amounts}
    projection = project_pod({"containers": [container], "securityContext": security})
    assert json.loads(text(projection)) == projection


FIELDS = """
    containers initContainers securityContext capabilities add ports hostPort name volumes
    livenessProbe httpGet host lifecycle postStart resources limits cpu sysctls seLinuxOptions
    type os runAsUser windowsOptions hostProcess annotations
"""
NAMES = st.sampled_from(FIELDS.split())
GARBAGE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(NAMES | st.integers() | st.none(), inner, max_size=4)
    ),
    max_leaves=25,
)


@given(GARBAGE, GARBAGE)
def test_garbage_is_projected(spec: Any, metadata: Any) -> None:
    projection = project_pod(spec, metadata)
    assert json.loads(text(projection)) == projection
