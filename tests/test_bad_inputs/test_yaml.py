"""Bad inputs 1 to 51: YAML that is none, or that programs read differently."""

from __future__ import annotations

import pytest

from tests.repository import FLEET, Repository, pools
from tests.test_bad_inputs.program import (
    BAD,
    MEMORY_MIB,
    PATH,
    Program,
    measure,
    refuse,
    rules_of,
)

KEY = "k" * 2000
BOMB = "".join(f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 10))
MERGES = "".join(f"m{n}: &m{n} {{<<: [*m{n - 1}, *m{n - 1}]}}\n" for n in range(1, 19))

# The file, in each of its forms, and the rules that find it.
CASES: dict[int, tuple[list[str | bytes], set[str]]] = {
    3: (["~\n", "null\n", "---\n"], {"empty"}),
    5: (["text\n", "1\n", "'text'\n"], {"top-level"}),
    6: ([f"{BAD}---\nname: other\n"], {"multiple-documents"}),
    7: ([f"{BAD}...\njunk\n"], {"syntax"}),
    9: ([f'{BAD}"name": bad\n'], {"duplicate-key"}),
    10: ([f"{BAD}1: a\n0x1: b\n1.0: c\n"], {"key", "ambiguous"}),
    11: ([f"{BAD}on: a\n", f"{BAD}yes: b\n"], {"ambiguous"}),
    12: ([f"{BAD}null: a\n", f"{BAD}~: a\n"], {"key"}),
    13: ([f"{BAD}? [a, b]\n: c\n"], {"key"}),
    14: ([f"{BAD}{{a: b}}: c\n"], {"key"}),
    15: ([BAD.replace("owner: ", "owner: &x ")], {"anchor"}),
    16: ([f"{BAD}k: &x 1\nl: *x\n"], {"anchor", "alias"}),
    17: ([f"{BAD}k: *x\n"], {"alias"}),
    18: ([f"{BAD}k: &x [*x]\n"], {"anchor", "alias"}),
    19: ([f"{BAD}k: &x {{<<: *x}}\n"], {"anchor", "merge-key", "alias"}),
    20: ([f"{BAD}a0: &a0 [x]\n{BOMB}"], {"anchor", "alias"}),
    21: ([f"{BAD}m0: &m0 {{a: b}}\n{MERGES}"], {"anchor", "merge-key", "alias"}),
    22: ([f"{BAD}<<: {{name: other}}\n"], {"merge-key"}),
    23: ([f"{BAD}<<: [{{a: b}}]\n"], {"merge-key"}),
    24: ([f"{BAD}k: !!python/object/apply:os.system [touch planted]\n"], {"tag"}),
    25: ([f"{BAD}k: !x 1\n", f"{BAD}k: !<tag:x> 1\n"], {"tag"}),
    26: ([f"{BAD}k: !!binary aGk=\n"], {"tag"}),
    27: ([f"{BAD}k: !!set {{a}}\n", f"{BAD}k: !!omap [{{a: 1}}]\n"], {"tag"}),
    28: ([f"%YAML 1.3\n---\n{BAD}"], {"directive"}),
    29: ([f"%TAG ! tag:x:\n---\n{BAD}"], {"directive"}),
    30: ([f"{BAD}archive:\n\tcount: 1\n"], {"syntax"}),
    33: ([BAD.replace("\n", "\r")], {"encoding"}),
    34: ([f"{BAD}k: a\x85name: b\n"], {"encoding"}),
    35: ([f"{BAD}k: a\u2028name: b\n", f"{BAD}k: a\u2029l: b\n"], {"encoding"}),
    36: ([f"\ufeff{BAD}"], {"encoding"}),
    37: ([f"{BAD}k: a\ufeffb\n"], {"encoding"}),
    38: ([BAD.encode(code) for code in ("utf-16", "utf-16-be", "utf-32")], {"encoding"}),
    40: ([f'{BAD}k: "\\ud800"\n'], {"syntax"}),
    41: ([f"{BAD}k: a{character}\n" for character in "\x00\x7f\x1b"], {"encoding"}),
    42: ([f"{BAD}k: a\u202eb\n", f"{BAD}# \u2066\n"], {"encoding"}),
    43: ([f"{BAD}pro\u200btected: true\n"], {"schema/unknown-key"}),
    44: ([f"{BAD}n\u0430me: bad\n"], {"schema/unknown-key"}),
    45: ([f"{BAD}caf\u00e9: 1\ncafe\u0301: 2\n"], {"schema/unknown-key"}),
    46: ([f"{BAD}k: {'[' * 1000}\n", f"{BAD}k: {'{a: ' * 1000}"], {"depth"}),
    48: ([f"{BAD}{KEY}: 1\n", f"{BAD}'{KEY}': 1\n"], {"syntax"}),
    50: ([f"{BAD}k: 'a\n", f'{BAD}k: "a\n', f"{BAD}k: [a\n", f"{BAD}k: {{a: 1\n"], {"syntax"}),
    51: ([f"{BAD}\x00\x00\x00"], {"encoding"}),
}


@pytest.mark.parametrize(
    ("number", "text"),
    [(number, text) for number, (texts, _) in CASES.items() for text in texts],
    ids=[f"{number}-{n}" for number, (texts, _) in CASES.items() for n in range(len(texts))],
)
def test_refused(repository: Repository, testnet: Program, number: int, text: str | bytes) -> None:
    repository.write(PATH, text)
    run = refuse(testnet, repository)
    rules = {rule.removeprefix("yaml/") for rule in rules_of(run.err)}
    assert rules == CASES[number][1]
    assert KEY not in run.err


def plan_of(repository: Repository, testnet: Program, text: str) -> str:
    repository.write(PATH, text)
    run = testnet("plan", "bad", "--now", "2026-12-01T12:00:00Z")
    assert run.code == 0, run.err
    return run.out


def test_31_tab_after_a_colon_is_read_alike_by_all(
    repository: Repository, testnet: Program
) -> None:
    plain = plan_of(repository, testnet, BAD)
    assert plan_of(repository, testnet, BAD.replace("owner: ", "owner:\t")) == plain


def test_32_line_ends_of_windows_are_read_alike_by_all(
    repository: Repository, testnet: Program
) -> None:
    plain = plan_of(repository, testnet, BAD)
    assert plan_of(repository, testnet, BAD.replace("\n", "\r\n")) == plain


def test_47_file_of_100_mb(repository: Repository) -> None:
    with repository.write(PATH, BAD).open("r+b") as file:
        file.truncate(100_000_000)
    run = measure(repository.root, "generate")
    assert (run.code, rules_of(run.err)) == (2, {"yaml/size"})
    assert run.memory_mib < MEMORY_MIB


def test_49_list_of_a_million(repository: Repository) -> None:
    repository.write(PATH, f"{BAD}k: [{'0,' * 1_000_000}]\n")
    run = measure(repository.root, "generate")
    assert (run.code, rules_of(run.err)) == (2, {"yaml/size"})
    assert run.memory_mib < MEMORY_MIB


@pytest.mark.parametrize("number", [20, 21, 46])
def test_bombs_take_no_memory(repository: Repository, number: int) -> None:
    repository.write(PATH, CASES[number][0][0])
    run = measure(repository.root, "generate")
    assert run.code == 2
    assert "Traceback" not in run.err
    assert run.memory_mib < MEMORY_MIB


POOL = "environments/keys/tweedle.yaml"
POOL_TEXT = pools()["tweedle"].replace('"tweedle/{name}"', "1e3")


@pytest.mark.parametrize(
    ("path", "field", "advice"),
    [
        (PATH, "archive: {count: 010}", "Write 10, or quote it"),
        (PATH, "open_udp: yes", "Write true, or quote it"),
        (PATH, "archive:\n  count: 1:30", "Quote it"),
        (PATH, f"archive: {{count: {'9' * 31}}}", "Write a shorter number"),
        ("environments/fleet.yaml", "merging: {automatic: 1e3}", "Write 1000, or quote it"),
        (POOL, "", "Write 1000, or quote it"),
    ],
)
def test_value_that_readers_differ_on_is_told_once(
    path: str, field: str, advice: str, repository: Repository, testnet: Program
) -> None:
    written = {PATH: BAD, "environments/fleet.yaml": FLEET, POOL: POOL_TEXT}
    repository.write(path, f"{written[path]}{field}\n")
    run = refuse(testnet, repository)
    assert run.err.count("error[") == 1
    assert advice in run.err
