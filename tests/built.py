"""The shipped testnets as Flux gets them: every file rendered, every overlay really built."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ryaml

from generator.kustomize import Kustomize, find_kustomize
from generator.library import read_library
from generator.load import load_inputs
from generator.plan import Allocations, Daemon, make_plans
from generator.render import Files, render_clusters, render_net
from tests.repository import NOW

ROOT = Path(__file__).resolve().parent.parent
NETS = tuple(sorted(path.stem for path in (ROOT / "environments/testnets").glob("*.yaml")))

Object = dict[str, Any]


@dataclass(frozen=True)
class Built:
    """Objects by the path of what they come from: a directory that was built, or a file."""

    objects: Mapping[str, list[Object]]
    daemons: tuple[Daemon, ...] = ()

    def all(self) -> Iterator[tuple[str, Object]]:
        """Yield every object with where it comes from."""
        for path, objects in self.objects.items():
            for value in objects:
                yield path, value


def build_net(name: str) -> Built:
    """Build every overlay of a shipped net, and read the files that Flux takes as they are."""
    library = read_library(ROOT)
    inputs = load_inputs(ROOT)
    plans, findings = make_plans(
        inputs.testnets,
        inputs.fleet,
        inputs.inventory,
        Allocations(),
        now=NOW,
        overlays=library.version,
    )
    assert not findings
    [plan] = [plan for plan in plans if plan.name == name]
    files = render_net(plan)
    admin = {
        path: list(ryaml.loads_all(text))
        for path, (text, _) in files.items()
        if path.split("/")[2] == "testnets"
    }
    return Built({**admin, **_build(files, library.published())}, plan.daemons)


def build_clusters() -> Built:
    """Build what every cluster has before it has any net."""
    library = read_library(ROOT)
    files = render_clusters(load_inputs(ROOT).fleet, library.version)
    facts = {
        path: list(ryaml.loads_all(text))
        for path, (text, _) in files.items()
        if path.split("/")[2] == "testnets"
    }
    return Built({**facts, **_build(files, library.published())})


def _build(files: Files, library: Mapping[str, str]) -> dict[str, list[Object]]:
    """Build every directory of some files that has a kustomization.yaml."""
    end = "/kustomization.yaml"
    directories = sorted(path.removesuffix(end) for path in files if path.endswith(end))
    texts = {path: text for path, (text, _) in files.items()} | dict(library)
    with written(texts) as root, ThreadPoolExecutor(2) as pool:
        kustomize = find_kustomize()
        outputs = pool.map(lambda path: _build_one(kustomize, path, root), directories)
        return dict(zip(directories, outputs, strict=True))


def _build_one(kustomize: Kustomize, path: str, root: Path) -> list[Object]:
    return list(ryaml.loads_all(kustomize.build(Path(path), root=root).decode()))


@contextmanager
def written(texts: Mapping[str, str]) -> Iterator[Path]:
    """Write files into a new directory, for a while."""
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory)
        for path, text in texts.items():
            target = root / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, "utf-8")
        yield root
