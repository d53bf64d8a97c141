"""Facts about objects that are in no net as it should be, and where each one follows from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from generator.check.facts import built
from generator.check.facts.net import produced_stake
from generator.check.facts.unit import Origins, Unit
from generator.check.observe import Observed, nothing
from generator.check.places import Places
from generator.check.secrecy import read_texts, search
from generator.finding import Location
from generator.plan import Plan
from tests.check.looking import look, made, workload
from tests.conftest import Planner
from tests.repository import FULL, PUBLIC, inventory, net, read_fleet, with_fields

WEST = "clusters/west"


def unit(seen: Observed, *, net: str = "full", owner: str = "a", **changes: Any) -> Unit:
    """Return a unit of a cluster."""
    values: dict[str, Any] = {"path": f"{WEST}/x", "cluster": "west", "parts": (), "before": None}
    return Unit(seen=seen, net=net, owner=owner, **(values | changes))


class Facts:
    """Rows about units of the nets of `tests.repository`, with places in full."""

    def __init__(self, plans: tuple[Plan, ...]) -> None:
        self.origins = Origins(fleet=read_fleet(), plans=plans)
        self.places = Places()

    def rows(self, table: Any, *units: Unit) -> list[dict[str, Any]]:
        rows = table(list(units), self.origins, self.places)
        return [row | {"at": self.places[row["at"]]} for row in rows]


@pytest.fixture
def full(plans: Planner) -> Plan:
    [plan] = plans(FULL)
    return plan


@pytest.fixture
def facts(full: Plan) -> Facts:
    return Facts((full,))


def at_daemon(plan: Plan, name: str) -> Location:
    [daemon] = [daemon for daemon in plan.daemons if daemon.name == name]
    return daemon.at


class TestOrigins:
    def test_of_a_daemon_its_database_and_anything_else(self, facts: Facts, full: Plan) -> None:
        daemon = at_daemon(full, "whale-b01")
        assert facts.origins.of_daemon("full", "whale-b01") == daemon
        archive = at_daemon(full, "archive-1")
        assert facts.origins.of_daemon("full", "archive-1-postgres") == archive
        assert facts.origins.of_daemon("full", "absent") == full.testnet.at
        assert facts.origins.of_daemon("absent", "absent") == read_fleet().at

    def test_of_an_object_by_its_label_then_by_its_name(self, facts: Facts, full: Plan) -> None:
        labels = {"testnet/daemon": "whale-b01"}
        seen = look(made("Secret", metadata={"labels": labels}))
        assert facts.origins.of_object(unit(seen), "n/Secret/x") == at_daemon(full, "whale-b01")
        name = "n/StatefulSet/whale-b02"
        assert facts.origins.of_object(unit(seen), name) == at_daemon(full, "whale-b02")

    def test_of_what_all_nets_share(self, facts: Facts) -> None:
        shared = unit(nothing(), net="")
        [west] = [cluster for cluster in read_fleet().clusters if cluster.name == "west"]
        assert facts.origins.of_object(shared, "n/Role/x") == west.at
        nowhere = unit(nothing(), net="", cluster="absent")
        assert facts.origins.of_object(nowhere, "") == read_fleet().at


class TestBuilt:
    def test_what_changes_and_cannot(self, facts: Facts) -> None:
        old, new = (look(workload(serviceName=name)) for name in ("old", "new"))
        [row] = facts.rows(built.immutable_rows, unit(new, before=old))
        assert (row["field"], row["before"], row["after"]) == ("spec.serviceName", "old", "new")
        assert (row["object"], row["role"]) == ("west/n/StatefulSet/x", "block-producer")

    @pytest.mark.parametrize("before", [None, nothing(), look(workload(serviceName="new"))])
    def test_what_is_new_or_the_same_does_not(self, facts: Facts, before: Observed | None) -> None:
        new = look(workload(serviceName="new"))
        assert facts.rows(built.immutable_rows, unit(new, before=before)) == []

    def test_two_owners_of_one_object(self, facts: Facts) -> None:
        one, two = unit(look(made("Role"))), unit(look(made("Role")), owner="b")
        [row] = facts.rows(built.owner_rows, one, two)
        assert (row["object"], row["first"], row["second"]) == ("west/n/Role/x", "a", "b")

    def test_one_owner_or_two_clusters(self, facts: Facts) -> None:
        seen = look(made("Role"))
        others = (unit(seen), unit(seen, owner="b", cluster="east"))
        assert facts.rows(built.owner_rows, unit(seen), *others) == []

    def test_autoscalers_with_the_role_of_their_target(self, facts: Facts) -> None:
        targets = [("StatefulSet", "x"), ("Deployment", "x"), ("StatefulSet", "absent")]
        scalers = [
            made("HorizontalPodAutoscaler", spec={"scaleTargetRef": {"kind": kind, "name": name}})
            for kind, name in targets
        ]
        unknown = made("ScaledObject", spec={"scaleTargetRef": {"name": "plain"}})
        plain = made("Deployment", metadata={"name": "plain"})
        units = (unit(look(*scalers, unknown)), unit(look(workload(), plain)))
        elsewhere = unit(look(workload(), workload("Deployment")), cluster="east")
        rows = facts.rows(built.autoscaler_rows, *units, elsewhere)
        assert [(row["target"], row["role"]) for row in rows] == [
            ("x", "block-producer"),
            ("x", ""),
            ("absent", ""),
            ("plain", "other"),
        ]

    def test_annotations(self, facts: Facts, full: Plan) -> None:
        key = "kustomize.toolkit.fluxcd.io/prune"
        [row] = facts.rows(
            built.annotation_rows,
            unit(look(made("Role", metadata={"annotations": {key: "disabled"}}))),
        )
        assert (row["object"], row["value"]) == ("west/n/Role/x", "disabled")
        assert row["at"] == full.testnet.at

    @pytest.mark.parametrize(
        ("port", "purpose"),
        [
            ({"name": "p2p", "hostPort": 10000}, "p2p"),
            ({"name": "p2p", "hostPort": 3085}, "graphql"),
            ({"name": "debug", "hostPort": 7}, "debug"),
            ({"hostPort": 7}, "other"),
        ],
    )
    def test_what_a_port_is_for_whatever_its_name(
        self, facts: Facts, port: dict[str, Any], purpose: str
    ) -> None:
        pod = {"containers": [{"name": "daemon", "ports": [port]}]}
        [row] = facts.rows(built.exposed_rows, unit(look(workload(pod=pod))))
        assert (row["purpose"], row["daemon"]) == (purpose, "whale-1")

    def test_secrets_that_are_alike_are_told_once_a_net(self, facts: Facts) -> None:
        spec = {"secretStoreRef": {"name": "keys"}}
        names = ("a", "b")
        external = [made("ExternalSecret", metadata={"name": n}, spec=spec) for n in names]
        plain = [made("Secret", metadata={"name": n}, data={"k": "eA=="}) for n in names]
        rows = facts.rows(built.secret_rows, unit(look(*external, *plain)))
        assert [row["object"].rpartition("/")[2] for row in rows] == ["a", "a", "b"]
        units = [unit(look(external[0]), net=net) for net in ("full", "other", "full")]
        assert len(facts.rows(built.secret_rows, *units)) == 2

    def test_claims_count_where_a_net_is_protected(self, plans: Planner) -> None:
        claims = unit(look(made("PersistentVolumeClaim")), net="open")
        for field, count in (("protected: true", 1), ("protected: false", 0)):
            [plan] = plans(with_fields(PUBLIC, field))
            facts = Facts((plan,))
            rows = built.volume_rows(plan, [claims], facts.origins, facts.places)
            assert [row["kept"] for row in rows] == [False] * count

    def test_patches_over_all_overlays(self) -> None:
        one, two = nothing(), nothing()
        one["patches"], two["patches"] = [["f", 0, True], ["f", 1, False]], [["f", 1, False]]
        units = [unit(one), unit(two, path="y")]
        rows = [
            (row["entry"], row["overlays"], row["unmatched"], row["example"], row["at"])
            for row in built.patch_rows(units, {("f", 1): 7})
        ]
        assert rows == [("patches[0]", 1, 0, "", 0), ("patches[1]", 2, 2, "clusters/west/x", 7)]


def test_stake_goes_to_whom_it_is_delegated(plans: Planner) -> None:
    accounts = "[{key: b01, balance: 5, delegate: b02}, {key: b03, balance: 2}]"
    [plan] = plans(
        net(
            "block_producers: [{name: whale, keys: [b02], stake: 1000}]",
            f"genesis: {{accounts: {accounts}}}",
        )
    )
    total, held = produced_stake(plan, inventory())
    text = {name: inventory().keys[name].text for name in ("b02", "b03")}
    assert held == {text["b02"]: 1005 * 10**9, text["b03"]: 2 * 10**9}
    assert total == 1007 * 10**9


class TestSecrecy:
    HOOK = "https://hooks.slack.com/services/T00000000/B00000000/" + "a1B2c3D4e5F6g7H8i9J0k1L2"

    def test_files_that_people_keep_and_none_by_a_link(self, tmp_path: Path) -> None:
        root = tmp_path / "root"
        (root / "environments").mkdir(parents=True)
        (root / "environments/a.yaml").write_text("a")
        (root / "environments/b.pem").write_text("b")
        (root / "environments/c.yaml").symlink_to("a.yaml")
        (tmp_path / "d.yaml").write_bytes(b"\xff")
        texts, refused = read_texts(root, {"base/x.sh": "x"}, [tmp_path / "d.yaml"])
        assert refused == []
        assert texts == {
            "overlays/base/x.sh": "x",
            "environments/a.yaml": "a",
            "environments/b.pem": "b",
            (tmp_path / "d.yaml").as_posix(): "\ufffd",
        }

    def test_what_a_file_holds_is_told_once_and_never_shown(self, facts: Facts) -> None:
        texts = {"environments/a.yaml": f"# one\nhook: {self.HOOK}\n", "environments/b.yaml": ""}
        seen = look(made("ConfigMap", data={"hook": self.HOOK}))
        searched, leaks = search(texts, [unit(seen)], facts.origins, facts.places)
        assert [row["text"] for row in searched] == [*texts, f"{WEST}/x"]
        [leak] = leaks
        assert facts.places[leak["at"]].line == 2
        assert self.HOOK not in str(leaks)

    def test_what_only_was_built_is_told_of_its_object(self, facts: Facts) -> None:
        seen = look(made("Service"), made("ConfigMap", data={"hook": self.HOOK}))
        _, [leak] = search({}, [unit(seen)], facts.origins, facts.places)
        assert (leak["object"], leak["text"]) == ("west/n/ConfigMap/x", f"{WEST}/x")
