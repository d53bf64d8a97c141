"""What a net takes that no other may have too.

It is kept by content, so that a change to one net is compared with all others without planning
them again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from generator.cache import Cache, key_of, parse
from generator.check.facts.daemon import daemon_rows, host_port_rows, key_rows
from generator.check.facts.net import net_row, produced_stake, usage_rows
from generator.check.facts.table import Row
from generator.check.places import Places
from generator.finding import Location
from generator.load import FLEET, KEYS, TESTNETS
from generator.locks import Locks
from generator.pipeline import Planned
from generator.plan import Plan

# By table: the columns that two nets must not share. Of `usage` every row counts: it adds up.
_SHARED: Mapping[str, tuple[str, ...]] = {
    "key_uses": ("key",),
    "host_ports": ("cluster", "protocol", "number"),
    "daemons": ("host",),
    "nets": ("identity",),
    "usage": (),
}
# What is judged of a net's own rows has been judged where it was planned.
_SETTLED = {"registered": True, "reference": True, "in_ledger": True, "stake": 1}


@dataclass(frozen=True, slots=True)
class Claims:
    """What a net takes: by table, what no other net may share, and the rows that say so, as JSON.

    Of nearly all nets, nobody needs the rows.
    """

    values: Mapping[str, Sequence[str]]
    lines: Mapping[str, bytes]

    def rows(self, table: str) -> list[Row]:
        """Return the rows of a table, with places in full instead of numbers."""
        rows: list[Row] = json.loads(self.lines[table])
        return rows


class Ledger:
    """The claims of the nets of a repository, under digests of all that they follow from.

    It is made before anything is planned, so that what is written meanwhile is another key. A net
    has claims only where it is published as its file asks for.
    """

    def __init__(self, root: Path, locks: Locks, library: str, cache: Cache) -> None:
        self._locks = locks
        self._cache = cache
        paths = [root / FLEET, *(root / KEYS).glob("*")]
        files = {
            path.relative_to(root).as_posix(): hashlib.sha256(_bytes(path)).hexdigest()
            for path in paths
        }
        self._shared = key_of(f"claims {library}", files)

    def read(self, net: str, digest: str) -> Claims | None:
        """Return the claims of a net whose file has a sha256, None where they are not known."""
        first, *lines = self._cache.read_lines(self._key(net, digest)) or [b""]
        values = parse(first)
        if not isinstance(values, dict) or values.keys() != _SHARED.keys():
            return None
        if len(lines) != len(_SHARED) or not all(isinstance(v, list) for v in values.values()):
            return None
        return Claims(values, dict(zip(_SHARED, lines, strict=True)))

    def write(self, planned: Planned, plan: Plan) -> None:
        """Keep the claims of a net that is published as its file asks for."""
        tables = _claims(planned, plan)
        values = {table: [_value(table, row) for row in tables[table]] for table in _SHARED}
        key = self._key(plan.name, plan.testnet.digest)
        self._cache.write_lines(key, [values, *(tables[t] for t in _SHARED)])

    def _key(self, net: str, digest: str) -> str:
        locks = json.dumps(self._locks.digests.get(net))
        return key_of(self._shared, {net: digest, "locks of it": locks})


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def _claims(planned: Planned, plan: Plan) -> dict[str, list[Row]]:
    inputs = planned.inputs
    places = Places()
    total, stake = produced_stake(plan, inputs.inventory)
    net = net_row(
        plan,
        planned.published.nets.get(plan.name),
        inputs.inventory,
        total=total,
        thaws=False,
        built=False,
        places=places,
    )
    rows = {
        "key_uses": [row | _SETTLED for row in key_rows(plan, inputs.inventory, stake, places)],
        "host_ports": list(host_port_rows(plan, places)),
        "daemons": [row for row in daemon_rows(plan, places) if row["host"]],
        "nets": [net],
        "usage": list(usage_rows(plan, places)),
    }
    return {name: [_placed(row, places) for row in table] for name, table in rows.items()}


def _placed(row: Row, places: Places) -> Row:
    """Return a row with places in full instead of numbers."""
    return {name: _spell(places[v]) if _is_place(name) else v for name, v in row.items()}


def _is_place(column: str) -> bool:
    return column == "at" or column.endswith("_at")


def _spell(at: Location) -> list[object]:
    return [at.path, at.line, at.column]


def add_claims(tables: Mapping[str, list[Row]], others: Sequence[Claims], places: Places) -> None:
    """Add to the facts of some nets the rows of others that have something in common with them."""
    for table in _SHARED if others else ():
        taken = {_value(table, row) for row in tables[table]} if _SHARED[table] else {""}
        for claims in others:
            values = claims.values[table]
            if not taken.isdisjoint(values):
                rows = zip(claims.rows(table), values, strict=True)
                tables[table] += [_numbered(row, places) for row, value in rows if value in taken]


def _value(table: str, row: Row) -> str:
    """Return what of a row no other net may share, spelled; nothing of a table that adds up."""
    return "\n".join(str(row[column]) for column in _SHARED[table])


def _numbered(row: Row, places: Places) -> Row:
    return {
        name: places.number(Location(*value)) if _is_place(name) else value
        for name, value in row.items()
    }


def settled(planned: Planned, broken: Collection[str]) -> Iterable[Plan]:
    """Yield the plans that follow from their own files alone: published as they are asked for."""
    for plan in planned.plans:
        net = planned.published.nets.get(plan.name)
        path = plan.testnet.at.path
        if not net or net.source_digest != plan.testnet.digest or path in broken:
            continue
        if path == f"{TESTNETS}/{plan.name}.yaml":
            yield plan
