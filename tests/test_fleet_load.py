"""What `generator.fleet` finds wrong in the fleet, and what it reads from it."""

from __future__ import annotations

from decimal import Decimal

import pytest

from generator.fleet import AddressMode, Provider, load_fleet
from generator.fleet.load import DAEMON_PORTS
from generator.plan import command
from tests.repository import FLEET, MARK, document, marked, read_fleet, rules, rules_in

PATH = "environments/fleet.yaml"
# Rule, what is written in the fleet, what makes it wrong at the mark, and what is right instead.
Case = tuple[str, str, str, str]

CASES: dict[str, Case] = {
    "a name twice": ("fleet/name", "name: center", "name: @@west", "name: west2"),
    "a region twice": (
        "fleet/region",
        "region: eu-central-1",
        "region: @@us-west-2",
        "region: us-west-1",
    ),
    "a zone twice": (
        "fleet/zone",
        "public: center.example.org",
        "public: @@west.example.org",
        "public: west2.example.org",
    ),
    "no such price class": (
        "fleet/prices",
        "prices: standard\n    notifications",
        "prices: @@standart\n    notifications",
        "prices: standard\n    notifications",
    ),
    "Kubernetes without schemas": (
        "fleet/kubernetes",
        'region: us-east1\n    kubernetes: "1.37"',
        'region: us-east1\n    kubernetes: @@"1.38"',
        'region: us-east1\n    kubernetes: "1.34"',
    ),
    "pods are no network": (
        "fleet/cidr",
        "pods: 10.1.0.0/16",
        "pods: @@10.1.0.1/16",
        "pods: 10.1.0.0/17",
    ),
    "egress is no network": (
        "fleet/cidr",
        "egress: [203.0.113.20/32]",
        "egress: [203.0.113.20/32, @@203.0.113.21/24]",
        "egress: [203.0.113.20/32, 203.0.113.0/24]",
    ),
    "egress is everywhere": (
        "fleet/cidr",
        "egress: [203.0.113.20/32]",
        "egress: [@@0.0.0.0/0]",
        "egress: [203.0.113.0/24]",
    ),
    "ports backwards": (
        "fleet/ports",
        "ports: 12000-12999",
        "ports: @@12999-12000",
        "ports: 12998-12999",
    ),
    "a single port": (
        "fleet/ports",
        "ports: 12000-12999",
        "ports: @@12000-12000",
        "ports: 12000-12001",
    ),
    "ports of the daemons themselves": (
        "fleet/ports",
        "ports: 12000-12999",
        "ports: @@8303-8400",
        "ports: 8304-8400",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_mistake_is_found_at_its_place(case: str) -> None:
    rule, written, bad, good = CASES[case]
    assert FLEET.count(written) == 1
    text, at = marked(PATH, FLEET.replace(written, bad))
    fleet, findings = load_fleet(document(PATH, text))
    assert fleet is None
    assert rules(findings) == [(rule, at)]
    assert findings[0].remediation
    assert len(read_fleet(FLEET.replace(written, good)).clusters) == 3


def test_every_rule_has_its_case() -> None:
    repeated = {"fleet/name", "fleet/region"}
    assert {rule for rule, *_ in CASES.values()} == rules_in("fleet") | repeated


def test_all_mistakes_are_found_at_once() -> None:
    text = FLEET
    for _, written, bad, _ in CASES.values():
        text = text.replace(written, bad.replace(MARK, ""), 1)
    _, findings = load_fleet(document(PATH, text))
    assert {finding.rule for finding in findings} == {rule for rule, *_ in CASES.values()}


@pytest.mark.parametrize("minor", ["1.20", "1.33", "1.38", "1.99", "2.1", "1.340"])
def test_version_without_schemas_is_refused_with_those_that_have_some(minor: str) -> None:
    text = FLEET.replace('kubernetes: "1.37"', f'kubernetes: "{minor}"', 1)
    (finding,) = load_fleet(document(PATH, text))[1]
    words = f'there are no schemas of Kubernetes "{minor}", which cluster "west" has'
    assert finding.message == words
    assert finding.remediation.startswith("Choose one of: 1.34, 1.35, 1.36, 1.37; or add")


def test_ports_of_daemons_are_those_of_the_plan() -> None:
    assert set(DAEMON_PORTS) == {
        command.GRAPHQL_PORT,
        command.ARCHIVE_PORT,
        command.METRICS_PORT,
        command.ARCHIVE_METRICS_PORT,
        command.CLIENT_PORT,
        command.OWN_ADDRESS_PORT,
        command.OWN_ADDRESS_PORT + 1,
    }


def test_fleet_needs_a_cluster() -> None:
    head, _, _ = FLEET.partition("clusters:")
    text, at = marked(PATH, f"{head}clusters: @@[]\n")
    fleet, findings = load_fleet(document(PATH, text))
    assert fleet is None
    assert [finding.at for finding in findings] == [at]


def test_cluster_is_read() -> None:
    west, center, east = read_fleet().clusters
    assert (west.name, west.provider, west.region) == ("west", Provider.AWS, "us-west-2")
    assert (west.public_zone, west.internal_zone) == ("west.example.org", "cluster.local")
    assert (west.ports, west.addresses) == (range(10000, 20000), AddressMode.HOST_PORT)
    assert west.cpu == Decimal(4000)
    assert (west.memory, west.storage) == (16 * 2**40, 200 * 2**40)
    assert west.secrets.role.endswith(":role/keys")
    assert west.prices.cpu_hour == Decimal("0.03")
    assert west.load_balancers == 50
    assert str(west.at) == f"{PATH}:10:5"
    assert [c.notification_secret for c in (west, center)] == ["github-app", "other"]
    assert (east.addresses, east.secrets.project) == (AddressMode.LOAD_BALANCER, "example")


def test_fleet_knows_its_clusters() -> None:
    fleet = read_fleet()
    assert list(fleet.by_name) == ["west", "center", "east"]
    assert fleet.by_region["us-east1"].name == "east"
    assert fleet.egress == ("198.51.100.10/32", "203.0.113.10/32", "203.0.113.20/32")
    assert (fleet.url, fleet.branch) == ("https://example.org/environments", "environments")
