"""Converted nets, loaded and planned in memory."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

from generator.finding import Finding
from generator.fleet import load_fleet
from generator.keys import load_pools
from generator.plan import Allocations, Plan, make_plans
from generator.source import Document, parse_document
from generator.testnet import Testnet, load_testnet
from tests.realnets.convert import Net, convert
from tests.realnets.data import entries
from tests.realnets.repository import files

NOW = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)
LIBRARY = "0123456789ab"


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """The plans of some nets, and all findings on the way; no plans where loading found any."""

    testnets: tuple[Testnet, ...]
    plans: tuple[Plan, ...]
    findings: tuple[Finding, ...]

    @property
    def plan(self) -> Plan:
        """The plan of the only net; there must be no finding."""
        assert not self.findings, self.findings
        (plan,) = self.plans
        return plan


def plan_files(texts: dict[str, str], *, allocations: Allocations | None = None) -> Planned:
    """Load and plan a repository, given as texts by path."""
    findings: list[Finding] = []
    documents = {path: _read(path, text, findings) for path, text in texts.items()}
    if findings:
        return Planned(testnets=(), plans=(), findings=tuple(findings))
    fleet, problems = load_fleet(documents["environments/fleet.yaml"])
    findings.extend(problems)
    inventory, problems = load_pools(_under("environments/keys/", documents))
    findings.extend(problems)
    testnets: list[Testnet] = []
    for document in _under("environments/testnets/", documents):
        testnet, problems = load_testnet(document)
        findings.extend(problems)
        testnets.extend([testnet] if testnet else [])
    if findings or fleet is None:
        return Planned(testnets=tuple(testnets), plans=(), findings=tuple(findings))
    plans, problems = make_plans(
        testnets, fleet, inventory, allocations or Allocations(), now=NOW, overlays=LIBRARY
    )
    return Planned(testnets=tuple(testnets), plans=plans, findings=problems)


def _read(path: str, text: str, findings: list[Finding]) -> Document:
    mapping, problems = parse_document(path, text.encode())
    findings.extend(problems)
    assert mapping is not None, problems
    return Document(path=path, mapping=mapping, digest=hashlib.sha256(text.encode()).hexdigest())


def _under(directory: str, documents: dict[str, Document]) -> list[Document]:
    return [document for path, document in sorted(documents.items()) if path.startswith(directory)]


def plan_nets(nets: Sequence[Net], regions: Iterable[str] = ()) -> Planned:
    """Load and plan nets that share one fleet."""
    return plan_files(
        files(nets, set(regions) or {region for net in nets for region in net.regions})
    )


@cache
def converted(entry_id: str) -> Net:
    """Return a net in which every daemon has a key of its own."""
    return convert(entries()[entry_id], distinct=True)


@cache
def planned(entry_id: str) -> Plan:
    """Return the plan of a net in which every daemon has a key of its own."""
    return plan_nets([converted(entry_id)]).plan
