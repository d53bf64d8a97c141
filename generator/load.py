"""Everything that people wrote under `environments/`, with all that is wrong in it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from generator.errors import InvalidInput, UsageError, reason_of
from generator.finding import Finding, Location, Related
from generator.fleet import Fleet, load_fleet
from generator.keys import KeyInventory, load_pools
from generator.plan import Allocations, make_plans
from generator.source import Document, read_document
from generator.testnet import Testnet, load_testnet

FLEET = "environments/fleet.yaml"
KEYS = "environments/keys"
TESTNETS = "environments/testnets"

_HELD = {"keys": "key", "testnets": "net"}  # in the directory of that name
_LIKE_INPUT = {".json", ".yaml", ".yml"}
_HEAD = 6  # letters of a key's name
_ANY_TIME = datetime(2026, 1, 1, tzinfo=UTC)  # no finding depends on it


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


def load_inputs(
    root: Path,
    extra: Sequence[Path] = (),
    *,
    only: Collection[str] | None = None,
    left: Collection[str] = (),
) -> Inputs:
    """Read every file that people wrote; `extra` are testnet files outside `environments/`.

    With `only`, just the testnets of these names, and the pools that name a key of theirs. The
    files of testnets that are `left` out, by path, are as if they were not there.

    Raises:
        InvalidInput: with the findings of all files at once.
    """
    found = _load(root, extra, only, left)
    if found.findings or found.fleet is None:
        problems = (
            *found.findings,
            *_judge(found.testnets, found.fleet, found.inventory, found.findings),
        )
        raise InvalidInput(problems, root)
    return Inputs(fleet=found.fleet, inventory=found.inventory, testnets=tuple(found.testnets))


def load_fleet_alone(root: Path) -> Fleet:
    """Read the fleet, whatever is wrong in the files of others.

    Raises:
        InvalidInput: with what is wrong in its own.
    """
    findings: list[Finding] = []
    for document in _read(root, [root / FLEET], findings):
        fleet, problems = load_fleet(document)
        findings.extend(problems)
        if fleet is not None and not findings:
            return fleet
    raise InvalidInput(tuple(findings), root)


def load_readable(root: Path) -> tuple[Inputs, Mapping[str, tuple[Finding, ...]]]:
    """Read every file that people wrote, and leave out the testnets that are wrong in themselves.

    Returns what is wrong with these beside the inputs, by the name of the net that each file is
    for: that of the file, and the one that it gives itself where no other file has it.

    Raises:
        InvalidInput: with the findings of all files, when the fleet or a key pool is wrong.
    """
    found = _load(root)
    stems = {path.stem for path in _files(root / TESTNETS)}
    faults: dict[str, tuple[Finding, ...]] = {}
    for finding in found.findings:
        path = PurePosixPath(finding.at.path)
        if str(path.parent) != TESTNETS:
            raise InvalidInput(tuple(found.findings), root)
        # Of two files with one name, one has another name than its file: that one is wrong.
        if finding.rule != "testnet/name":
            name = path.stem
            if path.suffix.lower() not in _LIKE_INPUT:  # a directory
                name = f"{path.name}/"
            elif path.suffix != ".yaml" and path.stem in stems:
                name = path.name
            faults[name] = (*faults.get(name, ()), finding)
    assert found.fleet is not None  # noqa: S101 - without one there is a finding in its file
    for testnet in found.testnets:
        wrong = faults.get(PurePosixPath(testnet.at.path).stem)
        if wrong and testnet.name not in stems:
            faults[testnet.name] = wrong
    testnets = tuple(
        t for t in found.testnets if PurePosixPath(t.at.path).stem == t.name not in faults
    )
    inputs = Inputs(fleet=found.fleet, inventory=found.inventory, testnets=testnets)
    return inputs, faults


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """What could be read, and all that is wrong in it."""

    fleet: Fleet | None
    inventory: KeyInventory
    testnets: list[Testnet]
    findings: list[Finding]


def _load(
    root: Path,
    extra: Sequence[Path] = (),
    only: Collection[str] | None = None,
    left: Collection[str] = (),
) -> _Found:
    findings: list[Finding] = []
    documents = list(_read(root, [root / FLEET], findings))
    fleet, problems = load_fleet(documents[0]) if documents else (None, ())
    findings.extend(problems)
    files = [p for p in _files(root / TESTNETS) if only is None or p.stem in only]
    files = [p for p in files if not left or f"{TESTNETS}/{p.name}" not in left]
    testnets: list[Testnet] = []
    for document in _read(root, [*files, *extra], findings):
        testnet, problems = load_testnet(document)
        findings.extend(problems)
        if testnet is not None:
            testnets.append(testnet)
    pools = _files(root / KEYS)
    if only is not None and not findings:
        pools = list(_naming(pools, testnets))
    inventory, problems = load_pools(_read(root, pools, findings))
    findings.extend(problems)
    findings.extend(_names_twice(testnets))
    findings.extend(found for found in _never_read(root) if found.at.path not in left)
    return _Found(fleet=fleet, inventory=inventory, testnets=testnets, findings=findings)


def _naming(pools: Iterable[Path], testnets: Sequence[Testnet]) -> Iterable[Path]:
    """Return the pools that may hold a key that some testnets name."""
    accounts = (account for testnet in testnets for account in testnet.genesis.accounts)
    named = {name for account in accounts for name in (account.key, account.delegate) if name}
    named |= {use.name for testnet in testnets for use in testnet.key_uses}
    heads = heads_of(named)
    return (p for p in pools if is_named(p.read_text("utf-8", errors="replace"), named, heads))


def heads_of(names: Iterable[str]) -> AbstractSet[str]:
    """Return how names begin: those of a net's keys are alike."""
    return {name[:_HEAD] for name in names}


def is_named(text: str, names: Iterable[str], heads: Iterable[str]) -> bool:
    """Say whether any name is in a text; where none begins, which is found faster, none is."""
    return any(head in text for head in heads) and any(name in text for name in names)


def _files(directory: Path) -> list[Path]:
    try:
        paths = sorted(directory.iterdir())
    except (FileNotFoundError, NotADirectoryError) as error:
        message = (
            f"{directory}: there is no such directory, and no file in it would mean no"
            f" {_HELD[directory.name]}; if that is meant, commit an empty `.gitkeep` there"
        )
        raise UsageError(message) from error
    except OSError as error:
        raise UsageError(f"{directory}: cannot be read: {reason_of(error)}") from error
    return [path for path in paths if path.suffix == ".yaml" and path.name[0] != "."]


def _never_read(root: Path) -> Iterable[Finding]:
    """Find files that look like input and are none, so that nobody waits for them in vain."""
    for directory in (KEYS, TESTNETS):
        for path in sorted((root / directory).iterdir()):
            name, suffix = path.name, path.suffix
            # Editors and file managers keep theirs beside it, under names like `.#smoke.yaml`.
            if (suffix == ".yaml" and name[0] != ".") or name.startswith((".#", "._")):
                continue
            if suffix.lower() in _LIKE_INPUT:
                reason = 'its name does not end in ".yaml"'
                if suffix == ".yaml":
                    reason = 'its name begins with "."'
                advice = f'Rename it to "{path.stem.lstrip(".")}.yaml", or remove it.'
            elif path.is_dir() and name[0] != ".":
                reason = "it is a directory"
                advice = f'Move its files to "{directory}", or remove it.'
            else:
                continue
            yield Finding(
                rule="yaml/suffix",
                message=f'"{name}" is not read: {reason}',
                at=Location(f"{directory}/{name}"),
                remediation=advice,
                subject=path.stem,
            )


def _read(root: Path, paths: Iterable[Path], findings: list[Finding]) -> Iterable[Document]:
    for path in paths:
        try:
            document = read_document(root, path, elsewhere=not path.is_relative_to(root))
        except InvalidInput as error:
            findings.extend(error.findings)
        else:
            findings.extend(document.findings)
            yield document


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


def _judge(
    testnets: Sequence[Testnet],
    fleet: Fleet | None,
    inventory: KeyInventory,
    known: Sequence[Finding],
) -> Iterable[Finding]:
    """Find what planning would find, so that everything wrong is said at once.

    What may only seem so, for want of a file that could not be read, is left out.
    """
    nowhere = Fleet(url="", branch="", notification_type="", clusters=(), at=Location(FLEET))
    _, findings = make_plans(
        testnets, fleet or nowhere, inventory, Allocations(), now=_ANY_TIME, overlays=""
    )
    doubtful = set() if fleet else {"testnet/region"}
    pools = [finding for finding in known if finding.at.path.startswith(f"{KEYS}/")]
    if any(not finding.rule.startswith("keys/") for finding in pools):
        doubtful |= {"keys/unknown", "genesis/account"}
    wrong = {finding.subject for finding in pools}
    return (f for f in findings if f.rule not in doubtful and f.subject not in wrong)
