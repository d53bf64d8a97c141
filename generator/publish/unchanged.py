"""Nets whose files can stay as they are, found without rendering them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from contextlib import suppress
from pathlib import Path

from generator.inputs import digest_inputs
from generator.lock import LOCK, digest_files
from generator.plan import NetAllocation, Plan
from generator.publish.state import Published
from generator.render import admin_path, net_directory


def find_unchanged(
    plans: Iterable[Plan], published: Published, moving: Collection[str], kustomize: str
) -> set[str]:
    """Return the nets of which every file would be written again as it is published.

    `moving` are nets with keys on their way. What lies in the tree is held against the digest
    in the lock, so that a change by hand is put right.
    """
    nets = published.allocations.nets
    return {
        plan.name
        for plan in plans
        if plan.name not in moving
        and plan.name in nets
        and _same(plan, nets[plan.name], kustomize)
        and all(is_intact(published.tree, plan.name, c, nets[plan.name]) for c in plan.by_cluster)
    }


def _same(plan: Plan, net: NetAllocation, kustomize: str) -> bool:
    """Say whether a plan gives what was published, with the same kustomize."""
    if net.leaving or net.drains or net.source_digest != plan.testnet.digest:
        return False
    if net.traces.keys() != plan.by_cluster.keys():
        return False
    return all(
        net.traces[cluster.name].kustomize == kustomize
        and net.traces[cluster.name].inputs == digest_inputs(plan, cluster)
        for cluster in plan.clusters
    )


def is_intact(tree: Path, net: str, cluster: str, allocation: NetAllocation) -> bool:
    """Say whether the files of a net on a cluster are those that were published with its lock."""
    files = read_site(tree, net, cluster)
    files.pop(f"{net_directory(cluster, net)}/{LOCK}", None)
    return digest_files(files) == allocation.traces[cluster].files


def read_site(tree: Path, net: str, cluster: str) -> dict[str, bytes]:
    """Return everything that a net has on a cluster, by path below the published tree."""
    files = dict(_read(tree, net_directory(cluster, net)))
    admin = admin_path(cluster, net)
    with suppress(FileNotFoundError):
        files[admin] = (tree / admin).read_bytes()
    return files


def _read(tree: Path, directory: str) -> Iterable[tuple[str, bytes]]:
    folder = tree / directory
    for entry in folder.iterdir():
        path = f"{directory}/{entry.name}"
        if entry.is_dir():
            yield from _read(tree, path)
        else:
            yield path, entry.read_bytes()
