"""Public names and ports, from published trees."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from generator.errors import UsageError
from generator.reach import TargetPort, read_targets

GOLDEN = Path(__file__).resolve().parent.parent / "golden"


def names(case: str, net: str) -> dict[str, tuple[TargetPort, ...]]:
    targets = read_targets(GOLDEN / case / "expected", net).targets
    return {target.name: target.ports for target in targets}


def test_pairs_of_ports_of_kademlia() -> None:
    found = names("kademlia", "classic")
    assert found["seed-1.classic.west.example.org"] == (
        TargetPort(number=10000, protocol="TCP"),
        TargetPort(number=10001, protocol="UDP"),
    )
    # Seeds, producers and coordinator; the worker has no name.
    assert len(found) == 6


def test_services_inside_the_net_are_not_public() -> None:
    assert {port.number for ports in names("kademlia", "classic").values() for port in ports} <= {
        *range(10000, 10010)
    }


@pytest.mark.parametrize(
    ("case", "net", "closed"),
    [("kademlia", "classic", True), ("public-load-balancer", "open", False)],
)
def test_qa_nets_are_closed(case: str, net: str, closed: object) -> None:
    assert read_targets(GOLDEN / case / "expected", net).closed is closed


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A tree of which files may be changed."""
    return shutil.copytree(GOLDEN / "kademlia/expected", tmp_path / "tree")


def test_drained_daemons_are_not_to_run(tree: Path) -> None:
    path = tree / "clusters/west/nets/classic/seeds-1/daemons.yaml"
    path.write_text(path.read_text("utf-8").replace("replicas: 1", "replicas: 0"), "utf-8")
    stopped = [t.daemon for t in read_targets(tree, "classic").targets if not t.running]
    assert stopped == ["seed-1"]


def test_net_that_is_not_published(tree: Path) -> None:
    with pytest.raises(UsageError, match='no net "clasic" is published; did you mean "classic"'):
        read_targets(tree, "clasic")
    for other in ("", "*", "../nets/classic", "classic/seeds-1"):
        with pytest.raises(UsageError, match="is published"):
            read_targets(tree, other)


@pytest.mark.parametrize(
    "text",
    ["kind: [", "a text", "{}", "kind: Service\nmetadata: []", "kind: StatefulSet\nmetadata: {}"],
)
@pytest.mark.parametrize("path", ["nets/classic/seeds-1/daemons.yaml", "testnets/classic.yaml"])
def test_files_that_nobody_published(tree: Path, path: str, text: str) -> None:
    broken = tree / "clusters/west" / path
    broken.write_text(text, "utf-8")
    if "testnets" in path and text.startswith("kind: S"):
        text = "kind: Namespace"
        broken.write_text(text, "utf-8")
    with pytest.raises(UsageError, match=r"Restore it from the history"):
        read_targets(tree, "classic")


def test_file_that_is_missing(tree: Path) -> None:
    (tree / "clusters/west/testnets/classic.yaml").unlink()
    with pytest.raises(UsageError, match="Restore it"):
        read_targets(tree, "classic")
