"""Facts about containers that nobody planned, workloads of no net, and what Flux applies."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from generator.check.facts import flux
from generator.check.facts.daemon import key_rows
from generator.check.facts.image import built_image_rows, image_rows
from generator.check.facts.unit import Origins, Unit
from generator.check.facts.workload import (
    Shapes,
    difference_rows,
    shared_workload_rows,
    wanted_workloads,
)
from generator.check.observe.model import digest_of
from generator.check.places import Places
from generator.plan import Daemon, Plan
from generator.plan.defaults import ARCHIVE_PROGRAM, POSTGRES, POSTGRES_IMAGE
from generator.render.manifest import container_resources
from tests.check.looking import look, made, workload
from tests.check.test_facts_built import unit
from tests.conftest import Planner
from tests.repository import FULL, inventory, read_fleet

Row = dict[str, Any]
RESOURCES = {"limits": {"memory": "1Gi"}}
FIRST = "spec.template.spec.containers[{}].image"


@pytest.fixture
def plan(plans: Planner) -> Plan:
    [plan] = plans(FULL)
    return plan


class TestImages:
    POD = {  # noqa: RUF012 - read only
        "initContainers": [{"name": "keys", "image": "planned"}, {"name": "find", "image": "own"}],
        "containers": [
            {"name": "daemon", "image": "planned"},
            {"name": "beside", "image": "q/x:1"},
        ],
        "ephemeralContainers": [{"name": "late", "image": "own"}],
    }

    def test_of_all_containers_are_seen_with_the_first_object(self) -> None:
        name = "n/StatefulSet/x"
        other = workload(pod=self.POD)
        other["metadata"]["name"] = "y"
        assert look(workload(pod=self.POD), other)["images"] == {
            "planned": {
                "spec.template.spec.initContainers[keys].image": name,
                FIRST.format("daemon"): name,
            },
            "own": {
                "spec.template.spec.initContainers[find].image": name,
                "spec.template.spec.ephemeralContainers[late].image": name,
            },
            "q/x:1": {FIRST.format("beside"): name},
        }

    def rows(self, plan: Plan, *units: Unit) -> list[Row]:
        origins = Origins(fleet=read_fleet(), plans=(plan,))
        return list(built_image_rows("full", units, {"planned"}, origins, Places()))

    def test_that_the_plan_does_not_name(self, plan: Plan) -> None:
        seen = look(workload(pod=self.POD))
        rows = self.rows(plan, unit(seen), unit(seen, cluster="east"))
        assert [(row["image"], row["field"].rpartition("[")[2]) for row in rows] == [
            ("q/x:1", "beside].image"),
            ("own", "late].image"),
            ("own", "find].image"),
        ]
        assert {row["object"] for row in rows} == {"west/n/StatefulSet/x"}
        head = {"net": "full", "use": "built", "image": "q/x:1", "registry": "q"}
        parts = head | {"tag": "1", "digest": "", "release": "1"}
        assert parts.items() <= rows[0].items()

    def test_of_the_plan_have_no_object(self, plan: Plan) -> None:
        rows = list(image_rows(plan, Places()))
        assert {row["use"] for row in rows} == {"daemon", "archive", "service"}
        assert {(row["object"], row["field"]) for row in rows} == {("", "")}


class TestShared:
    def test_workloads_of_no_net_want_what_they_are(self, plan: Plan) -> None:
        shapes, origins = Shapes(), Origins(fleet=read_fleet(), plans=(plan,))
        units = [unit(look(workload("Deployment", replicas=3)), net="")]
        [row] = shared_workload_rows(units, origins, shapes, Places())
        assert (row["net"], row["replicas"], row["wanted_replicas"]) == ("", 3, 3)
        assert row["object"] == row["daemon"] == "west/n/Deployment/x"
        assert [shape["object"] for shape in shapes.rows] == ["west/n/Deployment/x"]

    def test_a_shape_is_told_once_a_net(self) -> None:
        shapes = Shapes()
        seen = look(workload())
        for number, (net, cluster) in enumerate([("a", "west"), ("a", "east"), ("b", "east")]):
            here = unit(seen, net=net, cluster=cluster)
            shapes.add(here, "n/StatefulSet/x", number, "block-producer")
        assert [(row["object"], row["at"]) for row in shapes.rows] == [
            ("west/n/StatefulSet/x", 0),
            ("east/n/StatefulSet/x", 2),
        ]

    def test_a_shape_has_the_planned_role(self) -> None:
        shapes = Shapes()
        here = unit(look(workload()), net="a", cluster="west")
        for role in ("seed", "block-producer", "seed"):
            shapes.add(here, "n/StatefulSet/x", 0, role)
        assert [row["role"] for row in shapes.rows] == ["seed", "block-producer"]


class TestDifferences:
    def archive(self, plan: Plan) -> tuple[Daemon, list[Row]]:
        """Return the archive, and its containers as they are planned."""
        [daemon] = [daemon for daemon in plan.daemons if daemon.archive_image]
        return daemon, [
            {
                "name": name,
                "args": list(args),
                "image": image,
                "resources": container_resources(resources),
            }
            for name, args, image, resources in (
                ("daemon", daemon.args, daemon.image, daemon.resources),
                ("archive", daemon.archive_args, daemon.archive_image, ARCHIVE_PROGRAM),
            )
        ]

    def found(
        self, plan: Plan, name: str, containers: Iterable[Row], role: str = "", claim: str = ""
    ) -> list[Row]:
        [daemon] = [daemon for daemon in plan.daemons if daemon.archive_image]
        claim = claim or f"{name}-g{plan.genesis.generation}"
        volume = {"name": "state", "persistentVolumeClaim": {"claimName": claim}}
        # As the components mount it.
        mounts = {"volumeMounts": [{"name": "state", "mountPath": "/state"}]}
        mounted = [container | mounts for container in containers]
        item = workload(pod={"containers": mounted, "volumes": [volume]})
        item["metadata"] |= {"name": name, "namespace": plan.namespace}
        planned = "archive-postgres" if name.endswith("-postgres") else "archive"
        item["metadata"]["labels"] = {"testnet/daemon": name, "testnet/role": planned}
        inner = {"testnet/daemon": name, "testnet/role": role or planned}
        item["spec"]["template"]["metadata"] = {"labels": inner}
        seen = look(item)
        here = unit(seen, cluster=daemon.cluster.name)
        origins = Origins(fleet=read_fleet(), plans=(plan,))
        return [
            {k: v for k, v in row.items() if k in ("container", "part", "planned", "built")}
            for row in difference_rows(plan, wanted_workloads(plan), [here], origins, Places())
        ]

    def test_none_where_all_is_as_planned(self, plan: Plan) -> None:
        daemon, containers = self.archive(plan)
        beside = {"name": "beside", "image": "q/x"}
        assert self.found(plan, daemon.name, [*containers, beside]) == []

    def test_labels_of_another_role(self, plan: Plan) -> None:
        daemon, containers = self.archive(plan)
        assert self.found(plan, daemon.name, containers, "service") == [
            {
                "container": "",
                "part": "labels",
                "planned": f"{daemon.name} archive",
                "built": f"{daemon.name} service",
            }
        ]

    @pytest.mark.parametrize("number", [0, 1])
    def test_the_container_and_the_values_are_named(self, plan: Plan, number: int) -> None:
        daemon, containers = self.archive(plan)
        name, image = containers[number]["name"], containers[number]["image"]
        containers[number] |= {"args": ["-x"], "image": "q/x", "resources": RESOURCES}
        head = {"container": name, "planned": "", "built": ""}
        assert self.found(plan, daemon.name, containers) == [
            head | {"part": "args"},
            head | {"part": "image", "planned": image, "built": "q/x"},
            head | {"part": "resources"},
        ]

    def test_state_on_another_claim(self, plan: Plan) -> None:
        daemon, containers = self.archive(plan)
        assert self.found(plan, daemon.name, containers, claim="other") == [
            {
                "container": "daemon",
                "part": "state",
                "planned": f"claim {daemon.claim}",
                "built": "claim other",
            }
        ]

    def test_a_container_that_is_not_there(self, plan: Plan) -> None:
        daemon, containers = self.archive(plan)
        head = {"container": "archive", "planned": "", "built": ""}
        assert self.found(plan, daemon.name, containers[:1]) == [head | {"part": "container"}]

    def test_arguments_of_a_database_are_its_components(self, plan: Plan) -> None:
        daemon, _ = self.archive(plan)
        resources = container_resources(daemon.postgres.over(POSTGRES))
        database = {"name": "postgres", "args": ["-c", "x=y"], "image": POSTGRES_IMAGE}
        name = f"{daemon.name}-postgres"
        assert self.found(plan, name, [database | {"resources": resources}]) == []
        other = database | {"resources": resources, "image": "postgres:1"}
        assert self.found(plan, name, [other]) == [
            {
                "container": "postgres",
                "part": "image",
                "planned": POSTGRES_IMAGE,
                "built": "postgres:1",
            }
        ]

    def test_nobody_planned_it(self, plan: Plan) -> None:
        assert self.found(plan, "stranger", []) == []


def kustomization(name: str, **spec: Any) -> Row:
    return made("Kustomization", metadata={"name": name, "namespace": "testnets"}, spec=spec)


def binding(kind: str, role: str, account: str, namespace: str = "n") -> Row:
    return made(
        kind,
        metadata={"name": f"{role}-{account}", "namespace": namespace},
        roleRef={"kind": "ClusterRole", "name": role},
        subjects=[{"kind": "ServiceAccount", "namespace": "testnets", "name": account}],
    )


class TestFlux:
    def rows(self, plan: Plan, table: Any, *units: Unit) -> list[Row]:
        origins = Origins(fleet=read_fleet(), plans=(plan,))
        return list(table(units, origins, Places()))

    def test_a_kustomization_applies_all_that_it_owns(self, plan: Plan) -> None:
        system = unit(look(kustomization("testnets")), net="", owner="west/flux-system")
        files = [
            look(made("ConfigMap", data={"a": "${A}"}), made("Role")),
            look(made("ConfigMap", data={"a": "${B} ${C}"})),
        ]
        parts = [unit(seen, owner="west/testnets", path=str(n)) for n, seen in enumerate(files)]
        others = [
            unit(files[0], owner="east/testnets", cluster="east"),
            unit(files[0], owner="west/x"),
        ]
        [row] = self.rows(plan, flux.kustomization_rows, system, *parts, *others)
        assert (row["kustomization"], row["objects"]) == ("west/testnets", 3)
        assert row["bytes"] == sum(seen["size"] for seen in files)
        assert row["substitutions"] == 3
        [empty] = self.rows(plan, flux.kustomization_rows, system)
        assert (empty["objects"], empty["bytes"], empty["substitutions"]) == (0, 0, 0)

    def needs(self, plan: Plan, *bindings: Row) -> list[tuple[str, list[str], str]]:
        """Return cluster, roles and resource of what an account needs on two clusters."""
        units = []
        for cluster, held in (("west", bindings), ("east", ())):
            admin = [kustomization("full-1", serviceAccountName="a"), *held]
            owner = f"{cluster}/testnets"
            units.append(unit(look(*admin), cluster=cluster, owner=owner))
            seen = look(made("Role"), made("Namespace", metadata={"namespace": None}))
            units.append(unit(seen, cluster=cluster, owner=f"{cluster}/full-1"))
        rows = self.rows(plan, flux.need_rows, *units)
        assert {row["verb"] for row in rows} == set(flux.VERBS)
        return [
            (row["cluster"], row["roles"], row["resource"])
            for row in rows
            if row["verb"] == "create"
        ]

    def test_all_roles_of_an_account_count_on_their_cluster(self, plan: Plan) -> None:
        found = self.needs(
            plan,
            binding("RoleBinding", "s", "a"),
            binding("RoleBinding", "r", "a"),
            binding("RoleBinding", "t", "b"),
            binding("RoleBinding", "u", "a", namespace="m"),
        )
        assert found == [
            ("west", ["ClusterRole/r", "ClusterRole/s"], "roles"),
            ("west", [], "namespaces"),
            ("east", [], "roles"),
            ("east", [], "namespaces"),
        ]

    def test_what_is_bound_everywhere_counts_in_each_namespace(self, plan: Plan) -> None:
        found = self.needs(
            plan, binding("ClusterRoleBinding", "e", "a"), binding("RoleBinding", "r", "a")
        )
        assert found[:2] == [
            ("west", ["ClusterRole/e", "ClusterRole/r"], "roles"),
            ("west", ["ClusterRole/e"], "namespaces"),
        ]

    def test_grants_are_those_of_their_cluster_and_of_no_namespace(self) -> None:
        rules = [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]
        seen = look(made("ClusterRole", rules=rules), made("Role", rules=rules))
        units = [unit(seen, net="", cluster=name) for name in ("west", "west", "east")]
        rows = list(flux.grant_rows([*units, unit(seen, net="full", cluster="north")]))
        assert [(row["cluster"], row["role"]) for row in rows] == [
            ("west", "ClusterRole/x"),
            ("east", "ClusterRole/x"),
        ]


def test_keys_are_told_apart_by_a_digest(plan: Plan) -> None:
    rows = list(key_rows(plan, inventory(), {}, Places()))
    keys = [row["key"] for row in rows]
    assert len(set(keys)) == len(keys) > 0
    assert {len(key) for key in keys} == {24}


def test_a_digest_of_resources_is_that_of_what_was_built() -> None:
    seen = look(workload(pod={"containers": [{"name": "c", "resources": RESOURCES}]}))
    assert seen["workloads"]["n/StatefulSet/x"]["containers"]["c"][2] == digest_of(RESOURCES)
