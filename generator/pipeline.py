"""The whole program on one page: load, plan, render, build, write."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath

from generator.build import Build
from generator.errors import InvalidInput, UsageError
from generator.finding import Finding, Location, Severity
from generator.kustomize import Kustomize
from generator.library import Library, published_files, read_library
from generator.load import Inputs, load_inputs
from generator.lock import LOCK, digest_files, render_lock
from generator.plan import Allocations, NetAllocation, Plan, make_plans
from generator.published import read_allocations
from generator.rebuild import Progress, build_changed, plan_overlays, silent
from generator.render import Files, admin_path, net_directory, render_clusters, render_net, site_of
from generator.render.flux import overlay_names
from generator.render.manifest import generated_header, net_source
from generator.tree import Change, FileTree, diff_tree, write_tree
from generator.yaml import emit

MANAGED = ("clusters", "overlays")


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """What load and plan give: inputs, library, plans, and what was found in planning."""

    inputs: Inputs
    library: Library
    published: Allocations
    plans: tuple[Plan, ...]
    findings: tuple[Finding, ...]


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
    planned = try_plans(root, read_allocations(tree), now=now, extra=extra)
    if any(finding.severity is Severity.ERROR for finding in planned.findings):
        raise InvalidInput(planned.findings, root)
    return planned


def try_plans(  # noqa: PLR0913 - what is planned, and over what
    root: Path,
    published: Allocations,
    *,
    now: datetime,
    extra: Sequence[Path] = (),
    only: AbstractSet[str] | None = None,
    left: AbstractSet[str] = frozenset(),
    leaving: bool = False,
    library: Library | None = None,
) -> Planned:
    """Do the same, but leave it to the caller what to do about errors in planning.

    `published` are the allocations of the published tree. With `only`, the nets of these names
    alone are planned, between what all others hold; the files that are `left` out, by path, are not
    read. With `leaving`, nets whose file is gone hold
    what they have until they are gone from the tree too. The `library` may have been read before.

    Raises:
        InvalidInput: when files cannot be loaded.
    """
    library = library or read_library(root)
    inputs = load_inputs(root, extra, only=only, left=left)
    plans, findings = make_plans(
        inputs.testnets,
        inputs.fleet,
        inputs.inventory,
        _known(published, inputs, only, left, leaving=leaving),
        now=now,
        overlays=library.version,
    )
    return Planned(
        inputs=inputs, library=library, published=published, plans=plans, findings=findings
    )


def _known(
    allocations: Allocations,
    inputs: Inputs,
    only: AbstractSet[str] | None,
    left: AbstractSet[str],
    *,
    leaving: bool,
) -> Allocations:
    """Leave out nets whose file is gone, unless they are `leaving`: what they held is free again.

    With `only`, no other net is loaded, and all others are there; so are those of the files that
    are `left` out.
    """
    if leaving:
        return allocations
    nets = allocations.nets
    loaded = {testnet.name for testnet in inputs.testnets}
    loaded |= {PurePosixPath(path).stem for path in left}
    gone = nets.keys() - loaded if only is None else nets.keys() & (only - loaded)
    if not gone:
        return allocations
    return Allocations(nets={name: nets[name] for name in nets if name not in gone})


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
    return tuple(known[name] for name in dict.fromkeys(names)) if names else tuple(plans)


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
    if names:
        _refuse_half(planned, plans)
    files = _render(planned, plans, tree, progress)
    builds = build_changed(plan_overlays(plans), files, tree, kustomize, progress)
    contents = _by_site(files)
    for plan in plans:
        files.update(_locks(plan, contents, builds, kustomize.version))
    result = FileTree(
        files={path: text for path, (text, _) in files.items()},
        origins={path: origin for path, (_, origin) in files.items()},
    )
    managed = _managed(planned, plans, files) if names else MANAGED
    progress("write", 0, 1)
    changes = diff_tree(result, tree, managed)
    if write and changes:
        # The locks first: cut short, what was decided is known and the rest is written again.
        locks = {path: text for path, text in result.files.items() if path.endswith(LOCK)}
        write_tree(FileTree(files=locks), tree, ())
        write_tree(result, tree, managed)
    progress("write", 1, 1)
    return Generated(plans=plans, builds=builds, changes=changes)


def _render(planned: Planned, plans: Sequence[Plan], tree: Path, progress: Progress) -> Files:
    files: Files = {}
    at = Location("overlays")
    versions = {plan.overlays for plan in plans}
    for path, text in published_files(versions, planned.library, tree).items():
        files[path] = (text, at)
    files.update(render_clusters(planned.inputs.fleet, planned.library.version))
    for number, plan in enumerate(plans):
        progress("render", number, len(plans))
        files.update(render_net(plan))
    progress("render", len(plans), len(plans))
    return files


def _managed(planned: Planned, plans: Sequence[Plan], files: Files) -> tuple[str, ...]:
    """Return the prefixes that belong to some nets alone, on every cluster of the fleet."""
    prefixes = [
        prefix
        for cluster in _all_clusters(planned)
        for plan in plans
        for prefix in (
            net_directory(cluster, plan.name),
            admin_path(cluster, plan.name),
        )
    ]
    shared = {path for path in files if not path.startswith(tuple(prefixes))}
    return (*prefixes, *sorted(shared))


def _all_clusters(planned: Planned) -> list[str]:
    """Return the clusters of the fleet, and those that it had when nets were published there."""
    names = {cluster.name for cluster in planned.inputs.fleet.clusters}
    for net in planned.published.nets.values():
        names.update(daemon.cluster for daemon in net.daemons.values())
    return sorted(names)


def _refuse_half(planned: Planned, plans: Sequence[Plan]) -> None:
    """Refuse to write some nets while others, that would stay as published, have changed.

    What such a net still holds in the tree (a key, a port) might be what another one takes.
    """
    chosen = {plan.name for plan in plans}
    digests = {testnet.name: testnet.digest for testnet in planned.inputs.testnets}
    clusters = {cluster.name for cluster in planned.inputs.fleet.clusters}
    for name, net in planned.published.nets.items():
        if name not in chosen and _differs(net, digests.get(name), clusters):
            message = (
                f'testnet "{name}" has changed or is gone, and would stay as it is published;'
                " name it too, or generate all nets"
            )
            raise UsageError(message)


def _differs(net: NetAllocation, digest: str | None, clusters: set[str]) -> bool:
    gone = any(daemon.cluster not in clusters for daemon in net.daemons.values())
    return net.source_digest != digest or gone


def _by_site(files: Files) -> dict[tuple[str, str], dict[str, bytes]]:
    """Return the files of every net on every cluster, by path."""
    sites: dict[tuple[str, str], dict[str, bytes]] = {}
    for path, (text, _) in files.items():
        if site := site_of(path):
            sites.setdefault(site, {})[path] = text.encode()
    return sites


def _locks(
    plan: Plan,
    contents: Mapping[tuple[str, str], Mapping[str, bytes]],
    builds: Mapping[str, Build],
    kustomize: str,
) -> Files:
    header = generated_header(net_source(plan))
    files: Files = {}
    for cluster in plan.clusters:
        directory = net_directory(cluster.name, plan.name)
        built = {
            str(overlay): builds[f"{directory}/{overlay}"]
            for overlay in overlay_names(plan, cluster.name)
        }
        digest = digest_files(contents[plan.name, cluster.name])
        lock = render_lock(plan, cluster, built, kustomize, digest)
        files[f"{directory}/{LOCK}"] = (emit([lock], header=header), plan.testnet.at)
    return files
