"""The whole file tree of some plans: every file but the locks, which need the builds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from generator.finding import Location
from generator.fleet import Cluster, Fleet
from generator.plan import Daemon, Plan
from generator.render.admin import render_admin
from generator.render.bootstrap import render_bootstrap, render_facts, render_platform
from generator.render.flux import OverlayName, overlay_names
from generator.render.join import render_join
from generator.render.manifest import Manifest, generated_header, net_source
from generator.render.overlay import render_overlay
from generator.testnet import Purpose
from generator.yaml import emit

Files = dict[str, tuple[str, Location]]


def net_directory(cluster: str, net: str) -> str:
    """Return where a net's overlays on a cluster are."""
    return f"clusters/{cluster}/nets/{net}"


def admin_path(cluster: str, net: str) -> str:
    """Return the file of what a cluster's own identity sets up for a net."""
    return f"clusters/{cluster}/testnets/{net}.yaml"


def site_of(path: str) -> tuple[str, str] | None:
    """Return the net and the cluster that a file of the tree belongs to; None for others."""
    match path.split("/"):
        case ["clusters", cluster, "nets", net, *_]:
            return net, cluster
        # A net's name cannot begin with an underscore.
        case ["clusters", cluster, "testnets", file] if not file.startswith("_"):
            return file.removesuffix(".yaml"), cluster
        case _:
            return None


def render_net(plan: Plan) -> Files:
    """Return every file of a net on all clusters, locks apart, each with its origin."""
    files: Files = {}
    header = generated_header(net_source(plan))
    origin = plan.testnet.at
    for cluster in plan.clusters:
        admin = admin_path(cluster.name, plan.name)
        files[admin] = (emit(render_admin(plan, cluster), header=header), origin)
        for path, documents in _overlays(plan, cluster, plan.by_cluster[cluster.name]):
            files[path] = (emit(documents, header=header), origin)
        if plan.testnet.purpose is Purpose.PUBLIC:
            directory = f"{net_directory(cluster.name, plan.name)}/join"
            for name, text in render_join(plan).items():
                files[f"{directory}/{name}"] = (text, origin)
    return files


def _overlays(
    plan: Plan, cluster: Cluster, daemons: Sequence[Daemon]
) -> Iterable[tuple[str, list[Manifest]]]:
    members: dict[OverlayName, list[Daemon]] = {}
    for daemon in daemons:
        members.setdefault(OverlayName(daemon.phase, daemon.overlay), []).append(daemon)
    for name in overlay_names(plan, cluster.name):
        directory = f"{net_directory(cluster.name, plan.name)}/{name}"
        documents = render_overlay(plan, cluster, name, members.get(name, []))
        for file, content in documents.items():
            yield f"{directory}/{file}", content


def render_clusters(fleet: Fleet, version: str) -> Files:
    """Return the files that every cluster has before it has any net."""
    header = generated_header(fleet.at.path)
    files: Files = {}
    for cluster in fleet.clusters:
        base = f"clusters/{cluster.name}"
        groups = {
            "flux-system": render_bootstrap(fleet, cluster),
            "platform": render_platform(fleet, cluster, version),
            # A net's name cannot begin with an underscore, so that no net meets this file.
            "testnets": {"_cluster.yaml": [render_facts(cluster)]},
        }
        for directory, documents in groups.items():
            for name, content in documents.items():
                text = emit(content, header=header)
                files[f"{base}/{directory}/{name}"] = (text, cluster.at)
    return files
