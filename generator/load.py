"""Everything that people wrote under `environments/`, with all that is wrong in it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from generator.errors import InvalidInput, UsageError
from generator.finding import Finding, Location, Related
from generator.fleet import Fleet, load_fleet
from generator.keys import KeyInventory, load_pools
from generator.source import Document, read_document
from generator.testnet import Testnet, load_testnet

FLEET = "environments/fleet.yaml"
KEYS = "environments/keys"
TESTNETS = "environments/testnets"


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """The fleet, the keys and the testnets of a repository."""

    fleet: Fleet
    inventory: KeyInventory
    testnets: tuple[Testnet, ...]


def find_root(start: Path) -> Path:
    """Return the nearest directory at or above `start` that has `environments/`.

    Raises:
        UsageError: where there is none.
    """
    for directory in (start.resolve(), *start.resolve().parents):
        if (directory / "environments").is_dir():
            return directory
    message = f"no `environments/` at or above {start}; give its repository with --root"
    raise UsageError(message)


def load_inputs(root: Path, extra: Sequence[Path] = ()) -> Inputs:
    """Read every file that people wrote; `extra` are testnet files outside `environments/`.

    Raises:
        InvalidInput: with the findings of all files at once.
    """
    findings: list[Finding] = []
    documents = list(_read(root, [root / FLEET], findings))
    fleet, problems = load_fleet(documents[0]) if documents else (None, ())
    findings.extend(problems)
    inventory, problems = load_pools(_read(root, _files(root / KEYS), findings))
    findings.extend(problems)
    testnets: list[Testnet] = []
    for document in _read(root, [*_files(root / TESTNETS), *extra], findings):
        testnet, problems = load_testnet(document)
        findings.extend(problems)
        if testnet is not None:
            testnets.append(testnet)
    findings.extend(_names_twice(testnets))
    if findings or fleet is None:
        raise InvalidInput(tuple(findings), root)
    return Inputs(fleet=fleet, inventory=inventory, testnets=tuple(testnets))


def _files(directory: Path) -> list[Path]:
    return sorted(path for path in directory.glob("*.yaml"))


def _read(root: Path, paths: Iterable[Path], findings: list[Finding]) -> Iterable[Document]:
    for path in paths:
        try:
            yield read_document(root, path)
        except InvalidInput as error:
            findings.extend(error.findings)


def _names_twice(testnets: Sequence[Testnet]) -> Iterable[Finding]:
    seen: dict[str, Location] = {}
    for testnet in testnets:
        first = seen.setdefault(testnet.name, testnet.at)
        if first is not testnet.at:
            yield Finding(
                rule="testnet/name",
                message=f'two testnets are named "{testnet.name}"',
                at=testnet.at,
                remediation="Give one of them another name, and its file too.",
                subject=testnet.name,
                related=(Related(at=first, message="the first of them"),),
            )
