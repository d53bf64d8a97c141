"""The two states of a change side by side: directories with what people wrote, and their plans."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from generator.check.base import archive, unpacked
from generator.check.unread import find_unread
from generator.errors import InvalidInput
from generator.finding import Severity
from generator.load import FLEET, KEYS, TESTNETS
from generator.pipeline import Planned, try_plans
from generator.plan import Allocations, Plan
from generator.review.head import extract
from generator.review.history import Change

_LIBRARY = "overlays"
# Of these a net's plan can be rendered all the same.
_RENDERABLE = frozenset({"keys/unique", "network/port-moves"})


@dataclass(frozen=True, slots=True, kw_only=True)
class States:
    """Directories with what people wrote, before a change and after it.

    `before` is None where what was there cannot be taken out of git as plain files.
    """

    before: Path | None
    after: Path


@contextmanager
def open_states(root: Path, change: Change, head: str) -> Iterator[States]:
    """Yield the states of a change: to the working tree at `root`, or to `head`.

    Of a `head` only `environments/` is taken, and beside it lies the library of `root`: of
    somebody who is not trusted yet, nothing but data is used.

    Raises:
        InvalidInput: for a head that holds anything but files of a sane size.
    """
    if not head:
        with unpacked(archive(root, change.base)) as earlier:
            yield States(before=earlier, after=root)
        return
    with TemporaryDirectory(prefix="testnet-head-") as directory:
        after = _beside_library(root, change.head, Path(directory) / "after")
        yield States(before=_try_before(root, change.base, Path(directory)), after=after)


def _try_before(root: Path, commit: str, directory: Path) -> Path | None:
    try:
        return _beside_library(root, commit, directory / "before")
    except InvalidInput:
        return None


def _beside_library(root: Path, commit: str, target: Path) -> Path:
    target.mkdir()
    extract(root, commit, target)
    (target / _LIBRARY).symlink_to(root / _LIBRARY)
    return target


def changed_nets(states: States) -> tuple[frozenset[str], bool]:
    """Return the nets whose files differ, and whether anything does that all nets follow from."""
    before = _digests(states.before, TESTNETS) if states.before else {}
    after = _digests(states.after, TESTNETS)
    names = before.keys() | after.keys()
    differing = frozenset(name for name in names if before.get(name) != after.get(name))
    then = _shared(states.before) if states.before else {}
    return differing, then != _shared(states.after)


def _shared(directory: Path) -> Mapping[str, bytes]:
    fleet = _digest(directory / FLEET)
    return {**_digests(directory, KEYS), **_digests(directory, _LIBRARY, "**/*"), FLEET: fleet}


def _digests(directory: Path, below: str, pattern: str = "*.yaml") -> dict[str, bytes]:
    """Return digests of files by their name, or by their path where there are folders."""
    base = directory / below
    paths = (path for path in base.glob(pattern) if not path.name.startswith("."))
    return {
        path.stem if below == TESTNETS else path.relative_to(directory).as_posix(): _digest(path)
        for path in paths
        if path.is_file() and "__pycache__" not in path.parts
    }


def _digest(path: Path) -> bytes:
    try:
        return hashlib.sha256(path.read_bytes()).digest()
    except OSError:
        return b""


def try_state(
    directory: Path | None, published: Allocations, *, now: datetime, only: AbstractSet[str] | None
) -> tuple[Planned | None, bool]:
    """Return the plans of a state, over what is published, and whether all of it could be read.

    Testnet files that cannot be read are left out; where others cannot, there are no plans.
    """
    if directory is None:
        return None, False
    try:
        return try_plans(directory, published, now=now, only=only), True
    except InvalidInput:
        try:
            left = find_unread(directory).paths
            return try_plans(directory, published, now=now, only=only, left=left), False
        except InvalidInput:
            return None, False


def whole_plans(planned: Planned | None) -> Mapping[str, Plan]:
    """Return the plans that say enough to be rendered, by net."""
    if planned is None:
        return {}
    broken = {
        finding.at.path
        for finding in planned.findings
        if finding.severity is Severity.ERROR and finding.rule not in _RENDERABLE
    }
    if planned.inputs.fleet.at.path in broken:
        return {}
    return {plan.name: plan for plan in planned.plans if plan.testnet.at.path not in broken}
