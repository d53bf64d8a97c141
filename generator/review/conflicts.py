"""Which open pull requests cannot all be merged, by what each of them claims."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from generator.claims import (
    Claim,
    Conflict,
    Kind,
    Limits,
    added_claims,
    find_conflicts,
    read_claims,
    read_limits,
)
from generator.claims.compare import MERGED
from generator.errors import GeneratorError, InvalidInput
from generator.finding import Finding, Severity
from generator.load import FLEET, KEYS, TESTNETS, Inputs, load_inputs, load_readable
from generator.plan import Allocations, make_plans
from generator.policies import read_settings
from generator.rebuild import Progress, silent
from generator.report.wording import visible
from generator.repository import Heads
from generator.review.head import INPUTS, extract

# Directories of commits that are there at a time: most pull requests begin at the same few.
_KEPT = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The conflicts of each pull request, and why some could not be compared; by number."""

    conflicts: Mapping[int, tuple[Conflict, ...]]
    left_out: Mapping[int, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What pull requests are judged with: the code, rules and settings at `root`, and no others.

    `base` is the commit that they would be merged to, `published` what the published tree decided.
    """

    root: Path
    heads: Heads
    base: str
    published: Allocations
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class _Change:
    """What a pull request adds, and what of before it is gone with it."""

    head: str
    added: tuple[Claim, ...] = ()
    released: frozenset[Claim] = frozenset()


def compare_pulls(
    ground: Ground,
    pulls: Mapping[int, str],
    *,
    only: int | None = None,
    progress: Progress = silent,
) -> Comparison:
    """Compare the claims of open pull requests, given by number and head, with each other.

    What one adds over the commit where it parted from `base` counts, also against what `base` has
    by now. With `only`, the conflicts of this one alone are looked for. One that cannot be read or
    planned is left out and stops none of the others.

    Raises:
        InvalidInput: when the fleet or the key pools of `base` are wrong.
        ToolError: when git cannot read what was fetched.
    """
    with closing(_Reader(ground)) as reader:
        return _compare(reader, pulls, only, progress)


def _compare(
    reader: _Reader, pulls: Mapping[int, str], only: int | None, progress: Progress
) -> Comparison:
    if only is not None and not reader.touched(pulls[only]):
        return Comparison(conflicts={only: ()}, left_out={})
    changes: dict[int, _Change] = {}
    left_out: dict[int, str] = {}
    for count, (number, head) in enumerate(sorted(pulls.items())):
        progress("claims", count, len(pulls))
        try:
            changes[number] = reader.change(head)
        except GeneratorError as error:
            left_out[number] = _told(error)
    progress("claims", len(pulls), len(pulls))
    wanted = changes if only is None else changes.keys() & {only}
    return Comparison(
        conflicts={number: _conflicts(number, changes, reader) for number in sorted(wanted)},
        left_out=left_out,
    )


def _conflicts(
    number: int, changes: Mapping[int, _Change], reader: _Reader
) -> tuple[Conflict, ...]:
    mine = changes[number]
    if not mine.added:
        return ()
    merged = [claim for claim in reader.merged if claim not in mine.released]
    others = {n: change.added for n, change in changes.items() if n != number and change.added}
    while True:
        found = find_conflicts(mine.added, {**others, MERGED: merged})
        # One that is built on another has all that the other has, and does not contend with it.
        stacked = {
            other
            for conflict in found
            for other in conflict.pulls
            if other != MERGED and reader.is_stacked(mine.head, changes[other].head)
        }
        if not stacked:
            return found
        others = {n: claims for n, claims in others.items() if n not in stacked}


class _Reader:
    """The claims of commits, each read once."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._limits: Limits = read_limits(read_settings(ground.root))
        self._states: dict[tuple[str, frozenset[str] | None], tuple[Claim, ...]] = {}
        self._now: tuple[Claim, ...] | None = None
        self._kept: dict[str, TemporaryDirectory[str]] = {}

    def close(self) -> None:
        """Remove what was written to read it."""
        for directory in self._kept.values():
            directory.cleanup()
        self._kept.clear()

    @property
    def now(self) -> tuple[Claim, ...]:
        """The claims of the base as it is by now, without the nets that are wrong there."""
        if self._now is None:
            inputs, _ = load_readable(self._extracted(self._ground.base))
            self._now = self._claims(inputs)[0]
        return self._now

    @property
    def merged(self) -> tuple[Claim, ...]:
        """The things that the base has by now; budgets are counted by what is left of them."""
        return tuple(claim for claim in self.now if claim.kind is not Kind.BUDGET)

    def touched(self, head: str) -> tuple[str, ...]:
        """Return the paths below `environments/` that a pull request changes."""
        return self._ground.heads.changed(self._ground.base, head, INPUTS)

    def is_stacked(self, one: str, other: str) -> bool:
        """Say whether one of two commits is built on the other."""
        heads = self._ground.heads
        return heads.contains(one, other) or heads.contains(other, one)

    def change(self, head: str) -> _Change:
        """Return what a pull request claims.

        Raises:
            GeneratorError: when it cannot be read or planned.
        """
        paths = self.touched(head)
        if not paths:
            return _Change(head=head)
        nets = _nets(paths)
        before = self._state(self._ground.heads.merge_base(self._ground.base, head), nets)
        after = self._state(head, nets, strict=True)
        gone = {claim for claim in before if claim.kind is not Kind.BUDGET} - set(after)
        return _Change(
            head=head,
            added=added_claims(before, after, self.now),
            released=frozenset(gone),
        )

    def _state(
        self, commit: str, nets: frozenset[str] | None, *, strict: bool = False
    ) -> tuple[Claim, ...]:
        """Return the claims of some nets at a commit; of all for None, with their key pools."""
        if (commit, nets) not in self._states:
            directory = self._extracted(commit)
            if strict or nets is not None:
                inputs = load_inputs(directory, only=nets)
            else:
                inputs, _ = load_readable(directory)
            claims, findings = self._claims(inputs)
            if strict and findings:
                raise InvalidInput(findings)
            if nets is not None:
                # Of the pools just those were read that name a key of these nets.
                claims = tuple(claim for claim in claims if claim.kind is not Kind.POOL)
            self._states[commit, nets] = claims
        return self._states[commit, nets]

    def _claims(self, inputs: Inputs) -> tuple[tuple[Claim, ...], tuple[Finding, ...]]:
        ground = self._ground
        plans, findings = make_plans(
            inputs.testnets,
            inputs.fleet,
            inputs.inventory,
            ground.published,
            now=ground.now,
            overlays="",
        )
        claims = read_claims(
            plans,
            inputs.fleet,
            inputs.inventory,
            limits=self._limits,
            published=ground.published,
        )
        wrong = tuple(finding for finding in findings if finding.severity is Severity.ERROR)
        return claims, wrong

    def _extracted(self, commit: str) -> Path:
        """Return a directory with what people wrote at a commit; where many began, it is kept."""
        if commit not in self._kept:
            directory = TemporaryDirectory(prefix="testnet-claims-")
            target = Path(directory.name)
            try:
                extract(self._ground.root, commit, target)
            except BaseException:
                directory.cleanup()
                raise
            for name in (KEYS, TESTNETS):
                # Of an empty one git knows nothing, and it is as good as any.
                (target / name).mkdir(exist_ok=True)
            self._kept[commit] = directory
            while len(self._kept) > _KEPT:
                self._kept.pop(next(iter(self._kept))).cleanup()
        return Path(self._kept[commit].name)


def _nets(paths: tuple[str, ...]) -> frozenset[str] | None:
    """Return the nets whose files are among some paths; None where all nets may be others."""
    if FLEET in paths or any(path.startswith(f"{KEYS}/") for path in paths):
        return None
    files = (PurePosixPath(path) for path in paths)
    return frozenset(file.stem for file in files if str(file.parent) == TESTNETS)


def _told(error: GeneratorError) -> str:
    if not isinstance(error, InvalidInput):
        return visible(str(error))
    first = error.findings[0]
    return visible(f"{first.at}: {first.message}")
