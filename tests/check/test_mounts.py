"""Which Secrets workloads are given and ExternalSecrets fetch, compared with the plan."""

from __future__ import annotations

from typing import Any

import pytest

from generator.check.facts.mounts import count_mounts, mount_rows, producing_rows
from generator.check.facts.unit import Origins, Unit
from generator.check.observe import Observed
from generator.check.observe.mounts import PRODUCING
from generator.check.places import Places
from generator.check.pods import project_pod
from generator.plan import Daemon, Plan, Role
from generator.render.daemon import render_daemon
from tests.check.looking import look, made, workload
from tests.check.test_facts_built import unit
from tests.conftest import Planner
from tests.repository import FULL, read_fleet

Row = dict[str, Any]
POD = "spec.template.spec"


@pytest.fixture
def plan(plans: Planner) -> Plan:
    [plan] = plans(FULL)
    return plan


@pytest.fixture
def producer(plan: Plan) -> Daemon:
    return next(d for d in plan.daemons if d.role is Role.BLOCK_PRODUCER and d.key)


def rows(plan: Plan, *units: Unit) -> list[tuple[str, ...]]:
    origins = Origins(fleet=read_fleet(), plans=(plan,))
    found = mount_rows([plan], units, origins, Places())
    return [
        (row["object"].rpartition("/")[2], row["kind"], row["secret"], row["owner"], row["field"])
        for row in found
    ]


def of(plan: Plan, kind: str, name: str, spec: Row) -> Observed:
    return look(made(kind, metadata={"name": name, "namespace": plan.namespace}, spec=spec))


def pod(plan: Plan, name: str, **spec: Any) -> Observed:
    return of(plan, "StatefulSet", name, {"template": {"spec": spec}})


def test_nothing_is_found_in_what_is_rendered(plan: Plan) -> None:
    units = [
        unit(look(*render_daemon(plan, daemon)), net=plan.name, cluster=daemon.cluster.name)
        for daemon in plan.daemons
    ]
    assert rows(plan, *units) == []
    assert count_mounts(units) > len(plan.daemons) / 2
    origins = Origins(fleet=read_fleet(), plans=(plan,))
    assert list(producing_rows([plan], units, origins, Places())) == []


@pytest.mark.parametrize(
    ("spec", "field"),
    [
        ({"volumes": [{"name": "v", "secret": {"secretName": "S"}}]}, "volumes[v]"),
        (
            {"volumes": [{"name": "v", "projected": {"sources": [{"secret": {"name": "S"}}]}}]},
            "volumes[v]",
        ),
        (
            {
                "initContainers": [
                    {
                        "name": "c",
                        "env": [{"name": "E", "valueFrom": {"secretKeyRef": {"name": "S"}}}],
                    }
                ]
            },
            "initContainers[c].env[E]",
        ),
        (
            {"containers": [{"name": "c", "envFrom": [{"secretRef": {"name": "S"}}]}]},
            "containers[c].envFrom",
        ),
    ],
)
def test_every_way_to_be_given_a_secret(spec: Row, field: str) -> None:
    assert look(workload(pod=spec))["mounts"] == {"n/StatefulSet/x": {"S": f"{POD}.{field}"}}


def test_the_key_of_another(plan: Plan, producer: Daemon) -> None:
    secret = f"{producer.name}-key"
    seen = pod(plan, "other", volumes=[{"name": "v", "secret": {"secretName": secret}}])
    cluster, owner = producer.cluster.name, f"{plan.name}/{producer.name}"
    found = ("other", "mount", secret, owner, f"{POD}.volumes[v]")
    assert rows(plan, unit(seen, net=plan.name, cluster=cluster)) == [found]
    assert rows(plan, unit(seen, net="", cluster=cluster)) == [found]
    # Where the producer is not, nobody is known to own it, and what is no net's may have its own.
    elsewhere = ("other", "mount", secret, "", f"{POD}.volumes[v]")
    assert rows(plan, unit(seen, net=plan.name, cluster="elsewhere")) == [elsewhere]
    assert rows(plan, unit(seen, net="", cluster="elsewhere")) == []


def test_keys_that_are_fetched(plan: Plan, producer: Daemon) -> None:
    assert producer.key
    reference = producer.key.references[producer.cluster.provider]
    cluster, owner = producer.cluster.name, f"{plan.name}/{producer.name}"
    name = f"{producer.name}-key"

    def found(name: str, **spec: Any) -> list[tuple[str, ...]]:
        seen = of(plan, "ExternalSecret", name, spec)
        return rows(plan, unit(seen, net=plan.name, cluster=cluster))

    own = [{"extract": {"key": reference}}]
    assert found(name, dataFrom=own) == []
    assert found(name, data=[{"remoteRef": {"key": reference}}]) == []
    assert found("x", dataFrom=own) == [
        ("x", "fetch", reference, owner, "spec.dataFrom[0].extract.key")
    ]
    assert found(name, dataFrom=[*own, {"find": {}}]) == [
        (name, "fetch", "*", "", "spec.dataFrom[1].find")
    ]
    assert found(name, data=[{"remoteRef": {"key": "y"}}]) == [
        (name, "fetch", "y", "", "spec.data[0].remoteRef.key")
    ]
    assert found(name, dataFrom=own, target={"name": "y"}) == [
        (name, "target", "y", "", "spec.target")
    ]
    assert found("x", target={"name": name}) == [("x", "target", name, owner, "spec.target")]
    assert found("x", target={"name": "y"}) == []


def test_one_for_many_namespaces_says_the_same() -> None:
    inner = {"dataFrom": [{"extract": {"key": "k"}}]}
    seen = look(made("ClusterExternalSecret", spec={"externalSecretSpec": inner}))
    assert seen["fetched"]["n/ClusterExternalSecret/x"]["keys"] == {
        "k": "spec.dataFrom[0].extract.key"
    }


@pytest.mark.parametrize("flag", PRODUCING)
@pytest.mark.parametrize(
    "part", ["args", "command", "env", "lifecycle", "livenessProbe", "startupProbe"]
)
def test_who_is_told_to_produce(plan: Plan, producer: Daemon, part: str, flag: str) -> None:
    said = {"env": [{"name": "A", "value": f"-{flag}"}]}.get(part, [f"exec coda --{flag} x"])
    container = {"name": "c", part: said}
    origins = Origins(fleet=read_fleet(), plans=(plan,))
    units = [
        unit(pod(plan, name, initContainers=[container]), cluster=producer.cluster.name)
        for name in ("other", producer.name)
    ]
    [row] = producing_rows([plan], units, origins, Places())
    assert row["object"].endswith("/other")
    assert (row["flag"], row["field"]) == (flag, f"{POD}.initContainers[c].{part}")


def test_stores_of_entries_count() -> None:
    store = {"sourceRef": {"storeRef": {"kind": "ClusterSecretStore", "name": "all"}}}
    spec = {
        "secretStoreRef": {"name": "keys"},
        "target": {"creationPolicy": "Merge"},
        "dataFrom": [store],
        "data": [{}, store],
    }
    found = look(made("ExternalSecret", spec=spec))["secrets"]
    assert [(row["store"], row["field"], row["policy"]) for row in found] == [
        ("keys", "spec.secretStoreRef", "Merge"),
        ("ClusterSecretStore/all", "spec.dataFrom[0].sourceRef.storeRef", "Merge"),
        ("ClusterSecretStore/all", "spec.data[1].sourceRef.storeRef", "Merge"),
    ]
    generator = {"sourceRef": {"generatorRef": {"name": "x"}}}
    for count, expected in ((0, "generator"), (1, "")):
        spec = {"dataFrom": [generator], "data": [{}] * count}
        [row] = look(made("ExternalSecret", spec=spec))["secrets"]
        assert (row["store"], row["policy"]) == (expected, "Owner")


def test_what_a_pod_may_call_itself() -> None:
    def token(audience: str | None) -> Row:
        return {"projected": {"sources": [{"serviceAccountToken": {"audience": audience}}]}}

    spec = {
        "serviceAccount": "old",
        "automountServiceAccountToken": False,
        "volumes": [token("b"), token(None), token("a")],
    }
    found = project_pod(spec)
    assert (found["account"], found["automount"]) == ("old", False)
    assert found["audiences"] == ["a", "b"]
    assert project_pod(spec | {"serviceAccountName": "new"})["account"] == "new"
    nothing = project_pod({})
    assert (nothing["account"], nothing["automount"], nothing["audiences"]) == ("", True, [])


@pytest.mark.parametrize(("value", "number"), [(None, 0), (0, 0), (2, 2), ("1", -1), (True, -1)])
def test_where_an_update_begins(value: object, number: int) -> None:
    strategy = {"type": "RollingUpdate", "rollingUpdate": {"partition": value}}
    [shape] = look(workload(updateStrategy=strategy))["shapes"].values()
    assert shape["partition"] == number
