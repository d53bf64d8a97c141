"""The lock of a net on a cluster where keys are drained: what it says beside the plan's own."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Any

from generator.build import Build
from generator.lock import LOCK, render_lock
from generator.plan import Phase
from generator.publish.site import Site
from generator.publish.weave import header_of, parse
from generator.render.manifest import generated_header, net_source
from generator.yaml import emit


def site_lock(  # noqa: PLR0913 - everything that a lock tells of
    site: Site,
    builds: Mapping[str, Build],
    kustomize: str,
    tree: Path,
    *,
    elsewhere: AbstractSet[str],
    digest: str,
) -> str:
    """Return the text of a lock; `builds` by the name of the overlay.

    `elsewhere` are the daemons of the net that live on other clusters: of two locks only one may
    say where a daemon is. `digest` is that of all files beside the lock.
    """
    if site.plan:
        cluster = next(known for known in site.plan.clusters if known.name == site.cluster)
        lock = render_lock(site.plan, cluster, builds, kustomize, digest)
        header = generated_header(net_source(site.plan))
    else:
        path = f"{site.directory}/{LOCK}"
        text = (tree / path).read_text("utf-8")
        (lock,) = parse(text, path)
        header = header_of(text)
        lock = _stopped(lock, site, elsewhere) | {
            "files": f"sha256:{digest}",
            "kustomize": kustomize,
        }
    if site.drained or not site.plan:
        lock = _with_drains(lock, site, builds)
    return emit([lock], header=header)


def _stopped(lock: dict[str, Any], site: Site, elsewhere: AbstractSet[str]) -> dict[str, Any]:
    """Return the lock of a net that leaves its cluster, without what has left already."""
    drained = {daemon.name for daemon in site.daemons}
    keys: Mapping[str, str] = lock.get("keys", {})
    gone = {name for name in keys if name not in drained} | (elsewhere - drained)
    allocations = {
        overlay: {name: port for name, port in daemons.items() if name not in gone}
        for overlay, daemons in lock["allocations"].items()
    }
    return lock | {"allocations": allocations, "keys": {}, "leaving": True}


def _with_drains(lock: dict[str, Any], site: Site, builds: Mapping[str, Build]) -> dict[str, Any]:
    allocations = {overlay: dict(daemons) for overlay, daemons in lock["allocations"].items()}
    keys, drains = dict(lock.get("keys", {})), {}
    for record in sorted(site.drained, key=lambda record: record.place.name):
        name = record.place.name
        allocations.setdefault(site.overlays[name], {})[name] = site.ports[name]
        keys[name] = record.key
        if record.drain:
            drains[name] = record.drain.id
    built = {
        overlay: {
            "daemons": len(allocations.get(overlay, {})),
            "objects": build.objects,
            "digest": f"sha256:{build.digest}",
        }
        for overlay, build in sorted(builds.items(), key=lambda item: _order(item[0]))
        if not overlay.startswith("drain-")
    }
    kept = {overlay: daemons for overlay, daemons in allocations.items() if daemons}
    changed = {"builds": built, "allocations": kept, "keys": keys, "drains": drains}
    return {name: value for name, value in (lock | changed).items() if value != {} or name in lock}


def _order(overlay: str) -> tuple[int, int]:
    """Return what sorts overlays as a plan does: by phase, then by number."""
    phase, _, number = overlay.rpartition("-")
    phases = [str(phase) for phase in Phase]
    return (phases.index(phase), int(number)) if phase in phases else (len(phases), 0)
