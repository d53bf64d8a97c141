"""The JSON Schemas: documented, closed and bounded everywhere, and clear when they refuse."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, ValidationError

Schema = dict[str, Any]

ROOT = Path(__file__).resolve().parent.parent
KINDS = ("testnet", "fleet", "keys")
SCHEMAS: dict[str, dict[str, Any]] = {
    kind: json.loads((ROOT / f"generator/schemas/{kind}.json").read_text(encoding="utf-8"))
    for kind in KINDS
}
END = r"$(?!\n)"
IMAGE = "gcr.io/o1labs-192920/mina-daemon:3.0.3-bullseye-devnet"
KEY = "B62qiZfzW27eavtPrnF6DeDSAKEjXuGFdkouC3T5STRa6rrYLiDUP2p"

GCP = {
    "project": "o1labs-192920",
    "service_account": "testnet-keys@o1labs-192920.iam.gserviceaccount.com",
    "cluster": "testnets",
}
WAIVER: Schema = {
    "rule": "images/pinned",
    "subject": "whale-qa-001",
    "reason": "The tag is moved while the release is tried out.",
    "owner": "protocol",
    "expires": "2026-12-31",
}
AMOUNTS_REFUSED: list[object] = [
    *("-1", "1" * 11, "1e3", "", "1.", "0.0000000001", "1\n"),
    *(-1, Decimal("-0.1"), 10**11, True, None),
]


def walk(schema: Schema, path: str) -> Iterator[tuple[str, Schema]]:
    """Give every schema that describes a value; conditions only narrow one that is described."""
    yield path, schema
    for keyword in ("properties", "$defs"):
        for name, inner in schema.get(keyword, {}).items():
            yield from walk(inner, f"{path}/{keyword}/{name}")
    for keyword in ("items", "additionalProperties"):
        if isinstance(schema.get(keyword), dict):
            yield from walk(schema[keyword], f"{path}/{keyword}")


def walk_all(value: object, path: str) -> Iterator[tuple[str, Schema]]:
    """Give every mapping of a schema, conditions too."""
    if isinstance(value, dict):
        yield path, value
        for name, inner in value.items():
            if name not in {"examples", "default"}:
                yield from walk_all(inner, f"{path}/{name}")
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from walk_all(inner, f"{path}/{index}")


def errors(kind: str, document: object) -> list[ValidationError]:
    """Return what the schema of `kind` finds wrong with a document."""
    return list(Draft202012Validator(SCHEMAS[kind]).iter_errors(document))


def advice(error: ValidationError) -> str:
    """Return what the schema itself says about an error."""
    assert isinstance(error.schema, dict)
    return str(error.schema["errorMessage"])


def changed(document: Schema, fields: Schema) -> Schema:
    """Return a document with other fields; a field that is `...` is left out."""
    return {name: value for name, value in (document | fields).items() if value is not ...}


def net(fields: Schema) -> Schema:
    """Return a small testnet with other fields."""
    return changed(SCHEMAS["testnet"]["examples"][0], fields)


def producer(fields: Schema) -> Schema:
    """Return a testnet with one group of producers that has these fields."""
    return net({"block_producers": [changed({"name": "whale", "keys": ["qa-001"]}, fields)]})


def cluster(fields: Schema) -> Schema:
    """Return a fleet with one cluster that has these fields."""
    fleet: Schema = SCHEMAS["fleet"]["examples"][0]
    return fleet | {"clusters": [changed(fleet["clusters"][0], fields)]}


# Documents that are valid but for the fields given, by the part that has these fields.
PARTS: dict[str, Callable[[Schema], Schema]] = {
    "net": net,
    "producer": producer,
    "cluster": cluster,
    "genesis": lambda fields: net({"genesis": fields}),
    "seeds": lambda fields: net({"seeds": {"count": 1} | fields}),
    "archive": lambda fields: net({"archive": fields}),
    "pool": lambda fields: net({"snark_pools": [changed({"name": "a", "key": "qa-201"}, fields)]}),
    "waiver": lambda fields: net({"waivers": [changed(WAIVER, fields)]}),
    "waiver of the fleet": lambda fields: cluster({}) | {"waivers": [changed(WAIVER, fields)]},
    "spread": lambda fields: producer({"regions": {"us-west-2": 1} | fields}),
    "resources": lambda fields: producer({"resources": fields}),
    "environments": lambda fields: (
        cluster({})
        | {"environments": {"url": "https://github.com/a/b", "branch": "environments"} | fields}
    ),
    "key pool": lambda fields: changed(SCHEMAS["keys"]["examples"][0], fields),
}


@pytest.mark.parametrize("kind", KINDS)
def test_schema_is_valid(kind: str) -> None:
    schema = SCHEMAS[kind]
    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"] == f"https://testnet-gitops.invalid/schema/{kind}.json"


@pytest.mark.parametrize("kind", KINDS)
def test_copy_for_editors_is_equal(kind: str) -> None:
    source = ROOT / f"generator/schemas/{kind}.json"
    copy = ROOT / f"environments/schema/{kind}.json"
    assert copy.read_bytes() == source.read_bytes()
    assert "testnet schema --write" in SCHEMAS[kind]["$comment"]


@pytest.mark.parametrize("kind", KINDS)
def test_everything_is_documented(kind: str) -> None:
    for path, schema in walk(SCHEMAS[kind], kind):
        if set(schema) == {"$ref"}:
            continue
        assert schema["title"].strip(), path
        assert schema["description"].endswith((".", ":")), path
        assert schema["examples"], path


@pytest.mark.parametrize("kind", KINDS)
def test_examples_and_defaults_are_valid(kind: str) -> None:
    for path, schema in walk(SCHEMAS[kind], kind):
        validator = Draft202012Validator(SCHEMAS[kind]).evolve(schema=schema)
        values = [
            *schema.get("examples", []),
            *([schema["default"]] if "default" in schema else []),
        ]
        for value in values:
            assert not list(validator.iter_errors(value)), (path, value)


@pytest.mark.parametrize("kind", KINDS)
def test_objects_are_closed(kind: str) -> None:
    for path, schema in walk(SCHEMAS[kind], kind):
        if "properties" in schema:
            assert schema["additionalProperties"] is False, path
        elif "object" in schema.get("type", ()) and not {"then", "additionalProperties"} & set(
            schema
        ):
            # The secrets of a cluster are closed by its provider's condition.
            assert path == "fleet/$defs/cluster/properties/secrets"


@pytest.mark.parametrize("kind", KINDS)
def test_everything_is_bounded(kind: str) -> None:
    for path, schema in walk(SCHEMAS[kind], kind):
        types = schema.get("type", [])
        types = {types} if isinstance(types, str) else set(types)
        if types & {"integer", "number"}:
            assert {"minimum", "exclusiveMinimum"} & set(schema), path
            assert "maximum" in schema, path
        if "string" in types:
            assert {"enum", "maxLength", "then"} & set(schema), path
        if "array" in types:
            assert "maxItems" in schema, path
        if "object" in types and isinstance(schema.get("additionalProperties"), dict):
            assert "maxProperties" in schema, path


@pytest.mark.parametrize("kind", KINDS)
def test_patterns_cover_the_whole_text_and_explain_themselves(kind: str) -> None:
    for path, schema in walk_all(SCHEMAS[kind], kind):
        if isinstance(schema.get("pattern"), str):
            assert schema["patternErrorMessage"].endswith("."), path
            if path != "keys/$defs/template":
                assert schema["pattern"].startswith("^"), path
                assert schema["pattern"].endswith(END), path


@pytest.mark.parametrize("kind", KINDS)
def test_every_definition_is_used(kind: str) -> None:
    used = {schema.get("$ref") for _, schema in walk_all(SCHEMAS[kind], kind)}
    assert {f"#/$defs/{name}" for name in SCHEMAS[kind]["$defs"]} <= used


WAIVER_REFUSED: dict[str, list[object]] = {
    "rule": [..., "images", "images/*", "*", "Images/pinned", "images/pinned/x", "images/pinned\n"],
    "subject": [..., "", " a", "a\n", "a" * 201, "é", 1],
    "reason": [..., "", "later", "a" * 501],
    "owner": [..., "a team", ""],
    "expires": [..., "2026-13-01", "2026-1-1", "never", "2026-12-31T00:00:00Z", 2026, None],
    "until": ["2026-12-31"],
}
# What each field refuses, of the net itself and of its parts.
REFUSED: dict[str, dict[str, list[object]]] = {
    "net": {
        "name": ["Smoke", "4point2-qa", "a.2-qa", "smoke\n", "a" * 31, "", "smoke-", 1],
        "owner": ["a team", "a" * 61],
        "purpose": ["prod", None],
        "flavour": ["berkeley"],
        "availability": ["higher"],
        "addresses": ["node-port"],
        "open_udp": ["yes"],
        "image": [
            "gcr.io/o1labs-192920/mina-daemon",
            "gcr.io/x/mina-daemon@sha256:" + "0" * 64,
            "localhost:5000/mina-daemon",
            "--privileged",
            IMAGE + "\n",
        ],
        "ttl": ["90s", "0h", 72, "1000000000h", "-1h", "1.5h"],
        "regions": [..., [], ["us-west-2", "us-west-2"], ["moon"], "us-west-2"],
        "seeds": [..., {}, [], "three", {"count": 1, "region": "us-west-2", "regions": {}}],
        "services": [["faucet"], [{"name": "pay-2"}], "payments"],
        "distance": [{"min_rtt": "60"}, {}],
        "protected": [True, "yes", None],
        "waivers": [{}, [{}], "images/pinned"],
        "seed": [{}],
    },
    "waiver": WAIVER_REFUSED,
    "waiver of the fleet": WAIVER_REFUSED,
    "genesis": {
        "time": ["2026-01-01T00:00:00", "2026-01-01T00:00Z", "2026-13-01T00:00:00Z", "now"],
        "slot": ["1h", "3", 180, "0m"],
        "ledger": ["url"],
        "accounts": [
            [{"balance": "1"}],
            [{"key": "qa-301", "public_key": KEY, "balance": "1"}],
            [{"key": "qa-301"}],
        ],
    },
    "producer": {
        "keys": [[], [KEY], ["qa-001...qa-006"], ["qa-001.."], "qa-001"],
        "stake": AMOUNTS_REFUSED,
        "regions": [{}, [], {"us-west-2": 6.5}, {"moon": 1}],
        "address": ["node-port"],
        "log_level": ["info", "Loud"],
        "flags": [{"--max-connections": 1}, {"a": "b\nc"}, {"a": {"b": 1}}, {"a": [1]}],
        "overrides": [{"qa-001": {"cpu": 8}}, {"qa-001": {}}, {"QA": {"region": "us-west-2"}}],
    },
    "resources": {
        "cpu": ["8000000m", "1e3", "", 0, "0", 1001],
        "memory": ["512m", "8", 8, "16GB", "16G", "0Gi", "-1Gi", "1.5Gi", "1000Ti", 10**15],
        "storage": ["64", "1000000Gi"],
    },
    "pool": {
        "key": [..., KEY, ["qa-201"]],
        "fee": AMOUNTS_REFUSED,
        "work_selection": ["random"],
        "worker_resources": [{"storage": "1Gi"}],
    },
    "cluster": {
        "secrets": [GCP, {}, {"role": "naughty blue worm"}],
        "provider": ["gcp", "azure"],
        "kubernetes": [Decimal("1.4"), "1.37.1"],
        "load_balancers": [-1, 10**9],
        "capacity": [
            {"cpu": -1, "memory": "16Ti", "storage": "200Ti"},
            {"cpu": 10**9, "memory": "16Ti", "storage": "200Ti"},
            {"cpu": 1, "memory": "16", "storage": "200Ti"},
        ],
        "network": [
            {"pods": "10.0.0.0", "egress": ["203.0.113.10/32"]},
            {"pods": "10.0.0.256/16", "egress": ["203.0.113.10/32"]},
            {"pods": "10.0.0.0/16", "egress": []},
        ],
        "addresses": [
            {"default": "host-port", "ports": ports} for ports in ("80-90", 10000, "10000-40000")
        ],
        "dns": [{"public": "usw2.o1test.net.", "internal": "cluster.local"}],
        "zone": ["a"],
    },
    "environments": {
        "url": [
            "https://user:token@github.com/a/b",
            "--upload-pack=x",
            "file:///a",
            "https://a/../b",
            "ext::x",
        ],
        "branch": ["--force", "a..b", "a//b", ".a", "a.lock/..", "a b", "a\n"],
    },
    "key pool": {
        "pool": ["../qa", "QA"],
        "secrets": [
            {"aws": "testnets/qa/key"},
            {"gcp": "testnets/qa/{name}"},
            {"aws": "testnets/{pool}/{name}"},
            {},
        ],
        "keys": [
            {},
            {"wallet": {"qa-001": KEY}},
            {"snark": {"QA-001": KEY}},
            {"snark": {"a" * 31: KEY}},
            {"snark": {"qa-001": ["x"]}},
            {"snark": {"qa-001": {"public_key": KEY, "private_key": "x"}}},
            {"snark": {"qa-001": {"owner": "x"}}},
        ],
    },
}
KIND_OF_PART = {
    "cluster": "fleet",
    "environments": "fleet",
    "waiver of the fleet": "fleet",
    "key pool": "keys",
}
PLACES = [(part, field) for part, fields in REFUSED.items() for field in fields]


@pytest.mark.parametrize(("part", "field"), PLACES)
def test_field_refuses(part: str, field: str) -> None:
    kind = KIND_OF_PART.get(part, "testnet")
    assert not errors(kind, PARTS[part]({}))
    for value in REFUSED[part][field]:
        assert errors(kind, PARTS[part]({field: value})), value


@pytest.mark.parametrize("number", [-1, 10**9, Decimal(10**9), "1e3", True, None])
@pytest.mark.parametrize(
    ("part", "field"),
    [
        ("seeds", "count"),
        ("archive", "count"),
        ("genesis", "generation"),
        ("genesis", "k"),
        ("genesis", "delta"),
        ("genesis", "slots_per_epoch"),
        ("pool", "workers"),
        ("spread", "us-west-2"),
        ("resources", "cpu"),
    ],
)
def test_count_is_bounded(part: str, field: str, number: object) -> None:
    assert not errors("testnet", PARTS[part]({field: 3}))
    assert errors("testnet", PARTS[part]({field: number}))


@pytest.mark.parametrize("value", ["0", "0.025", "0.00000006", 10, Decimal("2.5"), "11550000"])
def test_amount_is_text_or_number(value: object) -> None:
    assert not errors("testnet", PARTS["producer"]({"stake": value}))
    assert not errors("testnet", PARTS["pool"]({"fee": value}))


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("memory", ["16Gi", "512Mi", "1Ti", "1048576Ki", 17179869184, "17179869184"]),
        ("cpu", [8, "8", "500m", Decimal("0.5"), "1.5"]),
    ],
)
def test_quantity_is_written_as_people_do(field: str, values: list[object]) -> None:
    for value in values:
        assert not errors("testnet", PARTS["resources"]({field: value})), value


def test_ttl_is_required_for_qa_and_refused_for_public() -> None:
    assert not errors("testnet", net({"purpose": "public", "ttl": ...}))
    [missing] = errors("testnet", net({"ttl": ...}))
    assert advice(missing).startswith("Add `ttl`")
    [surplus] = errors("testnet", net({"purpose": "public"}))
    assert advice(surplus).startswith("Remove `ttl`")
    assert surplus.json_path == "$.ttl"
    [other] = errors("testnet", net({"purpose": "prod"}))
    assert other.json_path == "$.purpose"


def test_only_a_net_that_stays_is_protected() -> None:
    assert not errors("testnet", net({"purpose": "public", "ttl": ..., "protected": True}))
    assert not errors("testnet", net({"protected": False}))
    [refused] = errors("testnet", net({"protected": True}))
    assert refused.json_path == "$.protected"
    assert advice(refused).startswith("Remove `protected`")


@pytest.mark.parametrize(
    ("place", "part", "fields"),
    [
        ("$.seeds", "net", {"seeds": "three"}),
        ("$.seeds.count", "seeds", {"count": 0}),
        ("$.services[0]", "net", {"services": ["faucet"]}),
        ("$.services[0].name", "net", {"services": [{"name": "pay-2"}]}),
        (
            "$.block_producers[0].regions",
            "producer",
            {"region": "us-west-2", "regions": ["us-west-2"]},
        ),
        ("$.block_producers[0].regions['us-west-2']", "spread", {"us-west-2": -1}),
        ("$.snark_pools[0].workers", "pool", {"workers": 10**9}),
    ],
)
def test_one_mistake_is_one_error_at_its_place(place: str, part: str, fields: Schema) -> None:
    assert [error.json_path for error in errors("testnet", PARTS[part](fields))] == [place]


def test_every_override_can_be_written() -> None:
    common: Schema = {
        "log_level": "Faulty_peer",
        "image": IMAGE + "@sha256:" + "0" * 64,
        "resources": {"cpu": "500m", "memory": "16Gi", "storage": "64Gi"},
        "flags": {"max-connections": 100, "stop-time": None, "peer": ["a", "b"], "x": True},
    }
    group = common | {"address": "load-balancer", "region": "us-west-2"}
    single = {"overrides": {"qa-001": {"region": "eu-central-1"} | common}}
    testnet = net(
        {
            "defaults": common,
            "seeds": [{"name": "seed", "count": 1, "keys": ["qa-seed-1"]} | group | single],
            "block_producers": [{"name": "whale", "keys": ["qa-001"]} | group | single],
            "snark_pools": [{"name": "fast", "key": "qa-201"} | group],
            "archive": {"postgres": {"cpu": 1, "memory": "4Gi", "storage": "100Gi"}} | group,
        }
    )
    assert not errors("testnet", testnet)


def test_fleet_has_clusters_of_both_providers() -> None:
    other = {"provider": "gcp", "secrets": GCP, "notifications": {"secret": "x"}}
    assert not errors("fleet", PARTS["cluster"](other))
    [empty] = errors("fleet", PARTS["cluster"]({}) | {"clusters": []})
    assert empty.json_path == "$.clusters"


def test_pool_takes_both_forms_of_a_key() -> None:
    long_form = {"public_key": KEY, "owner": "other", "secrets": {"aws": "elsewhere/x"}}
    kinds = {"block-producer": {"qa-001": KEY, "qa-002": long_form}, "snark": {}}
    assert not errors("keys", PARTS["key pool"]({"keys": kinds}))
