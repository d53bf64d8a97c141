"""What the observer counts as two pods with one key."""

from __future__ import annotations

from typing import Any

import pytest

from tests.clusters.observer import Observer


def pod(uid: str, phase: str = "Running", key: str = "k1") -> dict[str, Any]:
    head = {"uid": uid, "namespace": "net-a", "name": f"pod-{uid}", "labels": {"testnet/key": key}}
    return {"metadata": head, "status": {"phase": phase}}


def test_one_after_the_other_is_well() -> None:
    observer = Observer()
    observer.take("west", "ADDED", pod("1"))
    observer.take("east", "ADDED", pod("2", phase="Pending"))
    observer.take("west", "DELETED", pod("1"))
    observer.take("east", "MODIFIED", pod("2"))
    observer.take("east", "ADDED", pod("3", key="k2"))
    observer.judge()
    assert observer.running() == {
        "k1": {("east", "net-a/pod-2")},
        "k2": {("east", "net-a/pod-3")},
    }


@pytest.mark.parametrize("phase", ["Running", "Unknown", "Succeeded", "Failed"])
def test_two_at_a_time_are_seen(phase: str) -> None:
    observer = Observer()
    observer.take("west", "ADDED", pod("1", phase=phase))
    observer.take("east", "ADDED", pod("2"))
    observer.take("west", "DELETED", pod("1"))
    with pytest.raises(AssertionError, match="k1 is alive more than once"):
        observer.judge()
