"""What is published, as a cluster has to show it: digests by the locks, workloads as built."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import ryaml

from generator.build import build_outputs
from generator.kustomize import Kustomize
from generator.lock import LOCK
from generator.rebuild import Progress
from generator.register import Lineage, Waiting
from generator.sync import DRAIN_LABEL

_WORKLOADS = frozenset({"StatefulSet", "Deployment"})
_SHAPE = "status-1/"  # of what is kept


class Kept(Protocol):
    """Where plain data is kept by a key; it may lose anything."""

    def read_json(self, key: str) -> object:
        """Return what is kept under a key, None without any."""
        ...

    def write_json(self, key: str, content: object) -> None:
        """Keep plain data under a key."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """A StatefulSet or Deployment as it is published; `public` says that its node is dialled.

    `images` are all containers with their images, init containers too, in order of names.
    """

    kind: str
    namespace: str
    name: str
    drain: str
    replicas: int
    images: tuple[tuple[str, str], ...]
    public: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlay:
    """An overlay of a net on a cluster; digests as `sha256:` and 64 hexadecimal digits.

    `digest` is that of the lock, which was reviewed, `built` that of the tree as it lies there.
    `balanced` are the names of the Services that want a load balancer.
    """

    name: str
    digest: str
    built: str
    workloads: tuple[Workload, ...]
    balanced: tuple[str, ...]

    @property
    def wanted(self) -> int:
        """How many pods it wants."""
        return sum(workload.replicas for workload in self.workloads)


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A net on a cluster, with its overlays in the order of phases."""

    net: str
    cluster: str
    overlays: tuple[Overlay, ...]

    @property
    def namespace(self) -> str:
        """The namespace of its daemons."""
        return f"net-{self.net}"

    def kustomization(self, overlay: Overlay) -> str:
        """Return the name of the Flux Kustomization of one of its overlays."""
        return f"{self.net}-{overlay.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """The head of the published branch; `lineage` is None for a tree without its history.

    `nets` are the names of all, `sites` and `waiting` may be those of one net only.
    """

    branch: str
    lineage: Lineage | None
    clusters: tuple[str, ...]
    nets: tuple[str, ...]
    sites: tuple[Site, ...]
    waiting: tuple[Waiting, ...]

    @property
    def head(self) -> str:
        """The commit, "" where it is not known."""
        return self.lineage.head if self.lineage else ""


def read_clusters(tree: Path) -> tuple[str, ...]:
    """Return the clusters that a published tree is for."""
    return tuple(sorted(path.name for path in (tree / "clusters").glob("*") if path.is_dir()))


def read_sites(  # noqa: PLR0913 - what to read, what to build with, whom to tell
    tree: Path,
    kustomize: Kustomize,
    kept: Kept,
    *,
    clusters: Collection[str],
    net: str = "",
    progress: Progress,
) -> tuple[Site, ...]:
    """Read what is published on some clusters, of one net or of all ("").

    The locks of the tree have to be known to be whole. What an overlay builds is kept by its
    files, so that most runs build nothing.

    Raises:
        ToolError: when an overlay does not build.
    """
    locks: dict[Path, Mapping[str, Any]] = {
        path.parent: ryaml.loads(path.read_text("utf-8"))
        for path in sorted(tree.glob(f"clusters/*/nets/{net or '*'}/{LOCK}"))
        if path.parts[-4] in clusters
    }
    library: dict[str, str] = {}
    keys: dict[str, str] = {}
    for directory, lock in locks.items():
        version = str(lock["overlays"])
        if version not in library:
            library[version] = _digest_files(tree / "overlays" / version)
        for overlay in lock["builds"]:
            path = (directory / str(overlay)).relative_to(tree).as_posix()
            # Another kustomize may build other bytes of the same files.
            parts = (_SHAPE, kustomize.version, library[version], _digest_files(tree / path))
            keys[path] = hashlib.sha256("\n".join(parts).encode()).hexdigest()
    contents = {path: kept.read_json(key) for path, key in keys.items()}
    missing = [path for path, content in contents.items() if content is None]
    for done, (path, output) in enumerate(_build(kustomize, missing, tree), 1):
        progress("build", done, len(missing))
        contents[path] = _content(output)
        kept.write_json(keys[path], contents[path])
    return tuple(_site(tree, directory, lock, contents) for directory, lock in locks.items())


def _build(kustomize: Kustomize, overlays: list[str], tree: Path) -> Iterable[tuple[str, bytes]]:
    return build_outputs(kustomize, overlays, tree) if overlays else ()


def _digest_files(directory: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(path for path in directory.rglob("*") if path.is_file()):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(directory)}\n{len(content)}\n".encode() + content)
    return digest.hexdigest()


def _site(
    tree: Path, directory: Path, lock: Mapping[str, Any], contents: Mapping[str, Any]
) -> Site:
    where = directory.relative_to(tree).as_posix()
    return Site(
        net=str(lock["net"]),
        cluster=str(lock["cluster"]),
        overlays=tuple(
            _overlay(str(name), str(build["digest"]), contents[f"{where}/{name}"])
            for name, build in lock["builds"].items()
        ),
    )


def _overlay(name: str, digest: str, content: Mapping[str, Any]) -> Overlay:
    return Overlay(
        name=name,
        digest=digest,
        built=content["digest"],
        workloads=tuple(
            Workload(**workload | {"images": tuple(map(tuple, workload["images"]))})
            for workload in content["workloads"]
        ),
        balanced=tuple(content["balanced"]),
    )


def _content(output: bytes) -> dict[str, Any]:
    """Return of a build what a status compares, as plain data."""
    documents = [d for d in ryaml.loads_all(output.decode()) or () if isinstance(d, dict)]
    return {
        "digest": f"sha256:{hashlib.sha256(output).hexdigest()}",
        "workloads": [_workload(d) for d in documents if d["kind"] in _WORKLOADS],
        "balanced": [
            d["metadata"]["name"]
            for d in documents
            if d["kind"] == "Service" and d["spec"].get("type") == "LoadBalancer"
        ],
    }


def _workload(document: Mapping[str, Any]) -> dict[str, Any]:
    metadata, spec = document["metadata"], document["spec"]
    pod = spec["template"]["spec"]
    containers = [*(pod.get("initContainers") or ()), *pod["containers"]]
    ports = [port for container in containers for port in container.get("ports") or ()]
    return {
        "kind": document["kind"],
        "namespace": metadata["namespace"],
        "name": metadata["name"],
        "drain": (metadata.get("labels") or {}).get(DRAIN_LABEL, ""),
        "replicas": spec.get("replicas", 1),
        "images": sorted([container["name"], container["image"]] for container in containers),
        "public": any("hostPort" in port for port in ports),
    }
