"""A net on a cluster: its files in the next commit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from generator.errors import UsageError
from generator.lock import LOCK
from generator.plan import Plan
from generator.publish.unchanged import read_site
from generator.publish.weave import (
    DAEMONS,
    Drained,
    Texts,
    parse,
    stop_overlays,
    weave_admin,
    weave_overlays,
)
from generator.register import Place, Record
from generator.render import admin_path, net_directory
from generator.render.drain import drain_alert, drain_job_name, render_drain
from generator.render.manifest import Manifest
from generator.sync import KEY_LABEL


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Site:
    """A net on a cluster, with the keys that are drained there.

    `plan` is there where daemons of the net live on; without one the net leaves the cluster, and
    `stopped` says that everything was told to stop in an earlier commit. `overlays` are those of
    the drained daemons as they were published, `ports` their first ports.
    """

    net: str
    cluster: str
    plan: Plan | None
    stopped: bool
    drained: tuple[Record, ...]
    overlays: Mapping[str, str]
    ports: Mapping[str, int]

    @property
    def directory(self) -> str:
        """Where the overlays are."""
        return net_directory(self.cluster, self.net)

    @property
    def admin(self) -> str:
        """The file of what the cluster itself sets up for the net."""
        return admin_path(self.cluster, self.net)

    @property
    def gone(self) -> bool:
        """Whether nothing of the net is left on the cluster."""
        return self.plan is None and self.stopped and not self.drained

    @property
    def daemons(self) -> tuple[Drained, ...]:
        """The drained daemons in order of their names."""
        return tuple(
            Drained(
                name=record.place.name,
                overlay=self.overlays[record.place.name],
                drain=record.drain.id,
            )
            for record in sorted(self.drained, key=lambda record: record.place.name)
            if record.drain
        )


def weave_site(
    site: Site, rendered: Mapping[str, str], tree: Path, version: str
) -> tuple[dict[str, str], list[str]]:
    """Return the files of a net on a cluster but its lock, by path, and the overlays to build.

    Drains that are published stay as they are, and no lock tells of their builds.

    `rendered` holds what the plan gives there; `tree` is the published tree, `version` that of the
    library which a new drain is rendered against.
    """
    if site.gone:
        return {}, []
    prefix = f"{site.directory}/"
    fresh = {
        path.removeprefix(prefix): text for path, text in rendered.items() if path != site.admin
    }
    if site.plan and not site.drained:
        files, admin = fresh, rendered[site.admin]
    else:
        files, admin = _woven(site, fresh, rendered.get(site.admin, ""), tree, version)
    folders = sorted(path.rpartition("/")[0] for path in files if _is_listing(path))
    overlays = [
        f"{prefix}{folder}"
        for folder in folders
        if not (folder.startswith("drain-") and _is_there(tree / prefix / folder))
    ]
    return {f"{prefix}{path}": text for path, text in files.items()} | {site.admin: admin}, overlays


def _is_there(directory: Path) -> bool:
    return (directory / "kustomization.yaml").is_file()


def _is_listing(path: str) -> bool:
    return path.count("/") == 1 and path.endswith("/kustomization.yaml")


def _woven(
    site: Site, fresh: Texts, rendered_admin: str, tree: Path, version: str
) -> tuple[Texts, str]:
    found = read_site(tree, site.net, site.cluster)
    published_admin = found.pop(site.admin).decode()
    prefix = f"{site.directory}/"
    published = {path.removeprefix(prefix): data.decode() for path, data in sorted(found.items())}
    drains = {path: text for path, text in published.items() if path.startswith("drain-")}
    before = {path: text for path, text in published.items() if path not in drains and path != LOCK}
    if site.plan:
        files = weave_overlays(fresh, before, site.daemons)
        stopping = {daemon.overlay for daemon in site.daemons}
        present = {path.partition("/")[0] for path in files}
    else:
        files = stop_overlays(before, site.daemons)
        present = stopping = {path.partition("/")[0] for path in files}
    extra: list[Manifest] = []
    for daemon in site.daemons:
        drain, objects = _drain(site, daemon, files, version)
        folder = f"{drain_job_name(daemon.drain)}/"
        # A Job cannot be changed: what was published stays, whatever became of the library.
        kept = {path: text for path, text in drains.items() if path.startswith(folder)}
        files |= kept or drain
        extra += objects
    admin = weave_admin(
        rendered_admin,
        published_admin,
        stopping=lambda name: name.removeprefix(f"{site.net}-") in stopping,
        present=lambda name: name.removeprefix(f"{site.net}-") in present,
        extra=extra,
        path=site.admin,
    )
    return files, admin


def _drain(site: Site, daemon: Drained, files: Texts, version: str) -> tuple[Texts, list[Manifest]]:
    """Return the files of a drain by path below the net's directory, and its Flux objects."""
    rendered, kustomization = render_drain(
        net=site.net,
        cluster=site.cluster,
        place=Place(site.cluster, f"net-{site.net}", daemon.name),
        key_label=_key_label(files, daemon),
        drain=daemon.drain,
        overlays=version,
        kustomization=f"{site.net}-{daemon.overlay}",
    )
    texts = {path.removeprefix(f"{site.directory}/"): text for path, text in rendered.items()}
    return texts, [
        kustomization,
        drain_alert(net=site.net, cluster=site.cluster, drain=daemon.drain),
    ]


def _key_label(files: Texts, daemon: Drained) -> str:
    path = f"{daemon.overlay}/{DAEMONS}"
    for document in parse(files[path], path):
        metadata: Any = document["metadata"]
        if document["kind"] == "StatefulSet" and metadata["name"] == daemon.name:
            return str(metadata["labels"][KEY_LABEL])
    message = f"{path}: there is no daemon {daemon.name}"
    raise UsageError(message)
