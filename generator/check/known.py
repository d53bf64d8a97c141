"""What was found in a state before, under digests of all that it follows from.

A change is compared with the state before it, which most often is that of the main branch: it was
judged when it got there. What is not known is judged again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePath, PurePosixPath
from typing import Any

from generator.check.base import Files
from generator.check.plain import read_plain
from generator.check.scope import Scope
from generator.check.setting import Published, Setting
from generator.finding import Finding, Location, Severity
from generator.load import TESTNETS
from generator.locks import Locks, read_locks
from generator.report.verdict import Verdict

_INPUTS = ("environments", "overlays")
_HOME = PurePosixPath(TESTNETS)


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """A state of the repository and of the published tree, with the nets to judge: () for all.

    `root` is a directory, or the files that would be there. `inputs` is the digest of what people
    wrote and of the locks.
    """

    root: Path | Files
    setting: Setting
    published: Published
    only: tuple[str, ...]
    inputs: str

    def recall(self) -> Verdict | None:
        """Return what was found, with what tells findings apart and no more; None if unknown.

        What was found in all nets holds for some of them too.
        """
        nets = dict(self.published.guard.digests(self.only or None))
        for key in dict.fromkeys((self._key(nets, ()), self._key(nets, self.only))):
            content = self.setting.cache.read_json(key)
            try:
                if isinstance(content, dict) and self._holds(content, nets):
                    return Verdict(findings=tuple(_finding(*row) for row in content["findings"]))
            except (LookupError, TypeError, ValueError):
                continue  # not what `remember` wrote
        return None

    def remember(self, verdict: Verdict) -> None:
        """Keep what was found, unless somebody has written something meanwhile.

        What cannot be read is no part of a state: the same one may be found without it.
        """
        if any(finding.rule == "yaml/file" for finding in verdict.findings):
            return
        if _inputs(self.root, read_locks(self.setting.tree)) != self.inputs:
            return
        nets = dict(self.published.guard.digests(self.only or None))
        content = {
            "now": self.setting.now.isoformat(),
            "until": verdict.valid_until,
            "nets": nets,
            "findings": [_row(finding) for finding in verdict.findings],
        }
        self.setting.cache.write_json(self._key(nets, self.only), content)

    def _key(self, nets: Mapping[str, str], only: tuple[str, ...]) -> str:
        setting = self.setting
        programs = (setting.policies.digest, setting.kustomize.version)
        return _digest(["known", *programs, self.inputs, nets[""], *only])

    def _holds(self, content: Mapping[str, Any], nets: Mapping[str, str]) -> bool:
        """Say whether no file has changed, nor time changes what is found."""
        known, until = content["nets"], content["until"]
        return (
            all(known[name] == digest for name, digest in nets.items())
            and datetime.fromisoformat(content["now"]) <= self.setting.now
            and (not until or self.setting.now < datetime.fromisoformat(until))
        )


def find_state(
    root: Path | Files, setting: Setting, published: Published, scope: Scope | None = None
) -> State | None:
    """Return what a verdict on everything under `root`, or on a scope, follows from.

    `root` is as in `State`. None where time changes the verdict at any moment: the end of a net
    that is not published yet moves.
    """
    names = {path.stem for path in _testnets(root)}
    only = tuple(sorted(scope.nets)) if scope else ()
    wanted = names & set(only) if scope else names
    if (scope and not only) or not wanted <= published.allocations.nets.keys():
        return None
    inputs = _inputs(root, published.locks)
    return State(root=root, setting=setting, published=published, only=only, inputs=inputs)


def _testnets(root: Path | Files) -> Iterable[PurePath]:
    if isinstance(root, Path):
        return (root / TESTNETS).glob("*.yaml")
    paths = map(PurePosixPath, root)
    return (path for path in paths if path.parent == _HOME and path.suffix == ".yaml")


def _inputs(root: Path | Files, locks: Locks) -> str:
    written = _written(root) if isinstance(root, Path) else _listed(root)
    return _digest([*written, json.dumps(locks.digests)])


def _written(root: Path) -> Iterator[str]:
    for top in _INPUTS:
        for path in sorted((root / top).rglob("*")):
            if path.is_symlink():
                yield f"{path.relative_to(root)} -> {path.readlink()}"
            elif path.is_file() and not _is_compiled(path.relative_to(root).parts):
                yield f"{path.relative_to(root)} {_hash(path)}"


def _listed(files: Files) -> Iterator[str]:
    """Yield what `_written` yields of a directory with these files."""
    for parts in sorted(name.split("/") for name in files):
        if parts[0] in _INPUTS and not _is_compiled(parts):
            name = "/".join(parts)
            yield f"{name} {_sum(files[name])}"


def _is_compiled(parts: Sequence[str]) -> bool:
    """Say whether a file lies where Python keeps what it compiled of the library's scripts."""
    return parts[0] == "overlays" and "__pycache__" in parts


def _hash(path: Path) -> str:
    content = read_plain(path.parent, path.name)  # a pipe would never end
    return "" if content is None else _sum(content)


def _sum(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=20).hexdigest()


def _digest(parts: Iterable[str]) -> str:
    digest = hashlib.blake2b(digest_size=20)
    for part in parts:
        digest.update(f"{len(part)}:{part}".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def _row(finding: Finding) -> list[object]:
    """Return all that `fingerprints` looks at, and the weight."""
    path = finding.at.path
    return [finding.rule, path, finding.subject, finding.message, finding.severity, finding.movable]


def _finding(  # noqa: PLR0913 - the columns of a row
    rule: str, path: str, subject: str, message: str, severity: str, movable: object
) -> Finding:
    return Finding(
        rule=rule,
        at=Location(path),
        subject=subject,
        message=message,
        severity=Severity(severity),
        movable=movable is True,
        remediation="",
    )
