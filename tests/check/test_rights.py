"""What is seen of rights and isolation, and the facts that are made of it."""

from __future__ import annotations

from typing import Any

import pytest

from generator.check.facts.isolation import isolation_tables
from generator.check.facts.rights import right_tables
from generator.check.facts.unit import Origins, Unit
from generator.check.observe import Observed, PatchLibrary, Watcher, nothing
from generator.check.observe.peers import is_wide, opened_by, read_range, selects_all
from generator.check.places import Places
from tests.conftest import Planner
from tests.repository import FULL, read_fleet

WATCHER = Watcher(PatchLibrary({}))


def look(text: str) -> Any:
    return WATCHER.look(text, minor="1.37")


def policy(spec: str) -> Any:
    head = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\n"
    return look(f"{head}metadata: {{name: x, namespace: net-a}}\nspec: {{{spec}}}\n")


def test_rules_of_a_role_and_what_it_aggregates() -> None:
    seen = look(
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: x}\n"
        "rules: [{apiGroups: [''], resources: [pods], verbs: [get]},"
        " {nonResourceURLs: [/metrics], verbs: [get]}]\naggregationRule: {}\n"
    )
    rows = [(r["field"], r["resources"], r["aggregated"]) for r in seen["rights"]]
    assert rows == [
        ("rules[0]", ["pods"], False),
        ("rules[1]", ["/metrics"], False),
        ("aggregationRule", [], True),
    ]


def test_every_subject_of_a_binding() -> None:
    seen = look(
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\n"
        "metadata: {name: x, namespace: net-a}\n"
        "roleRef: {kind: ClusterRole, name: view}\n"
        "subjects: [{kind: Group, name: 'system:all'}, {kind: ServiceAccount, name: daemon}]\n"
    )
    assert [(r["field"], r["role"], r["subject"]) for r in seen["subjects"]] == [
        ("subjects[0]", "/ClusterRole/view", "net-a/Group/system:all"),
        ("subjects[1]", "/ClusterRole/view", "net-a/ServiceAccount/daemon"),
    ]


@pytest.mark.parametrize(
    ("spec", "confined"),
    [
        ("podSelector: {}, policyTypes: [Egress]", True),
        ("podSelector: {}, egress: []", True),
        ("podSelector: {}", False),
        ("podSelector: {}, policyTypes: [Ingress], egress: []", False),
        ("podSelector: {matchLabels: {testnet/role: seed}}, policyTypes: [Egress]", False),
        (
            "podSelector: {matchExpressions: [{key: testnet/role, operator: Exists}]}, egress: []",
            True,
        ),
        (
            "podSelector: {matchExpressions: [{key: testnet/pool, operator: Exists}]}, egress: []",
            False,
        ),
    ],
)
def test_what_confines_all_pods(spec: str, confined: bool) -> None:  # noqa: FBT001
    assert policy(spec)["confined"] is confined


def test_the_other_side_of_rules() -> None:
    seen = policy(
        "podSelector: {}, policyTypes: [Egress], ingress: [{}], egress: [{},"
        " {to: [{podSelector: {}}, {namespaceSelector: {}}],"
        " ports: [{port: 53, protocol: UDP}, {port: 1, endPort: 9}]},"
        " {to: [{ipBlock: {cidr: 10.0.0.1/8, except: [10.1.0.0/16, x]}}, {ipBlock: {}}]}]"
    )
    assert [(r["field"], r["who"], r["cidr"], r["ports"]) for r in seen["passages"]] == [
        ("spec.egress[0]", "anyone", "", []),
        ("spec.egress[1]", "pods", "", ["UDP/53", "TCP/1-9"]),
        ("spec.egress[1]", "namespaces", "", ["UDP/53", "TCP/1-9"]),
        ("spec.egress[2]", "range", "10.0.0.0/8", []),
        ("spec.egress[2]", "range", "", []),
    ]
    assert [r["excepted"] for r in seen["passages"]][-2:] == [["10.1.0.0/16"], []]


@pytest.mark.parametrize(
    ("rule", "exposed"),
    [
        ("{ports: [{port: p2p}]}", False),
        ("{ports: [{port: p2p}, {port: graphql}]}", True),
        ("{}", True),
        ("{from: [{ipBlock: {cidr: 192.0.2.0/24}}], ports: [{port: graphql}]}", False),
    ],
)
def test_what_is_exposed_is_said_once(rule: str, exposed: bool) -> None:  # noqa: FBT001
    seen = policy(f"podSelector: {{}}, ingress: [{rule}]")
    assert [row["exposed"] for row in seen["passages"]] == [exposed]
    assert bool(seen["exposed"]) is exposed


@pytest.mark.parametrize(
    ("text", "wide"),
    [("0.0.0.0/1", True), ("0.0.0.0/7", True), ("11.0.0.0/8", False), ("::/0", True), ("x", False)],
)
def test_ranges_that_are_as_good_as_the_world(text: str, wide: bool) -> None:  # noqa: FBT001
    assert is_wide(text) is wide
    assert bool(read_range(text)) is (text != "x")


def test_selectors_that_name_no_namespace() -> None:
    named = {"matchExpressions": [{"key": "name", "operator": "In", "values": ["a"]}]}
    others = {"matchExpressions": [{"key": "name", "operator": "NotIn", "values": ["a"]}]}
    assert selects_all({"namespaceSelector": {}})
    assert selects_all({"namespaceSelector": others})
    assert not selects_all({"namespaceSelector": named})
    assert not selects_all({"namespaceSelector": {"matchLabels": {"a": "b"}}})
    assert not selects_all({"podSelector": {}})


def test_who_is_let_in() -> None:
    assert opened_by({}) == "NetworkPolicy"
    assert opened_by({"from": [{"ipBlock": {"cidr": "128.0.0.0/1"}}]}) == "NetworkPolicy"
    assert opened_by({"from": [{"podSelector": {}}, {"namespaceSelector": {}}]}) == (
        "namespaceSelector"
    )
    assert not opened_by({"from": [{"podSelector": {}}]})


def test_the_number_behind_a_name() -> None:
    seen = look(
        "apiVersion: v1\nkind: Pod\nmetadata: {name: x, labels: {testnet/daemon: a}}\n"
        "spec: {containers: [{name: d, ports: [{name: p2p, containerPort: 3085, hostPort: 9}]}]}\n"
        "---\napiVersion: v1\nkind: Service\nmetadata: {name: x, labels: {testnet/daemon: a}}\n"
        "spec: {type: LoadBalancer, ports: [{port: 8302, targetPort: p2p}]}\n"
    )
    assert [(r["via"], r["targets"]) for r in seen["exposed"]] == [
        ("hostPort", [3085]),
        ("LoadBalancer", [3085]),
    ]


class TestFacts:
    """Rows about units of nets; `full` is planned, `other` is another one."""

    @staticmethod
    def unit(seen: dict[str, Any], net: str, path: str = "nets/x", cluster: str = "west") -> Unit:
        whole: Observed = nothing() | seen  # type: ignore[assignment] # by the keys of Observed
        return Unit(
            path=f"clusters/{cluster}/{path}",
            cluster=cluster,
            net=net,
            owner="",
            parts=(),
            seen=whole,
        )

    @staticmethod
    def tables(*units: Unit) -> Any:
        return right_tables(units, Origins(fleet=read_fleet(), plans=()), Places())

    def bound(self, role: str, subject: str, *units: Unit) -> tuple[bool, bool]:
        row = {"object": "net-a/RoleBinding/x", "field": "", "role": role, "subject": subject}
        own = self.unit({"subjects": [row]}, "a")
        [found] = self.tables(own, *units)["bindings"]
        return found["made"], found["known"]

    def test_a_role_is_of_the_net_or_of_all(self) -> None:
        role, account = "net-a/Role/r", "net-a/ServiceAccount/s"
        own = self.unit({"objects": [role, account]}, "a")
        assert self.bound(role, account, own) == (True, True)
        assert self.bound(role, account, self.unit({"objects": [role, account]}, "b")) == (
            False,
            False,
        )
        assert self.bound(role, account, self.unit({"objects": [role, account]}, "")) == (
            True,
            False,
        )
        elsewhere = self.unit({"objects": [role, account]}, "a", cluster="east")
        assert self.bound(role, account, elsewhere) == (False, False)

    def test_only_a_service_account_is_one(self) -> None:
        own = self.unit({"objects": ["net-a/Group/g"]}, "a")
        assert self.bound("", "net-a/Group/g", own) == (False, False)

    def test_what_is_alike_in_many_nets_is_one_row(self) -> None:
        def role(net: str, verb: str) -> Unit:
            row = {"object": f"net-{net}/Role/r", "verbs": [verb]}
            return self.unit({"rights": [row]}, net)

        rows = self.tables(role("a", "get"), role("b", "get"), role("b", "list"))["rights"]
        assert [row["object"] for row in rows] == ["west/net-a/Role/r", "west/net-b/Role/r"]

    def test_kinds_by_part(self) -> None:
        kinds = {"kinds": [["apps", "StatefulSet", "net-a", "net-a/StatefulSet/x"]]}
        rows = self.tables(self.unit(kinds, "a"), self.unit(kinds, "", "platform"))["applied"]
        assert [(row["part"], row["namespace"]) for row in rows] == [
            ("nets", "net-a"),
            ("platform", "net-a"),
        ]

    def test_a_net_is_confined_where_one_of_its_units_says_so(self, plans: Planner) -> None:
        [plan] = plans(FULL)
        units = [
            self.unit({"confined": True}, plan.name),
            self.unit({}, plan.name),
            self.unit({}, plan.name, cluster="east"),
            self.unit({}, "other"),
        ]
        origins = Origins(fleet=read_fleet(), plans=(plan,))
        rows = isolation_tables([plan], units, origins, Places())["isolation"]
        assert [(row["cluster"], row["confined"]) for row in rows] == [
            ("west", True),
            ("east", False),
        ]
