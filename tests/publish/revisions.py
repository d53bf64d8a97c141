"""What every commit of a published history lets run: read as Flux does, by git and kustomize."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import ryaml

from generator.kustomize import find_kustomize
from generator.publish.state import read_published
from generator.register import Lineage, Place

BRANCH = "environments"


@dataclass(frozen=True, order=True)
class Unit:
    """One overlay of a net on a cluster: what goes forward as one."""

    cluster: str
    net: str
    name: str

    @property
    def path(self) -> str:
        return f"clusters/{self.cluster}/nets/{self.net}/{self.name}"

    @property
    def kustomization(self) -> str:
        return f"{self.net}-{self.name}"


@dataclass(frozen=True)
class Stateful:
    """A StatefulSet of a block producer as it is built."""

    label: str
    replicas: int
    drain: str


@dataclass(frozen=True)
class Overlay:
    """The StatefulSets of an overlay, and whether a Kustomization applies it."""

    sets: Mapping[Place, Stateful]
    kustomization: bool

    def running(self) -> Iterator[tuple[Place, str]]:
        for place, stateful in self.sets.items():
            if stateful.replicas and self.kustomization:
                yield place, stateful.label


@dataclass(frozen=True)
class Revision:
    """One commit of the history: the overlays in which keys are used."""

    commit: str
    overlays: Mapping[Unit, Overlay]


@dataclass
class Reader:
    """Reads the commits of a bare repository, each once, in a work tree of its own."""

    bare: Path
    tree: Path
    built: dict[tuple[str, str, str], Mapping[Place, Stateful]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._kustomize = find_kustomize()

    def git(self, *words: str) -> str:
        done = subprocess.run(
            ["git", f"--git-dir={self.bare}", f"--work-tree={self.tree}", *words],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def commits(self) -> list[str]:
        """Return the commits of the branch, oldest first."""
        if not (self.bare / f"refs/heads/{BRANCH}").exists():
            return []
        return self.git("rev-list", "--reverse", BRANCH).split()

    def read(self, line: list[str]) -> Revision:
        """Check out the last of some commits, hold everything in it against itself, and read it."""
        commit = line[-1]
        self.tree.mkdir(exist_ok=True)
        self.git("read-tree", "--reset", "-u", commit)
        read_published(self.tree, Lineage(line))
        applied = set(self._kustomizations())
        entries = self.git("ls-tree", "-r", "-d", "--format=%(path) %(objectname)", commit)
        trees = dict(entry.split(" ") for entry in entries.splitlines())
        overlays = {}
        for path, content in trees.items():
            match path.split("/"):
                case ["clusters", cluster, "nets", net, name] if name.startswith(("prod", "drain")):
                    unit = Unit(cluster, net, name)
                    sets = self._sets(unit, content, trees["overlays"])
                    if sets:
                        overlays[unit] = Overlay(sets=sets, kustomization=unit in applied)
        return Revision(commit=commit, overlays=overlays)

    def _kustomizations(self) -> Iterator[Unit]:
        """Yield what the Kustomizations of nets apply; each must be there."""
        for file in sorted(self.tree.glob("clusters/*/testnets/*.yaml")):
            for document in ryaml.loads_all(file.read_text("utf-8")):
                if document["kind"] != "Kustomization" or "apiVersion" not in document:
                    continue
                path = document.get("spec", {}).get("path", "")
                match path.split("/"):
                    case [".", "clusters", cluster, "nets", net, name]:
                        unit = Unit(cluster, net, name)
                        assert document["metadata"]["name"] == unit.kustomization
                        assert (self.tree / unit.path / "kustomization.yaml").is_file(), path
                        yield unit

    def _sets(self, unit: Unit, tree: str, library: str) -> Mapping[Place, Stateful]:
        """Return the StatefulSets with a key in an overlay, as kustomize builds it."""
        known = (unit.cluster, tree, library)
        if known not in self.built:
            output = self._kustomize.build(Path(unit.path), root=self.tree)
            documents = ryaml.loads_all(output.decode())
            self.built[known] = dict(_read_sets(documents, unit.cluster))
        return self.built[known]


def _read_sets(documents: list[dict[str, Any]], cluster: str) -> Iterator[tuple[Place, Stateful]]:
    for document in documents:
        metadata = document["metadata"]
        if document["kind"] == "StatefulSet":
            pod = document["spec"]["template"]["metadata"]["labels"]
            if label := pod.get("testnet/key"):
                place = Place(cluster, metadata["namespace"], metadata["name"])
                drain = metadata["labels"].get("testnet/drain", "")
                yield place, Stateful(label, document["spec"].get("replicas", 1), drain)
        else:
            template = document.get("spec", {}).get("template", {}).get("metadata", {})
            assert "testnet/key" not in (template.get("labels") or {}), document
