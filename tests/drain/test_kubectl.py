"""The Job with the real kubectl, against a server that answers as the Kubernetes API does."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.drain.api import Api, serve
from tests.drain.job import DRAIN, NAME, NAMESPACE, environment, run_job

KEY = environment()["KEY_LABEL"]
Run = Callable[[Api | None], subprocess.CompletedProcess[str]]


def stateful_set(**changes: Any) -> dict[str, Any]:
    """Return a StatefulSet that the drain has stopped, with changes."""
    fields: dict[str, Any] = {
        "drain": DRAIN,
        "replicas": 0,
        "generation": 3,
        "observed": 3,
        "counted": 0,
    }
    fields |= {"name": NAME, "namespace": NAMESPACE} | changes
    labels = {"testnet/net": "pickles-qa"}
    if fields["drain"]:
        labels["testnet/drain"] = fields["drain"]
    status = {"replicas": fields["counted"]}
    if fields["observed"]:
        status["observedGeneration"] = fields["observed"]
    return {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": {
            "name": fields["name"],
            "namespace": fields["namespace"],
            "generation": fields["generation"],
            "labels": labels,
        },
        "spec": {"replicas": fields["replicas"]},
        "status": status,
    }


def pod(
    phase: str = "Running", *, name: str = f"{NAME}-0", namespace: str = NAMESPACE, **head: Any
) -> dict[str, Any]:
    """Return a pod that holds the key."""
    metadata = {"name": name, "namespace": namespace, "labels": {"testnet/key": KEY}}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": metadata | head,
        "status": {"phase": phase},
    }


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run the Job against an API, or none; it is ended after six questions."""

    def run(api: Api | None) -> subprocess.CompletedProcess[str]:
        beside = Path(sys.executable).with_name("kubectl")
        real = str(beside) if beside.exists() else shutil.which("kubectl")
        (tmp_path / "kubectl").write_text(
            "#!/bin/sh\n"
            'printf . >> "$HOME/asked"\n'
            'if [ "$(wc -c < "$HOME/asked")" -gt 6 ]; then kill -TERM "$JOB_PID"; exit 1; fi\n'
            f'exec {real} "$@"\n'
        )
        (tmp_path / "kubectl").chmod(0o755)
        with serve(api or Api()) as url:
            if api:
                return _run(tmp_path, url)
        return _run(tmp_path, url)

    return run


def _run(home: Path, url: str) -> subprocess.CompletedProcess[str]:
    config = home / "config"
    config.write_text(
        "apiVersion: v1\nkind: Config\ncurrent-context: x\n"
        f"clusters: [{{name: x, cluster: {{server: {url}}}}}]\n"
        "contexts: [{name: x, context: {cluster: x, user: x}}]\n"
        "users: [{name: x, user: {}}]\n"
    )
    return run_job(home, KUBECONFIG=str(config))


def test_what_is_gone_is_found_gone(run: Run) -> None:
    elsewhere = pod() | {"metadata": {"name": "x-0", "namespace": "y", "labels": {}}}
    api = Api(
        sets=[stateful_set(), stateful_set(name="other", replicas=1, drain="")], pods=[elsewhere]
    )
    result = run(api)
    assert (result.returncode, result.stderr) == (0, "")
    # The newest state that there is: no list names a version, which a cache might answer.
    assert len(api.asked) == 4
    assert not any("resourceVersion" in target for target in api.asked)


def test_what_is_absent_shows_nothing(run: Run) -> None:
    result = run(Api(sets=[stateful_set(namespace="net-other")]))
    assert (result.returncode, result.stderr) == (143, "")
    assert "is not there" in result.stdout


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (pod(), "still there"),
        (pod("Pending"), "still there"),
        (pod(deletionTimestamp="2026-11-22T00:00:00Z", finalizers=["x/y"]), "still there"),
        (pod("Succeeded"), "still there"),
        (pod("Failed"), "still there"),
        (pod("Unknown"), "still there"),
        (pod(namespace="net-other", name="renamed-0"), "still there: net-other/renamed-0"),
    ],
)
def test_a_pod_in_any_phase_is_there(run: Run, found: dict[str, Any], said: str) -> None:
    result = run(Api(sets=[stateful_set()], pods=[found]))
    assert result.returncode == 143
    assert said in result.stdout


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"drain": ""}, "not drained by this drain"),
        ({"drain": DRAIN[::-1]}, "not drained by this drain"),
        ({"replicas": 1}, "not drained by this drain"),
        ({"observed": 2}, "not yet seen"),
        ({"observed": 0}, "still has pods"),
        ({"counted": 1}, "still has pods"),
    ],
)
def test_a_stateful_set_that_is_not_stopped_is_there(
    run: Run, changes: dict[str, Any], said: str
) -> None:
    result = run(Api(sets=[stateful_set(**changes)]))
    assert result.returncode == 143
    assert said in result.stdout


@pytest.mark.parametrize("kind", ["Pod", "StatefulSet"])
@pytest.mark.parametrize(
    "body",
    [
        b'!{"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "Forbidden"}',
        b"",
        b'{"kind": "PodList", "apiVersion": "v1", "metadata": {}, "ite',
        b'{"kind": "Status", "apiVersion": "v1", "status": "Success"}',
        b"<html>a proxy that wants a login</html>",
        b"{}",
        b"[]",
    ],
)
def test_what_is_no_list_is_no_answer(run: Run, kind: str, body: bytes) -> None:
    result = run(Api(sets=[stateful_set()], fails=lambda asked: body if asked == kind else None))
    assert result.returncode == 143, result.stdout


def test_a_second_page_counts(run: Run) -> None:
    pods = [pod(name=f"{NAME}-{number}") for number in range(3)]
    result = run(Api(sets=[stateful_set()], pods=pods, page=1))
    assert result.returncode == 143
    assert f"{NAMESPACE}/{NAME}-2" in result.stdout


def test_without_a_server_it_waits(run: Run) -> None:
    result = run(None)
    assert result.returncode == 143
    assert "cannot read the StatefulSets" in result.stdout


def test_it_ends_when_the_pod_is_deleted(run: Run) -> None:
    api = Api(sets=[stateful_set()], pods=[pod()])
    looks = iter([False, True, True, True])

    def looked() -> None:
        if next(looks):
            api.pods.clear()

    api.looked = looked
    result = run(api)
    assert result.returncode == 0
    assert [line.partition(": ")[2] for line in result.stdout.splitlines()] == [
        f"still there: {NAMESPACE}/{NAME}-0",
        f"the daemon of {NAME} is gone",
    ]
