"""The next commit: what main wants, what has to stay, and what must wait, as one tree."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path

from generator.build import Build
from generator.errors import UsageError
from generator.finding import Location
from generator.kustomize import Kustomize
from generator.library import VERSION, published_files
from generator.lock import LOCK, digest_files
from generator.pipeline import Planned
from generator.plan import Plan
from generator.publish.live import draining_keys, list_sites, live_plans
from generator.publish.locks import site_lock
from generator.publish.removal import Removal
from generator.publish.site import Site, weave_site
from generator.publish.state import Published
from generator.publish.steps import KeyStep
from generator.publish.unchanged import find_unchanged, is_intact
from generator.rebuild import Progress, build_changed, silent
from generator.register import State
from generator.register.file import DIRECTORY, record_path, render_record
from generator.render import Files, admin_path, net_directory, render_clusters, render_net
from generator.tree import Change, FileTree, diff_tree

LISTING = "/kustomization.yaml"
_LIBRARY = re.compile(rf"overlays/({VERSION.pattern})/")
_ORIGIN = Location("environments")
_OTHERS = frozenset({"clusters", DIRECTORY, ".git"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What the next commit holds: the changed files, the steps of keys, and what is withheld."""

    tree: FileTree
    changes: tuple[Change, ...]
    steps: tuple[KeyStep, ...]
    removals: tuple[Removal, ...]


def compose(  # noqa: PLR0913 - everything that a commit follows from
    planned: Planned,
    published: Published,
    steps: Sequence[KeyStep],
    removals: Sequence[Removal],
    kustomize: Kustomize,
    *,
    frozen: AbstractSet[str],
    progress: Progress = silent,
) -> Proposal:
    """Return the next commit; nothing is written.

    Those of `frozen` stay file by file as they are published.
    """
    wanted = [plan for plan in planned.plans if plan.name not in frozen]
    plans = live_plans(wanted, published, steps)
    unchanged = find_unchanged(plans.values(), published, _moving(steps), kustomize.version)
    kept = frozen | unchanged
    rendered = _render([plan for plan in plans.values() if plan.name not in kept], progress)
    sites = list(list_sites(published, plans, draining_keys(steps), kept))
    _refuse_changed(published, steps, sites, frozen)
    files: Files = render_clusters(planned.inputs.fleet, planned.library.version)
    overlays: list[str] = []
    woven: dict[Site, dict[str, str]] = {}
    for site in sites:
        fresh = rendered.get((site.net, site.cluster), {})
        woven[site], built = weave_site(site, fresh, published.tree, planned.library.version)
        at = site.plan.testnet.at if site.plan else _ORIGIN
        files |= {path: (text, at) for path, text in woven[site].items()}
        overlays += built
    files |= _of_lost_clusters(planned, published, sites, kept)
    files |= _libraries(planned, published, files, frozen, [plans[net] for net in unchanged])
    builds = build_changed(overlays, files, published.tree, kustomize, progress)
    files |= _locks(sites, plans, woven, builds, kustomize.version, published.tree)
    files |= _register(steps)
    tree = FileTree(files={path: text for path, (text, _) in files.items()})
    progress("compare", 0, 1)
    changes = diff_tree(tree, published.tree, managed_paths(published.tree, kept))
    progress("compare", 1, 1)
    return Proposal(tree=tree, changes=changes, steps=tuple(steps), removals=tuple(removals))


def managed_paths(tree: Path, kept: Collection[str]) -> tuple[str, ...]:
    """Return what a commit decides about: all but the files of some nets, and the register.

    No key ever leaves the register.
    """
    paths = [entry.name for entry in sorted(tree.iterdir()) if entry.name not in _OTHERS]
    for cluster in sorted((tree / "clusters").glob("*")):
        base = f"clusters/{cluster.name}"
        if not cluster.is_dir():
            paths.append(base)
            continue
        for entry in sorted(cluster.iterdir()):
            inner = f"{base}/{entry.name}"
            if entry.name not in {"nets", "testnets"} or not entry.is_dir():
                paths.append(inner)
                continue
            names = (file.name for file in sorted(entry.iterdir()))
            paths += [f"{inner}/{n}" for n in names if n.removesuffix(".yaml") not in kept]
    return tuple(paths)


def _refuse_changed(
    published: Published, steps: Iterable[KeyStep], sites: Iterable[Site], withheld: Iterable[str]
) -> None:
    """Refuse to go on with published files that are not those of their lock.

    What is drained, and what waits for a grant, is taken over as it lies there. And evidence
    says nothing of a daemon that somebody let run again by hand.
    """
    nets = published.allocations.nets
    taken = [(site.net, site.cluster) for site in sites if site.drained or not site.plan]
    taken += [
        (step.before.net, step.before.place.cluster)
        for step in steps
        if step.before and step.before.state is State.DRAINING
    ]
    taken += [(name, cluster) for name in withheld for cluster in nets[name].traces]
    for net, cluster in dict.fromkeys(taken):
        if not is_intact(published.tree, net, cluster, nets[net]):
            message = (
                f"{net_directory(cluster, net)} or {admin_path(cluster, net)} is not"
                " as it was published, and is needed as it was; restore it from the history of"
                " the branch. Nothing was published"
            )
            raise UsageError(message)


def _moving(steps: Iterable[KeyStep]) -> set[str]:
    """Return the nets that keys leave, reach, or are drained in."""
    records = [
        record
        for step in steps
        for record in (step.before, step.after)
        if step.before != step.after or (record and record.state is State.DRAINING)
    ]
    return {record.net for record in records if record}


def _locks(  # noqa: PLR0913 - everything that a lock tells of
    sites: Iterable[Site],
    plans: Mapping[str, Plan],
    woven: Mapping[Site, dict[str, str]],
    builds: Mapping[str, Build],
    kustomize: str,
    tree: Path,
) -> Files:
    by_site: dict[str, dict[str, Build]] = {}
    for path, build in builds.items():
        directory, _, overlay = path.rpartition("/")
        by_site.setdefault(directory, {})[overlay] = build
    files: Files = {}
    for site in sites:
        if site.gone:
            continue
        elsewhere = {d.name for d in plans[site.net].daemons} if site.net in plans else set()
        digest = digest_files({path: text.encode() for path, text in woven[site].items()})
        built = by_site.get(site.directory, {})
        lock = site_lock(site, built, kustomize, tree, elsewhere=elsewhere, digest=digest)
        files[f"{site.directory}/{LOCK}"] = (lock, _ORIGIN)
    return files


def _render(plans: Collection[Plan], progress: Progress) -> dict[tuple[str, str], dict[str, str]]:
    """Return the files of plans by net and cluster."""
    rendered: dict[tuple[str, str], dict[str, str]] = {}
    for number, plan in enumerate(plans):
        progress("render", number, len(plans))
        for path, (text, _) in render_net(plan).items():
            cluster = path.split("/")[1]
            rendered.setdefault((plan.name, cluster), {})[path] = text
    progress("render", len(plans), len(plans))
    return rendered


def _of_lost_clusters(
    planned: Planned, published: Published, sites: Iterable[Site], kept: Collection[str]
) -> Files:
    """Return what clusters that left the fleet need for as long as a net is left on them."""
    fleet = {cluster.name for cluster in planned.inputs.fleet.clusters}
    used = {site.cluster for site in sites if not site.gone}
    for name in kept:
        used |= published.allocations.nets[name].traces.keys()
    files: Files = {}
    for cluster in sorted(used - fleet):
        base = published.tree / "clusters" / cluster
        shared = [*base.glob("flux-system/*"), *base.glob("platform/*")]
        for file in (*shared, base / "testnets" / "_cluster.yaml"):
            path = file.relative_to(published.tree).as_posix()
            files[path] = (file.read_text("utf-8"), planned.inputs.fleet.at)
    return files


def _libraries(
    planned: Planned,
    published: Published,
    files: Files,
    withheld: Collection[str],
    unchanged: Iterable[Plan],
) -> Files:
    """Return every version of the library that anything refers to; the others are removed."""
    listings = [text for path, (text, _) in files.items() if path.endswith(LISTING)]
    for net in withheld:
        listings += [
            file.read_text("utf-8")
            for file in published.tree.glob(f"clusters/*/nets/{net}/*/kustomization.yaml")
        ]
    versions = {version for text in listings for version in _LIBRARY.findall(text)}
    versions |= {plan.overlays for plan in unchanged}
    found = published_files(versions, planned.library, published.tree)
    return {path: (text, Location("overlays")) for path, text in found.items()}


def _register(steps: Iterable[KeyStep]) -> Files:
    return {
        record_path(step.after.key): (render_record(step.after), Location("environments/keys"))
        for step in steps
        if step.after and step.after != step.before
    }
