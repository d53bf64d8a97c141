"""What Flux would apply of some nets before a change and after it, through the real kustomize."""

from __future__ import annotations

import difflib
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import ryaml

from generator.build import build_outputs
from generator.kustomize import Kustomize
from generator.library import Library, published_files
from generator.plan import Plan
from generator.rebuild import Progress, plan_overlays, silent
from generator.render import admin_path, render_net
from generator.review.model import ManifestDiff, Restart
from generator.review.pods import why_restarts

# Lines of an object that are compared; one with more is told by its length alone.
MAX_LINES = 5_000
_BEFORE, _AFTER = "before", "after"
_LISTING = "kustomization.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A net before and after a change; None where it is not there."""

    name: str
    before: Plan | None
    after: Plan | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """What a change does to what is applied of a net: diffs by cluster, and the restarts."""

    diffs: tuple[ManifestDiff, ...] = ()
    restarts: tuple[Restart, ...] = ()


@dataclass(slots=True)
class _Side:
    """One state of all nets: its library, and the files and overlays that are rendered of it."""

    library: Library
    tree: Path
    files: dict[str, str] = field(default_factory=dict)
    versions: set[str] = field(default_factory=set)

    def render(self, plan: Plan | None) -> list[str]:
        """Render a net; return its overlays."""
        if plan is None:
            return []
        self.files |= {path: text for path, (text, _) in render_net(plan).items()}
        self.versions.add(plan.overlays)
        return plan_overlays([plan])

    def stage(self, directory: Path, overlays: Sequence[str]) -> None:
        """Write overlays, and what of the library they use, below a directory."""
        wanted = set(overlays)
        for path, text in self.files.items():
            if path.rpartition("/")[0] in wanted:
                _write(directory / path, text)
        for path, text in published_files(self.versions, self.library, self.tree).items():
            _write(directory / path, text)


class _Name(NamedTuple):
    """What tells an object from all others on its cluster."""

    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        return "/".join(part for part in self if part)


_Texts = dict[str, list[tuple[str, str]]]
"""By cluster: what was applied in one piece before and after, of what differs."""


def compare_manifests(  # noqa: PLR0913 - two states, and what builds them
    pairs: Sequence[Pair],
    before: Library,
    after: Library,
    tree: Path,
    kustomize: Kustomize,
    *,
    progress: Progress = silent,
) -> Mapping[str, Applied]:
    """Return what a change does to what is applied of some nets, by net.

    Only overlays whose files differ are built. `tree` is the published tree, which has the
    versions of the library that nets are pinned to.

    Raises:
        ToolError: for the first overlay that does not build.
        UsageError: for a version of the library that is nowhere.
    """
    old, new = _Side(before, tree), _Side(after, tree)
    overlays: dict[str, list[str]] = {}
    for number, pair in enumerate(pairs):
        progress("render", number, len(pairs))
        found = dict.fromkeys([*old.render(pair.before), *new.render(pair.after)])
        overlays[pair.name] = list(found)
    progress("render", len(pairs), len(pairs))
    differing = _differing(old, new, [path for paths in overlays.values() for path in paths])
    outputs = _build(old, new, differing, kustomize, progress)
    return {pair.name: _applied(pair, overlays[pair.name], outputs, old, new) for pair in pairs}


def _differing(old: _Side, new: _Side, overlays: Sequence[str]) -> list[str]:
    then, now = _by_directory(old.files), _by_directory(new.files)
    return [path for path in overlays if then.get(path) != now.get(path)]


def _by_directory(files: Mapping[str, str]) -> Mapping[str, Mapping[str, str]]:
    directories: dict[str, dict[str, str]] = defaultdict(dict)
    for path, text in files.items():
        directory, _, name = path.rpartition("/")
        directories[directory][name] = text
    return directories


def _build(
    old: _Side, new: _Side, overlays: Sequence[str], kustomize: Kustomize, progress: Progress
) -> Mapping[str, str]:
    """Return what kustomize prints for overlays of both sides, by side and path."""
    wanted: list[str] = []
    outputs: dict[str, str] = {}
    with tempfile.TemporaryDirectory(prefix="testnet-review-") as directory:
        staging = Path(directory)
        for name, side in ((_BEFORE, old), (_AFTER, new)):
            there = [path for path in overlays if f"{path}/{_LISTING}" in side.files]
            if there:
                side.stage(staging / name, there)
            wanted += [f"{name}/{path}" for path in there]
        progress("build", 0, len(wanted))
        for path, output in build_outputs(kustomize, wanted, staging):
            outputs[path] = output.decode(errors="replace")
            progress("build", len(outputs), len(wanted))
    return outputs


def _write(target: Path, text: str) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, "utf-8")


def _applied(
    pair: Pair, overlays: Sequence[str], outputs: Mapping[str, str], old: _Side, new: _Side
) -> Applied:
    diffs: list[ManifestDiff] = []
    restarts: list[Restart] = []
    for cluster, pieces in sorted(_pieces(pair, overlays, outputs, old, new).items()):
        then, now = _objects(before for before, _ in pieces), _objects(after for _, after in pieces)
        text = "".join(_diff(then, now))
        if text:
            diffs.append(measured(cluster, text))
        restarts += _restarts(cluster, then, now)
    return Applied(diffs=tuple(diffs), restarts=tuple(restarts))


def _pieces(
    pair: Pair, overlays: Sequence[str], outputs: Mapping[str, str], old: _Side, new: _Side
) -> _Texts:
    pieces: _Texts = defaultdict(list)
    clusters = {name for plan in (pair.before, pair.after) if plan for name in plan.by_cluster}
    for cluster in clusters:
        admin = admin_path(cluster, pair.name)
        # The first line of a file that is not built is a comment of its own.
        then, now = (side.files.get(admin, "").partition("\n")[2] for side in (old, new))
        pieces[cluster].append((then, now))
    for path in overlays:
        cluster = path.split("/")[1]
        pieces[cluster].append(
            (outputs.get(f"{_BEFORE}/{path}", ""), outputs.get(f"{_AFTER}/{path}", ""))
        )
    return pieces


def _objects(texts: Iterator[str]) -> dict[_Name, str]:
    """Return the text of each object by its name."""
    found: dict[_Name, str] = {}
    for text in texts:
        for piece in f"\n{text}".split("\n---\n"):
            document = piece.strip("\n")
            if document:
                found[_name(document)] = document
    return found


def _name(document: str) -> _Name:
    content = _read(document)
    head = content.get("metadata") or {}
    return _Name(str(content["kind"]), str(head.get("namespace", "")), str(head.get("name", "")))


def _read(document: str) -> Mapping[str, Any]:
    content: Mapping[str, Any] = ryaml.loads(document)
    return content


def _diff(before: Mapping[_Name, str], after: Mapping[_Name, str]) -> Iterator[str]:
    for name in sorted(before.keys() | after.keys()):
        old, new = before.get(name), after.get(name)
        if old == new:
            continue
        yield f"--- {f'a/{name}' if old is not None else '/dev/null'}\n"
        yield f"+++ {f'b/{name}' if new is not None else '/dev/null'}\n"
        yield from _lines((old or "").splitlines(), (new or "").splitlines())


def _lines(old: Sequence[str], new: Sequence[str]) -> Iterator[str]:
    if not old or not new:
        yield f"@@ -{bool(old):d},{len(old)} +{bool(new):d},{len(new)} @@\n"
        yield from (f"-{line}\n" for line in old)
        yield from (f"+{line}\n" for line in new)
    elif max(len(old), len(new)) > MAX_LINES:
        yield f"@@ {len(old)} lines before and {len(new)} after are too many to compare @@\n"
    else:
        found = difflib.unified_diff(old, new, lineterm="")
        yield from (f"{line}\n" for line in list(found)[2:])


def measured(cluster: str, text: str) -> ManifestDiff:
    """Return a diff with the number of its lines."""
    added = removed = 0
    for line in text.splitlines():
        added += line.startswith("+") and not line.startswith("+++ ")
        removed += line.startswith("-") and not line.startswith("--- ")
    return ManifestDiff(cluster=cluster, text=text, added=added, removed=removed)


def _restarts(
    cluster: str, before: Mapping[_Name, str], after: Mapping[_Name, str]
) -> Iterator[Restart]:
    for name in sorted(before.keys() & after.keys()):
        if name.kind == "StatefulSet" and before[name] != after[name]:
            why = why_restarts(_read(before[name]), _read(after[name]))
            if why:
                yield Restart(daemon=name.name, cluster=cluster, why=why)
