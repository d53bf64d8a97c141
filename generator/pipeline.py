"""The whole program on one page: load, plan, render, build, write."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from generator.build import Build
from generator.errors import InvalidInput, UsageError
from generator.finding import Finding, Location, Severity
from generator.kustomize import Kustomize
from generator.library import Library, read_library
from generator.load import Inputs, load_inputs
from generator.lock import LOCK, read_allocations, render_lock
from generator.plan import Allocations, Plan, make_plans
from generator.render import Files, net_directory, render_clusters, render_net
from generator.render.flux import overlay_names
from generator.render.manifest import generated_header, net_source
from generator.rebuild import Progress, build_changed, silent
from generator.tree import Change, FileTree, diff_tree, write_tree
from generator.yaml import emit

MANAGED = ("clusters", "overlays")


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """What load and plan give: inputs, library, plans, and findings that are no errors."""

    inputs: Inputs
    library: Library
    plans: tuple[Plan, ...]
    notes: tuple[Finding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Generated:
    """What generating gave: plans, the tree, and what it changed or would change."""

    plans: tuple[Plan, ...]
    builds: Mapping[str, Build]
    changes: tuple[Change, ...]


def plan_nets(root: Path, tree: Path, *, now: datetime, extra: Sequence[Path] = ()) -> Planned:
    """Load everything under `root` and plan all nets over what is published in `tree`.

    Raises:
        InvalidInput: when any finding is an error; all findings are in it.
    """
    library = read_library(root)
    inputs = load_inputs(root, extra)
    allocations = read_allocations(tree)
    plans, findings = make_plans(
        inputs.testnets,
        inputs.fleet,
        inputs.inventory,
        _known(allocations, inputs),
        now=now,
        overlays=library.version,
    )
    if any(finding.severity is Severity.ERROR for finding in findings):
        raise InvalidInput(findings, root)
    return Planned(inputs=inputs, library=library, plans=plans, notes=findings)


def _known(allocations: Allocations, inputs: Inputs) -> Allocations:
    """Leave out nets whose file is gone: what they held is free again."""
    names = {testnet.name for testnet in inputs.testnets}
    return Allocations(nets={n: net for n, net in allocations.nets.items() if n in names})


def select(plans: Sequence[Plan], names: Sequence[str]) -> tuple[Plan, ...]:
    """Return the plans of the nets named, all of them for no name.

    Raises:
        UsageError: for a name that no net has.
    """
    known = {plan.name: plan for plan in plans}
    unknown = [name for name in names if name not in known]
    if unknown:
        message = f'no testnet "{unknown[0]}"; there are: {", ".join(known) or "none"}'
        raise UsageError(message)
    return tuple(known[name] for name in names) if names else tuple(plans)


def generate(  # noqa: PLR0913 - the options of the command, each with a meaning of its own
    planned: Planned,
    tree: Path,
    kustomize: Kustomize,
    *,
    names: Sequence[str] = (),
    write: bool = True,
    progress: Progress = silent,
) -> Generated:
    """Render the nets named (all for none), build every overlay, and write what changed.

    Nothing is written before every overlay has been built. With `write` false, nothing is
    written at all.
    """
    plans = select(planned.plans, names)
    files = _render(planned, plans, tree, progress)
    builds = build_changed(plans, files, tree, kustomize, progress)
    for plan in plans:
        files.update(_locks(plan, builds, kustomize.version))
    result = FileTree(
        files={path: text for path, (text, _) in files.items()},
        origins={path: origin for path, (_, origin) in files.items()},
    )
    managed = _managed(planned, plans, files) if names else MANAGED
    apply = write_tree if write else diff_tree
    progress("write", 0, 1)
    changes = apply(result, tree, managed)
    progress("write", 1, 1)
    return Generated(plans=plans, builds=builds, changes=changes)


def _render(planned: Planned, plans: Sequence[Plan], tree: Path, progress: Progress) -> Files:
    files: Files = {}
    at = Location("overlays")
    for version in sorted({planned.library.version, *(plan.overlays for plan in plans)}):
        for path, text in _library_files(planned.library, version, tree).items():
            files[path] = (text, at)
    files.update(render_clusters(planned.inputs.fleet, planned.library.version))
    for number, plan in enumerate(plans):
        progress("render", number, len(plans))
        files.update(render_net(plan))
    progress("render", len(plans), len(plans))
    return files


def _library_files(library: Library, version: str, tree: Path) -> Mapping[str, str]:
    """Return a version of the library: the current one, or an older one from the tree."""
    if version == library.version:
        return library.published()
    directory = tree / "overlays" / version
    if not directory.is_dir():
        message = f"{directory}: a net is pinned to this version of the library, and it is gone"
        raise UsageError(message)
    return {
        path.relative_to(tree).as_posix(): path.read_text("utf-8")
        for path in sorted(directory.rglob("*"))
        if path.is_file()
    }


def _managed(planned: Planned, plans: Sequence[Plan], files: Files) -> tuple[str, ...]:
    """Return the prefixes that belong to some nets alone, on every cluster of the fleet."""
    prefixes = [
        prefix
        for cluster in planned.inputs.fleet.clusters
        for plan in plans
        for prefix in (
            net_directory(cluster.name, plan.name),
            f"clusters/{cluster.name}/testnets/{plan.name}.yaml",
        )
    ]
    shared = {path for path in files if not path.startswith(tuple(prefixes))}
    return (*prefixes, *sorted(shared))


def _locks(plan: Plan, builds: Mapping[str, Build], kustomize: str) -> Files:
    clusters = {daemon.cluster.name: daemon.cluster for daemon in plan.daemons}
    header = generated_header(net_source(plan))
    files: Files = {}
    for name, cluster in clusters.items():
        directory = net_directory(name, plan.name)
        built = {
            str(overlay): builds[f"{directory}/{overlay}"] for overlay in overlay_names(plan, name)
        }
        lock = render_lock(plan, cluster, built, kustomize)
        files[f"{directory}/{LOCK}"] = (emit([lock], header=header), plan.testnet.at)
    return files
