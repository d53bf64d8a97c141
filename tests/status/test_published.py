"""What is published, read from a tree: digests by the locks, workloads as kustomize builds them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from generator.kustomize import find_kustomize
from generator.status import published
from generator.status.published import Site, read_clusters, read_sites
from tests.publish.conftest import stage  # noqa: F401 - a fixture
from tests.publish.stage import Stage
from tests.repository import FULL, IMAGE, PUBLIC
from tests.status.conftest import CLUSTERS


class Memory:
    """Keeps everything."""

    def __init__(self) -> None:
        self.kept: dict[str, object] = {}

    def read_json(self, key: str) -> object:
        return self.kept.get(key)

    def write_json(self, key: str, content: object) -> None:
        self.kept[key] = content


@pytest.fixture
def tree(stage: Stage) -> Path:  # noqa: F811
    """A published tree with everything in it."""
    stage.write("full", FULL)
    stage.write("open", PUBLIC)
    assert stage.publish().code == 0
    return stage.checkout()[0]


def sites(
    tree: Path, memory: Memory, net: str = "", clusters: tuple[str, ...] = CLUSTERS
) -> Mapping[tuple[str, str], Site]:
    found = read_sites(
        tree, find_kustomize(), memory, clusters=clusters, net=net, progress=lambda *_: None
    )
    return {(site.net, site.cluster): site for site in found}


def test_everything_is_read(tree: Path) -> None:
    found = sites(tree, Memory())
    assert read_clusters(tree) == CLUSTERS
    assert {net for net, _ in found} == {"full", "open"}
    overlays = {o.name: o for s in found.values() if s.net == "full" for o in s.overlays}
    assert all(o.built == o.digest for s in found.values() for o in s.overlays)
    by_name = {w.name: w for s in found.values() for o in s.overlays for w in o.workloads}
    whale = by_name["whale-b01"]
    assert (whale.kind, whale.namespace, whale.replicas, whale.drain) == (
        "StatefulSet",
        "net-full",
        1,
        "",
    )
    # The init container `address` is of the library alone.
    assert dict(whale.images).keys() == {"address", "daemon", "keys"}
    assert dict(whale.images)["daemon"] == IMAGE
    assert by_name["fast-workers"].replicas == overlays["workers-1"].wanted == 4
    assert not by_name["fast-workers"].public
    assert dict(by_name["archive-1"].images).keys() == {"address", "archive", "daemon", "keys"}
    assert "archive-1-postgres" in by_name


def test_addresses_that_daemons_are_to_have(tree: Path) -> None:
    for (_, cluster), site in sites(tree, Memory()).items():
        for part in site.overlays:
            public = [w.name for w in part.workloads if w.public]
            if cluster == "east":
                assert public == []
            else:
                assert part.balanced == ()
    assert any(
        o.balanced for (_, c), s in sites(tree, Memory()).items() for o in s.overlays if c == "east"
    )


def test_one_net_and_some_clusters(tree: Path) -> None:
    assert {net for net, _ in sites(tree, Memory(), net="open")} == {"open"}
    assert {cluster for _, cluster in sites(tree, Memory(), clusters=("west",))} == {"west"}


def test_nothing_is_built_twice(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    memory = Memory()
    first = sites(tree, memory)
    monkeypatch.setattr(published, "build_outputs", None)
    assert sites(tree, memory) == first


def test_another_library_or_file_is_built_anew(tree: Path) -> None:
    memory = Memory()
    sites(tree, memory)
    count = len(memory.kept)
    [file] = tree.glob("clusters/*/nets/full/workers-1/daemons.yaml")
    file.write_text(file.read_text("utf-8").replace("replicas: 4", "replicas: 5"), "utf-8")
    found = sites(tree, memory)
    changed = [o for s in found.values() for o in s.overlays if o.built != o.digest]
    assert [o.name for o in changed] == ["workers-1"]
    assert changed[0].wanted == 5
    assert len(memory.kept) == count + 1
    for script in tree.glob("overlays/*/base/net/scripts/start.sh"):
        script.write_text("#", "utf-8")
    sites(tree, memory)
    assert len(memory.kept) > count + 2
