"""Which source `--evidence` names, and evidence from clusters through the real client."""

from __future__ import annotations

from dataclasses import replace

import pytest

from generator.evidence import NoSource, open_source
from generator.evidence.clusters import ClusterSource
from generator.register import Evidence
from tests.evidence.cases import (
    AT,
    DRAIN,
    DRAINED,
    KEY,
    KUSTOMIZATION,
    LINEAGE,
    LONG_KEY,
    OTHER_KEY,
    PLACE,
    WAITING,
    waiting_for,
)
from tests.sync.api_server import ApiServer
from tests.sync.conftest import Connect, api, connect

__all__ = ["api", "connect"]  # fixtures that these tests share with those of sync


def test_none_never_has_any() -> None:
    source = open_source("none", at=AT, who="alice")
    assert isinstance(source, NoSource)
    assert source.look([WAITING], LINEAGE) == {KEY: "nobody looked: --evidence is none"}


@pytest.fixture
def aws(api: ApiServer, connect: Connect) -> ApiServer:
    """The cluster aws, on which the daemon of the key has stopped."""
    connect({"the-context": api.port})
    api.add_cluster("aws")
    api.add_kustomization(
        KUSTOMIZATION,
        spec={"path": "./clusters/aws/nets/smoke/producers-1"},
        status={
            "lastAppliedRevision": f"environments@sha1:{DRAINED}",
            "observedGeneration": 2,
        },
    )
    api.add_stateful_set(PLACE.namespace, PLACE.name, drain=DRAIN.id, replicas=0)
    return api


def source() -> ClusterSource:
    opened = open_source(
        "kubernetes", at=AT, who="alice", contexts={"aws": "the-context"}, seconds=20
    )
    assert isinstance(opened, ClusterSource)
    return opened


def test_stopped_on_a_cluster(aws: ApiServer) -> None:
    found = source().look([WAITING], LINEAGE)
    assert found == {
        KEY: Evidence(
            key=KEY,
            place=PLACE,
            drain=DRAIN.id,
            revision=DRAINED,
            source="kubernetes",
            who="alice",
            at=AT,
        )
    }
    aws.add_pod("elsewhere", "x", KEY)
    assert source().look([WAITING], LINEAGE) == {
        KEY: "the pod elsewhere/x is still there (Running)"
    }


def test_another_branch(aws: ApiServer) -> None:
    found = replace(source(), branch="other").look([WAITING], LINEAGE)
    assert 'follows the branch "environments"' in str(found[KEY])
    assert aws.requests


@pytest.mark.usefixtures("aws")
def test_every_key_that_waits_gets_an_answer() -> None:
    waiting = [
        WAITING,
        waiting_for(OTHER_KEY, place=replace(PLACE, cluster="gcp")),
        waiting_for("1" * 30),
        waiting_for(LONG_KEY, place=replace(PLACE, name="whale-2")),
    ]
    found = source().look(waiting, LINEAGE)
    assert isinstance(found[KEY], Evidence)
    assert str(found[OTHER_KEY]).startswith('gcp: the kubeconfig has no context "gcp"')
    assert "the register holds a key that" in str(found["1" * 30])
    # Of the other daemon nothing is there: neither the StatefulSet nor a pod.
    assert "whale-2 is not there" in str(found[LONG_KEY])


def test_nothing_waits() -> None:
    assert source().look([], LINEAGE) == {}


def test_key_that_cannot_be_asked_about() -> None:
    place = replace(PLACE, kind="Deployment")
    found = source().look([waiting_for(KEY, place=place)], LINEAGE)
    assert found == {KEY: "nobody knows how to look for a Deployment"}
