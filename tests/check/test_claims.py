"""What nets take that others may not: compared by value, read only where it is shared."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from generator.cache import Cache
from generator.check.claims import Claims, Ledger, add_claims
from generator.check.places import Places
from generator.locks import Locks

TABLES = ("key_uses", "host_ports", "daemons", "nets", "usage")
# What a ledger begins with: and more lines, or fewer, or values that are none.
ODD: list[list[object]] = [
    [{table: [] for table in TABLES}],
    [{table: [] for table in TABLES}, *([[]] * 6)],
    [dict.fromkeys(TABLES), *([[]] * 5)],
]
PORT = {"cluster": "c", "protocol": "TCP", "number": 10}
USAGE = {"cluster": "c", "cpu": 1}
AT = ["environments/testnets/other.yaml", 3, 4]


def claims(**shared: tuple[list[str], list[dict[str, Any]]]) -> Claims:
    """Return the claims of a net; rows that nobody names here cannot be read."""
    values = {table: shared.get(table, ([f"of another {table}"], []))[0] for table in TABLES}
    lines = {t: json.dumps(shared[t][1]).encode() if t in shared else b"{" for t in TABLES}
    return Claims(values, lines)


def added(other: Claims, **own: list[dict[str, Any]]) -> dict[str, list[Any]]:
    """Return the tables of a net after the claims of another were added."""
    tables: dict[str, list[Any]] = {table: own.get(table, []) for table in TABLES}
    add_claims(tables, [other], Places())
    return tables


def test_rows_with_a_value_of_the_net_are_added_and_no_others() -> None:
    rows = [{**PORT, "number": number, "at": AT} for number in (9, 10)]
    other = claims(usage=([], []), host_ports=(["c\nTCP\n9", "c\nTCP\n10"], rows))
    found = added(other, host_ports=[PORT])
    assert [row["number"] for row in found["host_ports"]] == [10, 10]
    assert isinstance(found["host_ports"][1]["at"], int)
    assert added(other, host_ports=[{**PORT, "protocol": "UDP"}])["host_ports"][1:] == []


def test_what_adds_up_counts_for_a_net_that_uses_nothing_too() -> None:
    assert added(claims(usage=([""], [USAGE])))["usage"] == [USAGE]
    assert added(claims(usage=([""], [USAGE])), usage=[USAGE])["usage"] == [USAGE, USAGE]


@pytest.mark.parametrize("lines", [[], [None], [{}], [{"usage": []}], ["x", 1], *ODD])
def test_what_no_ledger_wrote_is_not_known(tmp_path: Path, lines: list[object]) -> None:
    class Odd(Cache):
        def read_lines(self, key: str) -> list[bytes] | None:
            Cache.write_lines(self, key, lines)
            return Cache.read_lines(self, key)

    assert Ledger(tmp_path, Locks(tmp_path, {}), "1", Odd(tmp_path)).read("net", "0") is None
