"""Everything that Flux would apply, before it is built: overlays, and files of Flux objects."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from generator.errors import InvalidInput
from generator.finding import Finding, Location
from generator.fleet import Cluster
from generator.library import Library
from generator.pipeline import Planned
from generator.plan import Plan
from generator.render import Files, admin_path, net_directory, render_clusters, render_net
from generator.render.flux import kustomization_name, overlay_names

KUSTOMIZATION = "kustomization.yaml"
_PART = re.compile(r"^- (?:\.\./)+overlays/([0-9a-f]+)/(\S+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What one Kustomization applies: the files of an overlay, or a file as it stands.

    `path` is that of the directory, or of the file when `built` is false; `version` and `parts`
    are the library that it uses and the directories of it.
    """

    path: str
    cluster: Cluster
    net: str
    owner: str
    built: bool
    files: Mapping[str, str]
    version: str = ""
    parts: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """The letters of all its files; how long it takes to build goes with it."""
        return sum(map(len, self.files.values()))


def list_sources(planned: Planned, plans: Iterable[Plan]) -> list[Source]:
    """Render the fleet and some nets, and return all that would be applied."""
    version = planned.library.version
    shared = _by_directory(render_clusters(planned.inputs.fleet, version))
    sources: list[Source] = []
    for cluster in planned.inputs.fleet.clusters:
        base = f"clusters/{cluster.name}"
        sources.append(_overlay(f"{base}/platform", cluster, "", "platform", shared))
        for directory, owner in (("flux-system", "flux-system"), ("testnets", "testnets")):
            for path, text in shared[f"{base}/{directory}"].items():
                if not path.endswith(f"/{KUSTOMIZATION}"):
                    sources.append(_file(path, cluster, "", owner, text))
    for plan in plans:
        sources.extend(_of_net(plan))
    return sources


def check_parts(sources: Iterable[Source], libraries: Mapping[str, Library]) -> None:
    """Find the parts of sources in their libraries: kustomize tells of directories of its own.

    Raises:
        InvalidInput: with each part that is not there.
    """
    lost: dict[tuple[str, str], str] = {}
    for source in sources:
        for part in source.parts:
            if f"{part}/{KUSTOMIZATION}" not in libraries[source.version].files:
                lost.setdefault((source.version, part), source.path)
    findings = [
        Finding(
            rule="kustomize/path",
            message=f'version "{version}" of the overlays library has no "{part}/{KUSTOMIZATION}",'
            f' and "{path}" is made of it',
            at=Location(f"overlays/{part}"),
            remediation="Restore the directory: the generator names it. A net that is pinned to"
            " an older version needs `testnet upgrade`.",
            why="What a daemon is made of is all there, or the daemon is another one.",
            subject=part,
        )
        for (version, part), path in lost.items()
    ]
    if findings:
        raise InvalidInput(tuple(findings))


def _of_net(plan: Plan) -> Iterable[Source]:
    files = render_net(plan)
    directories = _by_directory(files)
    for cluster in plan.clusters:
        admin = admin_path(cluster.name, plan.name)
        yield _file(admin, cluster, plan.name, "testnets", files[admin][0])
        for name in overlay_names(plan, cluster.name):
            directory = f"{net_directory(cluster.name, plan.name)}/{name}"
            owner = kustomization_name(plan, name)
            yield _overlay(directory, cluster, plan.name, owner, directories)


def _by_directory(files: Files) -> dict[str, dict[str, str]]:
    directories: dict[str, dict[str, str]] = {}
    for path, (text, _) in files.items():
        directories.setdefault(path.rpartition("/")[0], {})[path] = text
    return directories


def _overlay(
    path: str, cluster: Cluster, net: str, owner: str, files: Mapping[str, Mapping[str, str]]
) -> Source:
    source = Source(
        path=path,
        cluster=cluster,
        net=net,
        owner=f"{cluster.name}/{owner}",
        built=True,
        files={},
    )
    return with_files(source, files[path])


def with_files(source: Source, files: Mapping[str, str]) -> Source:
    """Return a source with other files, and with what they use of the library."""
    found = _PART.findall(files.get(f"{source.path}/{KUSTOMIZATION}", ""))
    return replace(
        source,
        files=files,
        version=found[0][0] if found else "",
        parts=tuple(part for _, part in found),
    )


def _file(path: str, cluster: Cluster, net: str, owner: str, text: str) -> Source:
    return Source(
        path=path,
        cluster=cluster,
        net=net,
        owner=f"{cluster.name}/{owner}",
        built=False,
        files={path: text},
    )
