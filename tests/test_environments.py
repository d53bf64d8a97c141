"""The fleet, the key pools and the example testnets that are shipped."""

from __future__ import annotations

import hashlib
import ipaddress
import json
import re
from collections import Counter, defaultdict
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENTS = ROOT / "environments"
FLEET = ENVIRONMENTS / "fleet.yaml"
POOLS = sorted((ENVIRONMENTS / "keys").glob("*.yaml"))
TESTNETS = sorted((ENVIRONMENTS / "testnets").glob("*.yaml"))
FILES = [FLEET, *POOLS, *TESTNETS]

ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
PALLAS = 0x40000000000000000000000000000000224698FC094CF91B992D30ED00000001
# Seed identities whose key pairs were committed to public repositories.
LEAKED = ("12D3KooWAFFq2yEQ", "12D3KooWB79Aj", "12D3KooWAcprha")
DOCUMENTATION = [
    ipaddress.IPv4Network(network)
    for network in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")
]
CONTINENTS = {
    "us-west-2": "america",
    "us-east1": "america",
    "eu-central-1": "europe",
    "europe-west1": "europe",
    "ap-southeast-1": "asia",
    "asia-northeast1": "asia",
}


def load(path: Path) -> dict[str, Any]:
    """Return the content of a file."""
    content: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return content


def kind(path: Path) -> str:
    """Return which schema a file follows."""
    return {"environments": "fleet", "testnets": "testnet"}.get(path.parent.name, path.parent.name)


def decode(text: str) -> bytes:
    """Decode Base58Check, apart from the generator's own decoder; the checksum must be right."""
    number = 0
    for character in text:
        number = number * 58 + ALPHABET.index(character)
    data = number.to_bytes((number.bit_length() + 7) // 8, "big")
    content, checksum = data[:-4], data[-4:]
    assert hashlib.sha256(hashlib.sha256(content).digest()).digest()[:4] == checksum, text
    return content


def is_on_pallas(content: bytes) -> bool:
    """Say whether the x coordinate of a decoded B62q key belongs to a point of Pallas."""
    x = int.from_bytes(content[3:35], "little")
    return x < PALLAS and pow(x**3 + 5, (PALLAS - 1) // 2, PALLAS) == 1


def keys_of(path: Path) -> list[tuple[str, str, str]]:
    """Return kind, name and public part of every key of a pool."""
    return [
        (kind_name, name, key if isinstance(key, str) else key["public_key"])
        for kind_name, keys in load(path)["keys"].items()
        for name, key in keys.items()
    ]


KEYS = [key for path in POOLS for key in keys_of(path)]


def expand(entries: list[str]) -> list[str]:
    """Expand ranges such as qa-001..qa-006."""
    names: list[str] = []
    for entry in entries:
        first, dots, last = entry.partition("..")
        if not dots:
            names.append(entry)
            continue
        digits = re.search(r"\d+$", first)
        assert digits is not None
        prefix, width = first[: digits.start()], len(digits[0])
        numbers = range(int(digits[0]), int(last.removeprefix(prefix)) + 1)
        names += [f"{prefix}{number:0{width}d}" for number in numbers]
    return names


def seed_groups(testnet: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the groups of seeds, of which there may be one or a list."""
    seeds = testnet["seeds"]
    return seeds if isinstance(seeds, list) else [seeds]


def used_keys(testnet: dict[str, Any]) -> list[tuple[str, str]]:
    """Return kind and name of every key that a daemon of the testnet holds."""
    producers = testnet.get("block_producers", [])
    return [
        *(("libp2p", n) for group in seed_groups(testnet) for n in expand(group.get("keys", []))),
        *(("block-producer", name) for group in producers for name in expand(group["keys"])),
        *(("snark", pool["key"]) for pool in testnet.get("snark_pools", [])),
    ]


def regions_of(group: dict[str, Any], testnet: dict[str, Any]) -> list[str]:
    """Return a region for each daemon of a group, going round where no count is given."""
    count = len(expand(group.get("keys", []))) or group.get("count", 1)
    spread = group.get("regions", testnet["regions"])
    if isinstance(spread, dict):
        return [region for region, number in spread.items() for _ in range(number)]
    return [spread[index % len(spread)] for index in range(count)]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_file_follows_its_schema(path: Path) -> None:
    schema = json.loads((ENVIRONMENTS / f"schema/{kind(path)}.json").read_text(encoding="utf-8"))
    found = [error.message for error in Draft202012Validator(schema).iter_errors(load(path))]
    assert not found


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_file_names_its_schema_for_editors(path: Path) -> None:
    first = path.read_text(encoding="utf-8").splitlines()[0]
    schema = first.removeprefix("# yaml-language-server: $schema=")
    assert (path.parent / schema).resolve() == ENVIRONMENTS / f"schema/{kind(path)}.json"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_file_keeps_to_the_small_part_of_yaml(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    events = list(yaml.parse(text))
    assert not [event for event in events if getattr(event, "anchor", None)]
    assert not [event for event in events if getattr(event, "tag", None)]
    assert sum(isinstance(event, yaml.DocumentStartEvent) for event in events) == 1
    assert not re.search(r"[^\x20-\x7e\n]", text)


@pytest.mark.parametrize("path", [*POOLS, *TESTNETS], ids=lambda path: path.name)
def test_file_is_named_after_its_content(path: Path) -> None:
    content = load(path)
    assert path.stem == content["pool" if kind(path) == "keys" else "name"]


def test_fleet_has_two_providers_on_three_continents() -> None:
    clusters = load(FLEET)["clusters"]
    assert Counter(cluster["provider"] for cluster in clusters) == {"aws": 3, "gcp": 3}
    for provider in ("aws", "gcp"):
        regions = [cluster["region"] for cluster in clusters if cluster["provider"] == provider]
        assert {CONTINENTS[region] for region in regions} == {"america", "europe", "asia"}


def test_clusters_do_not_get_in_each_others_way() -> None:
    clusters = load(FLEET)["clusters"]
    pods = [ipaddress.ip_network(cluster["network"]["pods"]) for cluster in clusters]
    assert not [(a, b) for a in pods for b in pods if a is not b and a.overlaps(b)]
    egress = [address for cluster in clusters for address in cluster["network"]["egress"]]
    zones = [cluster["dns"]["public"] for cluster in clusters]
    for values in (egress, zones, [c["name"] for c in clusters], [c["region"] for c in clusters]):
        assert len(set(values)) == len(values)


def test_fleet_shows_addresses_of_nobody() -> None:
    fleet = load(FLEET)
    for cluster in fleet["clusters"]:
        assert cluster["dns"]["public"].endswith(".o1test.net")
        assert cluster["prices"] in fleet["prices"]
        for address in map(ipaddress.IPv4Network, cluster["network"]["egress"]):
            assert any(address.subnet_of(network) for network in DOCUMENTATION)


@pytest.mark.parametrize("path", POOLS, ids=lambda path: path.name)
def test_keys_decode(path: Path) -> None:
    for kind_name, _, text in keys_of(path):
        if kind_name == "libp2p":
            number = 0
            for character in text:
                number = number * 58 + ALPHABET.index(character)
            assert number.to_bytes(38, "big").startswith(bytes.fromhex("002408011220"))
        elif path.stem == "classic":
            assert decode(text).startswith(b"\xcb\x01\x60")
        else:
            content = decode(text)
            assert (content[:3], len(content)) == (b"\xcb\x01\x01", 36)
            assert is_on_pallas(content)


def test_no_key_and_no_name_is_written_twice() -> None:
    for values in ([name for _, name, _ in KEYS], [text for _, _, text in KEYS]):
        assert not [value for value, count in Counter(values).items() if count > 1]


def test_no_key_is_known_to_the_world() -> None:
    assert not [name for _, name, text in KEYS if text.startswith(LEAKED)]
    assert not [name for _, name, text in KEYS if text.startswith(("EK", "CAES"))]


@pytest.mark.parametrize("path", POOLS, ids=lambda path: path.name)
def test_pool_says_where_its_keys_come_from(path: Path) -> None:
    comment, _, _ = path.read_text(encoding="utf-8").partition("\npool:")
    assert "past testnets" in comment
    assert "docs/keys.md" in comment


def test_testnets_use_keys_of_the_right_kind_once() -> None:
    kinds = {name: kind_name for kind_name, name, _ in KEYS}
    used: list[str] = []
    for path in TESTNETS:
        for kind_name, name in used_keys(load(path)):
            assert kinds.get(name) == kind_name, (path.name, name)
            used.append(name)
    assert len(set(used)) == len(used)


@pytest.mark.parametrize("path", TESTNETS, ids=lambda path: path.name)
def test_testnet_runs_where_the_fleet_is(path: Path) -> None:
    testnet = load(path)
    served = {cluster["region"] for cluster in load(FLEET)["clusters"]}
    assert set(testnet["regions"]) <= served
    pools = [pool["region"] for pool in testnet["snark_pools"] if "region" in pool]
    groups = [*seed_groups(testnet), *testnet["block_producers"]]
    named = [region for group in groups for region in regions_of(group, testnet)]
    assert {*pools, *named} <= set(testnet["regions"])


@pytest.mark.parametrize("path", TESTNETS, ids=lambda path: path.name)
def test_testnet_outlives_a_region_unless_it_says_otherwise(path: Path) -> None:
    testnet = load(path)
    if testnet.get("availability") == "single":
        return
    assert len(testnet["regions"]) >= 3
    seeds = [region for group in seed_groups(testnet) for region in regions_of(group, testnet)]
    assert len(set(seeds)) >= 3
    stakes: dict[str, Decimal] = defaultdict(Decimal)
    for group in testnet["block_producers"]:
        for region in regions_of(group, testnet):
            # A ledger that is compiled in shows no stakes: count the producers.
            stakes[region] += Decimal(group.get("stake", 1))
    assert max(stakes.values()) * 2 < sum(stakes.values())


def test_examples_show_what_there_is() -> None:
    nets = {path.stem: load(path) for path in TESTNETS}
    assert set(nets) == {"smoke", "pickles-qa", "berkeley-public", "classic"}
    assert nets["smoke"]["availability"] == "single"
    assert len(nets["pickles-qa"]["snark_pools"]) == 2
    assert nets["pickles-qa"]["archive"]["count"] == 1
    assert nets["classic"]["flavour"] == "coda-kademlia"
    public = nets["berkeley-public"]
    assert public["purpose"] == "public"
    assert sum(len(expand(group["keys"])) for group in public["block_producers"]) == 100
    assert {CONTINENTS[region] for region in public["regions"]} == set(CONTINENTS.values())


@pytest.mark.parametrize("path", TESTNETS, ids=lambda path: path.name)
def test_examples_are_short(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 40
