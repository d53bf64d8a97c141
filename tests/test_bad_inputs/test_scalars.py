"""Bad inputs 52 to 75: values that are no number, too large a number, or text that means more."""

from __future__ import annotations

import pytest

from tests.repository import Repository, net
from tests.test_bad_inputs.program import PATH, Program, refuse, rules_of


def bad(*fields: str) -> str:
    return net("name: bad", *fields)


def count(text: str) -> str:
    """Return a net with a count of archive nodes."""
    return bad(f"archive: {{count: {text}}}")


# Of a value that cannot be read, nothing is said of what it should have been.
AMBIGUOUS = {"yaml/ambiguous"}
TOO_LONG = {"yaml/number"}
CASES: dict[int, tuple[list[str], set[str]]] = {
    52: ([count(".nan"), count(".NaN")], AMBIGUOUS),
    53: ([count("-.inf"), count(".inf")], AMBIGUOUS),
    56: ([bad("seeds: {count: -0, keys: [l01]}")], {"schema/too-small"}),
    57: ([count("1.5")], {"schema/type"}),
    58: ([count("1" + "0" * 30)], TOO_LONG),
    59: ([count("1" * 4400)], TOO_LONG),
    60: ([count("1_000")], AMBIGUOUS),
    61: ([count("010")], AMBIGUOUS),
    62: ([count("0o10")], AMBIGUOUS),
    63: ([count("1e3")], AMBIGUOUS),
    64: ([bad("owner: 22:22")], AMBIGUOUS),
    65: ([bad("name: 2026-12-01")], {"schema/pattern"}),
    66: ([bad("regions: [no]")], AMBIGUOUS),
    67: ([bad("name: y")], AMBIGUOUS | {"testnet/file-name"}),
    68: ([bad("name: 123")], {"schema/type"}),
    69: ([bad('name: ""'), bad('owner: ""')], {"schema/pattern"}),
    70: ([bad('name: "  "'), bad('owner: "  "')], {"schema/pattern"}),
    71: ([bad('name: "a\\nb"'), bad('owner: "a\\nb"')], {"schema/pattern"}),
    72: ([bad("name: ${NAME}"), bad("owner: ${NAME}")], {"schema/pattern"}),
    73: ([bad("name: $(NAME)"), bad("owner: $(NAME)")], {"schema/pattern"}),
    74: ([bad("name: '{{ name }}'"), bad("owner: '{{ name }}'")], {"schema/pattern"}),
    75: ([bad("image: 1234e56")], AMBIGUOUS),
}


@pytest.mark.parametrize(
    ("number", "text"),
    [(number, text) for number, (texts, _) in CASES.items() for text in texts],
    ids=[f"{number}-{n}" for number, (texts, _) in CASES.items() for n in range(len(texts))],
)
def test_refused(repository: Repository, testnet: Program, number: int, text: str) -> None:
    repository.write(PATH, text)
    run = refuse(testnet, repository)
    assert rules_of(run.err) == CASES[number][1]
    assert "1" * 200 not in run.err
