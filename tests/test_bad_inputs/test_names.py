"""Bad inputs 76 to 90 and 92: names that are too long, reserved, or more than names; ports."""

from __future__ import annotations

import pytest

from tests.repository import FLEET, Repository, net
from tests.test_bad_inputs.program import PATH, Program, refuse, rules_of


def named(*names: str) -> list[str]:
    """Return nets of these names, and with a group of seeds of these names."""
    nets = [net(f"name: {name}") for name in names]
    return nets + [net("name: bad", f"seeds: {{name: {name}, keys: [l01]}}") for name in names]


PATTERN = {"schema/pattern"}
CASES: dict[int, tuple[list[str], set[str]]] = {
    80: (named("-a", "a-"), PATTERN),
    81: (named("Bad", "b_d"), PATTERN),
    82: (named("..", "a/b", "../../x", "'a\\b'", "."), PATTERN),
    89: (named("-rf", "--upload-pack=x", "--output=/x"), PATTERN),
    90: (named("a😀"), PATTERN),
}


@pytest.mark.parametrize(
    ("number", "text"),
    [(number, text) for number, (texts, _) in CASES.items() for text in texts],
    ids=[f"{number}-{n}" for number, (texts, _) in CASES.items() for n in range(len(texts))],
)
def test_refused(repository: Repository, testnet: Program, number: int, text: str) -> None:
    repository.write(PATH, text)
    assert rules_of(refuse(testnet, repository).err) == CASES[number][1]


@pytest.mark.parametrize("name", ["kube-system", "flux-system", "default"])
def test_83_84_reserved_names_become_others(
    repository: Repository, testnet: Program, name: str
) -> None:
    repository.write_net(name, net(f"name: {name}"))
    run = testnet("plan", name, "--output", "json")
    assert run.code == 0, run.err
    assert f"net-{name}" in run.out


def test_85_names_that_join_alike(repository: Repository, testnet: Program) -> None:
    """Everything of a net is in its own namespace and directory: only its name counts."""
    repository.write_net("a", net("name: a", "seeds: {name: b-c, keys: [l01]}"))
    repository.write_net("a-b", net("name: a-b", "seeds: {name: c, keys: [l02]}"))
    run = testnet("plan", "a")
    assert run.code == 0, run.err


def test_86_names_that_differ_in_case(repository: Repository, testnet: Program) -> None:
    repository.write_net("bad", net("name: bad"))
    repository.write_net("BAD", net("name: BAD", "seeds: {keys: [l03]}"))
    assert rules_of(refuse(testnet, repository).err) == PATTERN


def test_87_name_in_the_dns_that_is_too_long(repository: Repository, testnet: Program) -> None:
    zone = ".".join(["x" * 60] * 4)
    repository.write("environments/fleet.yaml", FLEET.replace("west.example.org", zone))
    repository.write(PATH, net("name: bad"))
    assert rules_of(refuse(testnet, repository).err) == {"schema/too-long"}


@pytest.mark.parametrize("ports", ["0-100", "60000-65536", "80-443", "20-10", "1-"])
def test_92_ports_that_are_none_or_privileged(
    repository: Repository, testnet: Program, ports: str
) -> None:
    repository.write("environments/fleet.yaml", FLEET.replace("12000-12999", ports))
    repository.write(PATH, net("name: bad"))
    assert rules_of(refuse(testnet, repository).err) == PATTERN
