"""A net goes to the current overlays library: its file, and what that does to its daemons."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias

import ryaml

from generator.build import build_outputs
from generator.errors import UsageError
from generator.finding import Location
from generator.kustomize import Kustomize
from generator.library import Library
from generator.plan import Plan
from generator.rebuild import Progress, silent
from generator.render import net_directory, render_net
from generator.render.flux import overlay_names
from generator.source import parse_document
from generator.testnet import Testnet
from generator.tree import FileTree, write_tree

# Kubernetes lets these parts of a StatefulSet change in place, and no other.
_CHANGEABLE = frozenset(
    {
        "minReadySeconds",
        "ordinals",
        "persistentVolumeClaimRetentionPolicy",
        "replicas",
        "revisionHistoryLimit",
        "template",
        "updateStrategy",
    }
)
_VALUE = re.compile(r"""(["']?)[0-9a-f]{12}\1(?![\w"'])""")

_Objects: TypeAlias = Mapping[tuple[str, str, str], Mapping[str, Any]]
Outputs: TypeAlias = Mapping[str, bytes]
"""What kustomize printed, by the path of the overlay in the published tree."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OverlayUpgrade:
    """How the objects of one overlay change.

    `restarts` are the workloads whose pods start again, `replaced` those that Kubernetes
    refuses to change in place; both are among the `changed`. All names are `Kind/name`.
    """

    path: str
    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    restarts: tuple[str, ...] = ()
    replaced: tuple[str, ...] = ()

    @property
    def differs(self) -> bool:
        """Whether anything changes."""
        return bool(self.added or self.changed or self.removed)


def pin(text: str, testnet: Testnet, version: str) -> str:
    """Return the text of a testnet file with its field `overlays` at a version.

    Nothing else changes: comments, layout and line ends stay as they were written.

    Raises:
        UsageError: where the place for the field is not plain to see.
    """
    lines = text.split("\n")
    known = testnet.places.get("overlays")
    changed = _replace(lines, known, version) if known else _insert(lines, testnet, version)
    if not changed or not _only_pins(text, "\n".join(lines), version):
        message = (
            f'{testnet.at.path}: write the line `overlays: "{version}"` yourself; this program'
            " only edits files with a field a line"
        )
        raise UsageError(message)
    return "\n".join(lines)


def _only_pins(before: str, after: str, version: str) -> bool:
    """Say whether two files say the same but for the field `overlays`."""
    old, _ = parse_document("before", before.encode())
    new, findings = parse_document("after", after.encode())
    return not findings and new == {**(old or {}), "overlays": version}


def _replace(lines: list[str], at: Location, version: str) -> bool:
    line, column = lines[at.line - 1], at.column - 1
    value = _VALUE.match(line, column)
    if value is None:
        return False
    lines[at.line - 1] = f'{line[:column]}"{version}"{line[value.end() :]}'
    return True


def _insert(lines: list[str], testnet: Testnet, version: str) -> bool:
    """Put the field behind the image, where that is a line of its own."""
    number = testnet.places["image"].line - 1
    line = lines[number]
    field = re.match(r"""( *)(?:image|"image"|'image')\s*:\s+[\w"'][^{}\[\]]*$""", line)
    if field is None:
        return False
    end = "\r" if line.endswith("\r") else ""
    lines.insert(number + 1, f'{field[1]}overlays: "{version}"{end}')
    return True


def build_with(
    plan: Plan, library: Library, kustomize: Kustomize, progress: Progress = silent
) -> Outputs:
    """Return what kustomize makes of a net's overlays with a version of the library.

    Raises:
        ToolError: for the first overlay that does not build.
    """
    pinned = replace(plan, overlays=library.version)
    files = {path: text for path, (text, _) in render_net(pinned).items()}
    overlays = list(_overlays(pinned))
    outputs: dict[str, bytes] = {}
    with tempfile.TemporaryDirectory(prefix="testnet-") as directory:
        staging = Path(directory)
        write_tree(FileTree(files=files | library.published()), staging, ())
        progress("build", 0, len(overlays))
        for overlay, output in build_outputs(kustomize, overlays, staging):
            outputs[overlay] = output
            progress("build", len(outputs), len(overlays))
    return {overlay: outputs[overlay] for overlay in overlays}


def _overlays(plan: Plan) -> Iterator[str]:
    for cluster in plan.by_cluster:
        directory = net_directory(cluster, plan.name)
        yield from (f"{directory}/{name}" for name in overlay_names(plan, cluster))


def compare_builds(before: Outputs, after: Outputs) -> tuple[OverlayUpgrade, ...]:
    """Return how every overlay changes from one build to another, in order of `after`."""
    paths = [*after, *(path for path in before if path not in after)]
    return tuple(
        _compare(path, _objects(before.get(path, b"")), _objects(after.get(path, b"")))
        if before.get(path) != after.get(path)
        else OverlayUpgrade(path=path)
        for path in paths
    )


def _objects(output: bytes) -> _Objects:
    """Return the objects of a build by kind, namespace and name."""
    documents: Iterable[Any] = ryaml.loads_all(output.decode()) if output.strip() else ()
    return {
        (str(item["kind"]), str(head.get("namespace", "")), str(head["name"])): item
        for item in documents
        for head in [item["metadata"]]
    }


def _compare(path: str, old: _Objects, new: _Objects) -> OverlayUpgrade:
    both = [name for name in new if name in old]
    return OverlayUpgrade(
        path=path,
        added=_names(name for name in new if name not in old),
        changed=_names(name for name in both if old[name] != new[name]),
        removed=_names(name for name in old if name not in new),
        restarts=_names(name for name in both if _template(old[name]) != _template(new[name])),
        replaced=_names(name for name in both if _fixed(old[name]) != _fixed(new[name])),
    )


def _names(names: Iterable[tuple[str, str, str]]) -> tuple[str, ...]:
    return tuple(f"{kind}/{name}" for kind, _, name in names)


def _template(item: Mapping[str, Any]) -> object:
    """Return what the pods of a workload are made from; None for any other object."""
    return (item.get("spec") or {}).get("template") if item["kind"] == "StatefulSet" else None


def _fixed(item: Mapping[str, Any]) -> object:
    """Return what Kubernetes does not let change in a workload."""
    if item["kind"] != "StatefulSet":
        return None
    return {name: value for name, value in item["spec"].items() if name not in _CHANGEABLE}


def restarting(upgrades: Sequence[OverlayUpgrade]) -> list[str]:
    """Return the daemons that restart: cluster and name of each."""
    return [
        f"{upgrade.path.split('/')[1]}/{name.partition('/')[2]}"
        for upgrade in upgrades
        for name in upgrade.restarts
    ]
