"""Volumes of others, the place of the state, and what pods demand of nodes, as they are built."""

from __future__ import annotations

from typing import Any

import pytest

from generator.check.facts.mounts import count_mounts, mount_rows
from generator.check.facts.placement import count_services, demand_rows, service_rows
from generator.check.facts.unit import Origins, Unit
from generator.check.facts.workload import difference_rows, wanted_workloads
from generator.check.observe import Observed
from generator.check.places import Places
from generator.plan import Daemon, Plan, Role
from generator.render.daemon import render_daemon
from tests.check.looking import look, made, workload
from tests.check.test_facts_built import unit
from tests.conftest import Planner
from tests.repository import FULL, read_fleet

Row = dict[str, Any]
POD = "spec.template.spec"
NAME = "n/StatefulSet/x"


@pytest.fixture
def plan(plans: Planner) -> Plan:
    [plan] = plans(FULL)
    return plan


@pytest.fixture
def producer(plan: Plan) -> Daemon:
    return next(d for d in plan.daemons if d.role is Role.BLOCK_PRODUCER and d.key)


def rendered(plan: Plan) -> list[Unit]:
    return [
        unit(look(*render_daemon(plan, daemon)), net=plan.name, cluster=daemon.cluster.name)
        for daemon in plan.daemons
    ]


def origins(plan: Plan) -> Origins:
    return Origins(fleet=read_fleet(), plans=(plan,))


def of(plan: Plan, kind: str, name: str, spec: Row) -> Observed:
    return look(made(kind, metadata={"name": name, "namespace": plan.namespace}, spec=spec))


def claim(name: str) -> Row:
    return {"persistentVolumeClaim": {"claimName": name}}


SOURCE = {"kind": "PersistentVolumeClaim", "name": "c"}


@pytest.mark.parametrize(
    ("spec", "held"),
    [
        ({"volumes": [{"name": "v", "emptyDir": {}}]}, None),
        ({"volumes": [{"name": "v", **claim("c")}]}, {"claim/c": f"{POD}.volumes[v]"}),
        ({"volumes": [{"name": "v", "csi": {"driver": "d"}}]}, {"driver/d": f"{POD}.volumes[v]"}),
        ({"volumes": [{"name": "v", "ephemeral": {"volumeClaimTemplate": {"spec": {}}}}]}, None),
        (
            {
                "volumes": [
                    {
                        "name": "v",
                        "ephemeral": {"volumeClaimTemplate": {"spec": {"dataSource": SOURCE}}},
                    }
                ]
            },
            {"copy/PersistentVolumeClaim/c": f"{POD}.volumes[v]"},
        ),
    ],
)
def test_what_a_pod_is_given(spec: Row, held: dict[str, str] | None) -> None:
    assert look(workload(pod=spec))["held"].get(NAME) == held


def test_templates_of_claims() -> None:
    template = {"metadata": {"name": "t"}, "spec": {"dataSourceRef": SOURCE | {"namespace": "o"}}}
    field = "spec.volumeClaimTemplates[t]"
    seen = look(workload(volumeClaimTemplates=[template]))
    expected = {"template/t": field, "copy/o/PersistentVolumeClaim/c": field}
    assert seen["held"] == {NAME: expected}


@pytest.mark.parametrize(
    ("spec", "copy"),
    [
        ({}, ""),
        ({"dataSource": SOURCE}, "PersistentVolumeClaim/c"),
        ({"dataSourceRef": {"kind": "VolumeSnapshot", "name": "s"}}, "VolumeSnapshot/s"),
        ({"volumeName": "pv-7"}, "PersistentVolume/pv-7"),
    ],
)
def test_what_a_claim_is_filled_from(spec: Row, copy: str) -> None:
    held = look(made("PersistentVolumeClaim", spec=spec))["held"]
    assert held == ({"n/PersistentVolumeClaim/x": {f"copy/{copy}": "spec"}} if copy else {})


def test_volumes_of_others(plan: Plan, producer: Daemon) -> None:
    cluster, owner = producer.cluster.name, f"{plan.name}/{producer.name}"

    def rows(seen: Observed, net: str, cluster: str = cluster) -> list[tuple[str, str, str]]:
        found = mount_rows([plan], [unit(seen, net=net, cluster=cluster)], origins(plan), Places())
        return [(row["kind"], row["secret"], row["owner"]) for row in found]

    def pod(name: str, *volumes: Row) -> Observed:
        return of(plan, "StatefulSet", name, {"template": {"spec": {"volumes": [*volumes]}}})

    own = {"name": "v", **claim(producer.claim)}
    assert rows(pod(producer.name, own), plan.name) == []
    assert rows(pod("other", own), plan.name) == [("claim", producer.claim, owner)]
    assert rows(pod("other", own), "") == [("claim", producer.claim, owner)]
    assert rows(pod("other", own), plan.name, "elsewhere") == [("claim", producer.claim, "")]
    assert rows(pod("other", own), "", "elsewhere") == []
    driver = {"name": "v", "csi": {"driver": "d"}}
    assert rows(pod(producer.name, driver), plan.name) == [("driver", "d", "")]
    assert rows(pod(producer.name, driver), "") == []
    copy = of(plan, "PersistentVolumeClaim", "x", {"dataSource": SOURCE | {"name": producer.claim}})
    assert rows(copy, plan.name) == [("copy", f"PersistentVolumeClaim/{producer.claim}", owner)]


def test_nothing_is_found_in_what_is_rendered(plan: Plan) -> None:
    units = rendered(plan)
    assert list(mount_rows([plan], units, origins(plan), Places())) == []
    assert list(service_rows([plan], units, origins(plan), Places())) == []
    assert list(demand_rows(read_fleet(), units, origins(plan), Places())) == []
    held = sum(len(u.seen["held"]) for u in units)
    claims = sum(len(u.seen["claims"]) for u in units)
    # A copy of the daemon's pod and its claim are both looked at.
    assert held == claims > 0
    assert count_mounts(units) >= held + claims
    assert count_services(units) == sum(len(u.seen["services"]) for u in units) > len(plan.daemons)


MOUNT = {"name": "state", "mountPath": "/state"}
STATE = {"name": "state", **claim("c")}


@pytest.mark.parametrize(
    ("mounts", "volume", "state"),
    [
        ([MOUNT], STATE, ["claim c", "state"]),
        ([MOUNT | {"mountPath": "/state/"}], STATE, ["claim c", "state"]),
        ([MOUNT], {"name": "state"}, ["emptyDir", "state"]),
        ([MOUNT], {"name": "state", "csi": {}, "emptyDir": {}}, ["csi emptyDir", "state"]),
        ([MOUNT | {"name": "tmp"}], STATE, ["emptyDir", "mounts"]),
        ([MOUNT | {"name": "none"}], STATE, ["nothing", "mounts"]),
        ([MOUNT | {"subPath": "a"}], STATE, ["claim c below a", "mounts"]),
        ([MOUNT | {"subPathExpr": "$(A)"}], STATE, ["claim c below $(A)", "mounts"]),
        (
            [MOUNT, {"name": "tmp", "mountPath": "/state/config"}],
            STATE,
            ["claim c, emptyDir at /state/config", "mounts"],
        ),
        ([{"name": "tmp", "mountPath": "/states"}], STATE, None),
    ],
)
def test_where_state_is_kept(mounts: list[Row], volume: Row, state: list[str] | None) -> None:
    pod = {
        "containers": [{"name": "c", "volumeMounts": mounts}],
        "volumes": [volume, {"name": "tmp", "emptyDir": {}}],
    }
    assert look(workload(pod=pod))["workloads"][NAME]["states"].get("c") == state


def test_a_template_goes_before_the_volume_of_its_name() -> None:
    pod = {"containers": [{"name": "c", "volumeMounts": [MOUNT]}], "volumes": [STATE]}
    seen = look(workload(pod=pod, volumeClaimTemplates=[{"metadata": {"name": "state"}}]))
    assert seen["workloads"][NAME]["states"] == {"c": ["template state", "state"]}


def test_every_state_is_compared_with_the_plan(plan: Plan) -> None:
    """Components mount the state, so that what is rendered alone keeps nothing."""
    units = rendered(plan)
    rows = difference_rows(plan, wanted_workloads(plan), units, origins(plan), Places())
    found = [(r["object"].rpartition("/")[2], r["planned"]) for r in rows if r["part"] == "mounts"]
    archives = [f"{d.name}-postgres" for d in plan.daemons if d.role is Role.ARCHIVE]
    named = [*(d.name for d in plan.daemons if d.claim), *archives]
    assert archives
    assert sorted(found) == sorted(
        (name, f"claim {name}-g{plan.genesis.generation}") for name in named
    )


def service(selector: Row | None, name: str = "x", **spec: Any) -> Row:
    return made("Service", metadata={"name": name}, spec={"selector": selector, **spec})


def labelled(name: str, namespace: str = "n", **labels: str) -> Row:
    return made(
        "StatefulSet",
        metadata={"name": name, "namespace": namespace},
        spec={"template": {"metadata": {"labels": labels}}},
    )


@pytest.mark.parametrize(
    ("selector", "pods"),
    [
        ({"a": "1"}, ["one", "two"]),
        ({"a": "1", "b": "2"}, ["two"]),
        ({"a": "2"}, []),
        ({}, []),
        (None, []),
        ({"testnet/daemon": "one"}, ["one"]),
        ({"testnet/daemon": "one", "a": "2"}, []),
        ({"testnet/daemon": "none"}, []),
    ],
)
def test_which_pods_a_service_selects(selector: Row | None, pods: list[str]) -> None:
    objects = [
        labelled("one", a="1", **{"testnet/daemon": "one"}),
        labelled("two", a="1", b="2"),
        labelled("three", namespace="other", a="1", **{"testnet/daemon": "one"}),
    ]
    for order in (objects, objects[::-1]):
        found = look(service(selector), *order)["selected"]["n/Service/x"]
        assert sorted(found["pods"]) == [f"n/StatefulSet/{name}" for name in pods]
        assert found["selector"] == (selector or {})


def test_a_name_elsewhere_leads_to_no_pod() -> None:
    seen = look(labelled("one", a="1"), service({"a": "1"}, type="ExternalName"))
    assert seen["selected"]["n/Service/x"]["pods"] == []


def test_services_that_lead_elsewhere(plan: Plan, producer: Daemon) -> None:
    objects: list[Row] = [dict(item) for item in render_daemon(plan, producer)]
    at = next(i for i, item in enumerate(objects) if item["kind"] == "Service")

    def rows(selector: Row) -> list[tuple[str, str, list[str]]]:
        changed = objects[at] | {"spec": objects[at]["spec"] | {"selector": selector}}
        seen = look(*objects[:at], changed, *objects[at + 1 :])
        units = [unit(seen, net=plan.name, cluster=producer.cluster.name)]
        found = service_rows([plan], units, origins(plan), Places())
        return [(row["daemon"], row["selector"], row["targets"]) for row in found]

    name, full = producer.name, f"{plan.name}/{producer.name}"
    own = {"testnet/daemon": name}
    assert rows(own) == rows(own | {"testnet/net": plan.name}) == []
    assert rows(own | {"a": "b"}) == [(full, f"a=b, testnet/daemon={name}", [])]
    # It leads to this one, and nobody knows to which of other overlays as well.
    assert rows({"testnet/net": plan.name}) == [(full, f"testnet/net={plan.name}", [name])]
    assert rows({}) == [(full, "", [])]


def demanded(pod: Row) -> list[Row]:
    [seen] = look(workload(pod=pod))["demands"].values()
    assert seen["object"] == NAME
    found: list[Row] = seen["demands"]
    return found


def need(key: str, operator: str, *values: str) -> Row:
    return {"key": key, "operator": operator, "values": [*values]}


def test_what_pods_demand_of_nodes() -> None:
    terms = [
        {"matchExpressions": [need("a", "In", "1", "2"), {"key": "b", "operator": "Exists"}]},
        {"matchFields": [need("metadata.name", "In", "x")]},
        {},
    ]
    required = "requiredDuringSchedulingIgnoredDuringExecution"
    affinity = {"nodeAffinity": {required: {"nodeSelectorTerms": terms}}}
    pod = {"nodeName": "x", "nodeSelector": {"c": "d"}, "affinity": affinity}
    assert demanded(pod) == [
        {"field": f"{POD}.nodeName", "alternatives": [[need("metadata.name", "In", "x")]]},
        {"field": f"{POD}.nodeSelector[c]", "alternatives": [[need("c", "In", "d")]]},
        {
            "field": f"{POD}.affinity.nodeAffinity.{required}",
            "alternatives": [
                [need("a", "In", "1", "2"), need("b", "Exists")],
                [need("metadata.name", "In", "x")],
                [],
            ],
        },
    ]
    wish: Row = {"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [{}]}}
    assert look(workload(pod={"affinity": wish}))["demands"] == {}


def test_demands_alike_are_told_once_a_net_and_cluster(plan: Plan) -> None:
    seen = look(workload(pod={"nodeSelector": {"a": "b"}}))
    fleet = read_fleet()
    one, two = (cluster.name for cluster in fleet.clusters[:2])
    units = [
        unit(seen, net=net, cluster=cluster)
        for net, cluster in (("m", one), ("m", one), ("m", two), ("n", one), ("n", "no"))
    ]
    found = [
        (r["cluster"], r["region"]) for r in demand_rows(fleet, units, origins(plan), Places())
    ]
    regions = {cluster.name: cluster.region for cluster in fleet.clusters}
    assert found == [(one, regions[one]), (two, regions[two]), (one, regions[one]), ("no", "")]
