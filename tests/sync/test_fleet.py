"""Many clusters at once: one that hangs or fails is a reason, and holds up no other."""

from __future__ import annotations

import subprocess
import sys
import threading
from typing import Any

import pytest

from generator.sync import Observation, Question, fleet, observe_fleet
from tests.sync.api_server import ApiServer, serve
from tests.sync.conftest import Connect

QUESTION = Question(kustomization="k", namespace="n", name="whale-1", label="B62key")


def test_each_cluster_by_its_context(api: ApiServer, connect: Connect) -> None:
    with serve() as other:
        connect({"aws": api.port, "a-context": other.port, "wrong": other.port})
        api.add_cluster("aws")
        other.add_cluster("gcp")
        seen = observe_fleet(
            {"aws": [QUESTION], "gcp": [QUESTION], "azure": [QUESTION]},
            contexts={"gcp": "a-context", "azure": "wrong"},
            seconds=10,
        )
    aws, gcp = seen["aws"], seen["gcp"]
    assert isinstance(aws, Observation)
    assert isinstance(gcp, Observation)
    assert (aws.context, gcp.context) == ("aws", "a-context")
    assert seen["azure"] == 'the context "wrong" leads to the cluster "gcp"'


def test_one_that_hangs_holds_up_no_other(
    api: ApiServer, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a program of the kubeconfig does that asks for a token and never returns."""
    released = threading.Event()
    real = fleet._ask  # noqa: SLF001 - what runs in the thread

    def ask(seen: dict[str, Observation | str], cluster: str, look: Any) -> None:
        if cluster == "stuck":
            released.wait(30)
        real(seen, cluster, look)

    monkeypatch.setattr(fleet, "_ask", ask)
    monkeypatch.setattr(fleet, "_GRACE", 0.0)
    connect({"aws": api.port})
    api.add_cluster("aws")
    seen = observe_fleet({"stuck": [QUESTION], "aws": [QUESTION]}, contexts={}, seconds=3)
    released.set()
    assert isinstance(seen["aws"], Observation)
    assert seen["stuck"] == "it does not answer in time"


def test_an_error_that_nobody_foresaw_is_a_reason(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError("secret words")

    connect({"aws": 9})
    monkeypatch.setattr("generator.sync.cluster.observe_cluster", fail)
    seen = observe_fleet({"aws": [QUESTION]}, contexts={}, seconds=10)
    assert seen == {"aws": "it cannot be read (ZeroDivisionError)"}


def test_no_cluster_is_asked_for() -> None:
    assert observe_fleet({}, contexts={}, seconds=1) == {}


def test_importing_it_is_cheap() -> None:
    program = (
        "import sys, generator.evidence, generator.sync, generator.hub\n"
        "print([name for name in ('kubernetes', 'github', 'requests') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert done.stdout == b"[]\n"
