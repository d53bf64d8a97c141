"""What `testnet check` finds in the testnets that really ran; docs/realnets.md has the table.

`python -m tests.realnets.verdicts` checks all of them and writes findings.yaml beside this file
(some minutes); with `--table` it prints the table from there.
"""

from __future__ import annotations

import re
import shutil
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, TypeAlias

import ryaml

from generator.finding import Finding, Severity
from generator.yaml import emit
from tests.policies.checking import Checker, make_checker
from tests.realnets.convert import Net, convert
from tests.realnets.data import Entry, entries
from tests.realnets.keys import peer_id
from tests.realnets.planned import NOW
from tests.realnets.repository import write_repository

RECORD = Path(__file__).parent / "findings.yaml"
# The fleet of these tests has addresses of documentation, and the conversion makes every net public
# with no promise: not the nets' doing.
NOT_THEIRS = frozenset({"network/egress", "regions/availability"})
TWICE = "testnet/key-twice"
# How each net is judged; the first as it was, the others say what they add.
AS_IT_WAS, HIGH, TWO_FILES = "as it was", "asked for high availability", "further uses in a file"
BESIDE = "beside the other nets"
_RUN = re.compile(r"(\D*)(\d+)\.\.\D*(\d+)")

Rows: TypeAlias = list[dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What one rule finds in one net: how often, and the first of it."""

    net: str
    judged: str
    rule: str
    severity: str
    times: int
    example: str


def verdicts(checker: Checker, entry: Entry) -> list[Found]:
    """Check a net by itself: as it was, and as if it had asked for high availability."""
    net = convert(entry)
    findings = _check(checker, [net], _moment(net))
    found = _found(entry, AS_IT_WAS, findings)
    if any(finding.rule == TWICE for finding in findings):
        # Nothing else is judged of what cannot be loaded.
        pair = [_without_repeats(net), _repeats(net)]
        findings = _check(checker, pair, _moment(net))
        found += _found(entry, TWO_FILES, _of(findings, "keys/unique"))
        net = convert(entry, distinct=True)
        found += _found(entry, AS_IT_WAS, _check(checker, [net], _moment(net)))
    high = replace(net, document=net.document | {"availability": "high"})
    findings = _check(checker, [high], _moment(net))
    return found + _found(entry, HIGH, _of(findings, "regions/"))


def together(checker: Checker, chosen: Iterable[Entry]) -> list[Found]:
    """Check the seeds of nets on one fleet: identities that an earlier net has."""
    by_file = {}
    nets = []
    for number, entry in enumerate(chosen):
        net = seeds_only(convert(entry, prefix=f"n{number}-", distinct=True))
        nets.append(net)
        by_file[f"environments/testnets/{net.name}.yaml"] = entry
    findings = _of(_check(checker, nets, NOW), "keys/unique")
    return [
        found
        for path, entry in by_file.items()
        for found in _found(entry, BESIDE, [f for f in findings if f.at.path == path])
    ]


def seeds_only(net: Net) -> Net:
    """Return a net without anything but its seeds."""
    parts = ("block_producers", "snark_pools", "archive", "services", "genesis")
    document = {name: part for name, part in net.document.items() if name not in parts}
    ledger = {"genesis": {"ledger": "image"}} if "genesis" in net.document else {}
    return replace(net, document=document | ledger, keys={"libp2p": net.keys.get("libp2p", {})})


def _moment(net: Net) -> datetime:
    """Return when a net is judged: an hour before its genesis, where the time of that is known."""
    genesis: Any = net.document.get("genesis") or {}
    time = genesis.get("time")
    return datetime.fromisoformat(time) - timedelta(hours=1) if time else NOW


def _check(checker: Checker, nets: Sequence[Net], now: datetime) -> list[Finding]:
    with _repository(nets) as root:
        findings = checker.check(root, now=now).findings
    return [finding for finding in findings if finding.rule not in NOT_THEIRS]


@contextmanager
def _repository(nets: Sequence[Net]) -> Iterator[Path]:
    base = Path(mkdtemp(prefix="testnet-realnets-"))
    try:
        yield write_repository(base, nets)
    finally:
        shutil.rmtree(base)


def _of(findings: Iterable[Finding], rules: str) -> list[Finding]:
    return [finding for finding in findings if finding.rule.startswith(rules)]


def _found(entry: Entry, judged: str, findings: Iterable[Finding]) -> list[Found]:
    groups: dict[tuple[str, str], list[str]] = {}
    for finding in findings:
        key = (finding.rule, str(finding.severity))
        groups.setdefault(key, []).append(finding.message)
    return [
        Found(
            net=entry["id"],
            judged=judged,
            rule=rule,
            severity=severity,
            times=len(messages),
            example=messages[0],
        )
        for (rule, severity), messages in sorted(groups.items())
    ]


def _without_repeats(net: Net) -> Net:
    """Return a net with the first use of each key."""
    seen: set[str] = set()
    document = dict(net.document)
    for part, groups in _groups(net).items():
        document[part] = [
            group | {"keys": own} for group in groups if (own := _first_uses(group, seen))
        ]
    return replace(net, document=document)


def _first_uses(group: Mapping[str, Any], seen: set[str]) -> list[str]:
    """Return the keys of a group that are not among `seen`, and add them there."""
    own = [name for name in dict.fromkeys(_names(group)) if name not in seen]
    seen.update(own)
    return own


def _repeats(net: Net) -> Net:
    """Return a net that uses what another one uses twice, as whoever evades one finding would."""
    again: dict[str, list[str]] = {}
    for part, groups in _groups(net).items():
        uses = Counter(name for group in groups for name in _names(group))
        again[part] = [name for name, count in uses.items() if count > 1]
    seed = "seed-again"
    keys = {} if again["seeds"] else {"libp2p": {seed: peer_id(f"{net.name}/{seed}")}}
    names = again["seeds"] or [seed]
    document = {
        name: net.document[name] for name in ("owner", "purpose", "flavour", "image", "regions")
    }
    document |= {"name": f"{net.name}-again", "availability": "single"}
    document |= {"genesis": {"ledger": "image"}, "seeds": [{"name": "seed", "keys": names}]}
    if again["block_producers"]:
        producers = {"name": "again", "keys": again["block_producers"]}
        document |= {"block_producers": [producers]}
    return replace(net, document=document, keys=keys, identities={})


def _groups(net: Net) -> Mapping[str, Rows]:
    document: Mapping[str, Any] = net.document
    return {part: document.get(part, []) for part in ("seeds", "block_producers")}


def _names(group: Mapping[str, Any]) -> Iterator[str]:
    """Yield the keys of a group, with runs written out."""
    for text in group["keys"]:
        run = _RUN.fullmatch(text)
        numbers = range(int(run[2]), int(run[3]) + 1) if run else ()
        yield from (f"{run[1]}{number}" for number in numbers) if run else (text,)


def read_record() -> list[Found]:
    """Return what was found when all nets were checked last."""
    return [Found(**row) for row in ryaml.loads(RECORD.read_text("utf-8"))["findings"]]


def main(arguments: Sequence[str]) -> None:
    """Print the table, or check every net and keep what is found."""
    if "--table" in arguments:
        sys.stdout.write(table(read_record()))
        return
    with make_checker() as checker:
        found = [found for entry in entries().values() for found in verdicts(checker, entry)]
        found += together(checker, entries().values())
    rows = [{name: getattr(f, name) for name in Found.__dataclass_fields__} for f in found]
    RECORD.write_text(
        emit([{"findings": rows}], header="Written by `python -m tests.realnets.verdicts`.")
    )


def table(record: Sequence[Found]) -> str:
    """Return the table of docs/realnets.md: what each rule finds, the most severe first."""
    groups: dict[tuple[str, str, str], list[Found]] = {}
    for found in record:
        groups.setdefault((found.judged, found.severity, found.rule), []).append(found)
    order = [AS_IT_WAS, TWO_FILES, BESIDE, HIGH]
    ranked = sorted(
        groups.items(),
        key=lambda item: (order.index(item[0][0]), Severity(item[0][1]).rank, item[0][2]),
    )
    lines = [
        "| judged | rule | severity | nets | for example |\n",
        "| --- | --- | --- | --- | --- |\n",
    ]
    for (judged, severity, rule), nets in ranked:
        first = nets[0]
        example = f"`{first.net}`: {first.example}"
        lines.append(f"| {judged} | `{rule}` | {severity} | {len(nets)} | {example} |\n")
    return "".join(lines)


if __name__ == "__main__":
    main(sys.argv[1:])
