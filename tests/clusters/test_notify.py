"""Events become commit statuses as notification-controller's documentation has it."""

from __future__ import annotations

from typing import Any

import pytest

from generator.render.bootstrap import render_platform
from generator.render.drain import drain_alert
from tests.clusters.notify import Status, evaluate, matches, statuses
from tests.repository import read_fleet

COMMIT = "a" * 40
DRAIN = "0f3c9d5a2b7e"


def event(**changes: Any) -> dict[str, Any]:
    """Return what kustomize-controller sends when a drain's Job has ended."""
    return {
        "involvedObject": {
            "apiVersion": "kustomize.toolkit.fluxcd.io/v1",
            "kind": "Kustomization",
            "namespace": "testnets",
            "name": f"Smoke-drain-{DRAIN}".lower(),
        },
        "severity": "info",
        "reason": "ReconciliationSucceeded",
        "message": "Reconciliation finished in 2.1s, next run in 1h0m0s",
        "metadata": {"kustomize.toolkit.fluxcd.io/revision": f"environments@sha1:{COMMIT}"},
    } | changes


def provider() -> dict[str, Any]:
    """Return the Provider that clusters have."""
    fleet = read_fleet()
    files = render_platform(fleet, fleet.clusters[0], "0123456789ab")
    return next(item for item in files["platform.yaml"] if item["kind"] == "Provider")


def posted(*events: dict[str, Any]) -> list[Status]:
    alert = drain_alert(net="smoke", cluster="west", drain=DRAIN)
    found = provider()
    return [
        status
        for item in events
        for status in statuses(item, [alert], {found["metadata"]["name"]: found})
    ]


def test_a_finished_drain() -> None:
    expected = Status(
        COMMIT, f"flux/west/smoke-drain-{DRAIN}", "success", "reconciliation succeeded"
    )
    assert posted(event()) == [expected]


@pytest.mark.parametrize(
    "changes",
    [
        {"message": "dependency 'testnets/smoke-producers-1' is not ready"},
        {"reason": "Progressing"},
        {"metadata": {}},
        {"metadata": {"kustomize.toolkit.fluxcd.io/revision": "environments/abc"}},
    ],
)
def test_what_the_alert_of_a_drain_keeps_back(changes: dict[str, Any]) -> None:
    assert posted(event(**changes)) == []


def test_an_event_of_another_object_or_namespace() -> None:
    alert = drain_alert(net="smoke", cluster="west", drain=DRAIN)
    involved = event()["involvedObject"]
    assert matches(alert, event())
    for field in ("kind", "namespace", "name"):
        assert not matches(alert, event(involvedObject=involved | {field: "other"}))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, True),
        ({"suspend": True}, False),
        ({"eventSeverity": "error"}, False),
        ({"inclusionList": ["other"]}, False),
        ({"exclusionList": ["finished"]}, False),
        ({"eventSources": [{"kind": "Kustomization", "name": "*"}]}, True),
    ],
)
def test_fields_of_an_alert(changes: dict[str, Any], *, expected: bool) -> None:
    alert: Any = drain_alert(net="smoke", cluster="west", drain=DRAIN)
    assert matches(alert | {"spec": alert["spec"] | changes}, event()) is expected


def test_words_of_a_reason() -> None:
    alert: Any = drain_alert(net="smoke", cluster="west", drain=DRAIN)
    alert["spec"].pop("inclusionList")
    failed = event(severity="error", reason="HealthCheckFailed", message="timeout")
    (status,) = statuses(failed, [alert], {"commit-status": provider()})
    assert (status.state, status.description) == ("failure", "health check failed")


def test_cel_that_is_not_understood_is_refused() -> None:
    with pytest.raises(ValueError, match="not understood"):
        evaluate("event.metadata.cluster.startsWith('x')", {"event": {}})
