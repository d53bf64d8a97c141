"""What `generator.keys` finds wrong in key pools, and what it reads from them."""

from __future__ import annotations

import pytest

from generator.finding import Finding
from generator.keys import KeyInventory, KeyKind, load_pools
from generator.source import Document
from tests.repository import document, marked, pools, rules, rules_in
from tests.synthetic import peer_ids, public_keys

A, B, C = public_keys(3)
PEER = peer_ids(1)[0]
POOL = f"""\
pool: one
owner: tests
secrets: {{aws: "one/{{name}}", gcp: "one-{{name}}"}}
keys:
  block-producer:
    a: {A}
    b: {{public_key: {B}, owner: others, secrets: {{aws: elsewhere/x}}}}
  libp2p:
    p: {PEER}
"""
PATH = "environments/keys/two.yaml"
TWO = f"""\
pool: two
owner: tests
secrets: {{aws: "two/{{name}}"}}
keys:
  snark:
    c: {C}
"""
CASES: dict[str, tuple[str, str, str]] = {
    "a pool unlike its file": ("keys/file-name", "pool: @@other", "pool: two"),
    "a name of another pool": ("keys/name", f"    a: @@{C}", f"    d: {C}"),
    "a name in the long form": (
        "keys/name",
        f"    a: {{owner: x, public_key: @@{C}}}",
        f"    d: {{owner: x, public_key: {C}}}",
    ),
    "a key of another pool": ("keys/same-key", f"    c: @@{A}", f"    c: {C}"),
    "a key with a slip": ("keys/invalid", f"    c: @@{C[:-1]}x", f"    c: {C}"),
    "a private key": ("keys/invalid", "    c: @@EKF0123", f"    c: {C}"),
    "a peer id for a public key": ("keys/invalid", f"    c: @@{PEER}", f"    c: {C}"),
    "a public key for a peer id": (
        "keys/invalid",
        f"    c: {C}\n  libp2p:\n    q: @@{B}",
        f"    c: {C}\n  libp2p: {{}}",
    ),
}


def load(*texts: str) -> tuple[KeyInventory, tuple[Finding, ...]]:
    """Read pools from texts: the file of the first is one.yaml, and so on."""
    names = ("one", "two")
    documents: list[Document] = [
        document(f"environments/keys/{name}.yaml", text)
        for name, text in zip(names, texts, strict=False)
    ]
    return load_pools(documents)


def changed(line: str) -> str:
    """Return the second pool with another line in it."""
    return TWO.replace("pool: two" if line.startswith("pool") else f"    c: {C}", line)


@pytest.mark.parametrize("case", CASES)
def test_mistake_is_found_at_its_place(case: str) -> None:
    rule, bad, good = CASES[case]
    text, at = marked(PATH, changed(bad))
    _, findings = load(POOL, text)
    assert rules(findings) == [(rule, at)]
    assert findings[0].remediation
    assert load(POOL, changed(good))[1] == ()


def test_every_rule_has_its_case() -> None:
    assert {rule for rule, *_ in CASES.values()} == rules_in("keys")


def test_finding_shows_nothing_of_a_private_key() -> None:
    secret = "EKF" + "7" * 40
    [finding] = load(POOL, changed(f"    c: {secret}"))[1]
    assert "7" not in finding.message + finding.remediation


def test_second_holder_points_to_the_first() -> None:
    for line in (f"    a: {C}", f"    c: {A}"):
        [finding] = load(POOL, changed(line))[1]
        assert [str(related.at) for related in finding.related] == [
            "environments/keys/one.yaml:6:8"
        ]


def test_wrong_shape_is_all_that_is_said_of_a_pool() -> None:
    text, at = marked(PATH, changed(f"    c: {A}\n  @@wallet: {{}}"))
    keys, findings = load(POOL, text)
    assert [finding.at for finding in findings] == [at]
    assert "c" not in keys.keys


def test_key_is_read() -> None:
    keys, findings = load(POOL, TWO)
    assert not findings
    a, b = keys.keys["a"], keys.keys["b"]
    assert (a.kind, a.pool, a.owner, a.text) == (KeyKind.BLOCK_PRODUCER, "one", "tests", A)
    assert a.references == {"aws": "one/a", "gcp": "one-a"}
    assert (b.owner, b.text, b.references) == ("others", B, {"aws": "elsewhere/x"})
    assert str(b.at).endswith(":7:21")
    assert keys.keys["c"].references == {"aws": "two/c"}
    assert a.identity != b.identity


def test_keys_of_a_kind_are_in_order() -> None:
    keys, _ = load(POOL, TWO)
    assert [key.name for key in keys.of_kind(KeyKind.BLOCK_PRODUCER)] == ["a", "b"]
    assert [key.name for key in keys.of_kind(KeyKind.LIBP2P)] == ["p"]
    assert keys.of_kind(KeyKind.ACCOUNT) == ()


def test_every_format_may_be_in_a_pool() -> None:
    assert set(pools()) == {"new", "tweedle", "tdn", "vsrc", "tnci"}
