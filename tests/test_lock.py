"""`net.lock.yaml`: what it says, that it is read back, and what is done with another file."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest
import ryaml

from generator.build import Build
from generator.errors import UsageError
from generator.lock import LOCK
from generator.locks import read_locks
from generator.plan import Allocations, Plan
from generator.published import read_allocations, read_builds, trust_locks
from tests.allocation import BUILD, KUSTOMIZE, clusters_of, lock_text, publish, write_published
from tests.repository import LIBRARY, net

Planner = Callable[..., tuple[Plan, ...]]

PRODUCERS = 'block_producers: [{name: p, keys: [b01..b04], stake: "1"}]'
WEST = "clusters/west/nets/net"


@pytest.fixture
def full(plans: Planner) -> tuple[Plan, ...]:
    """Two nets: one with everything, one whose ledger is in its image."""
    one = net(
        PRODUCERS,
        "snark_pools: [{name: s, key: s01, workers: 2}]",
        "archive: {count: 1}",
        "services: [payments]",
    )
    two = net("name: two", "flavour: coda-kademlia", "seeds: {count: 2}", "purpose: public")
    return plans(one, two.replace("ttl: 1d\n", ""))


def lock_of(plan: Plan, cluster: str) -> dict[str, Any]:
    """Return the lock of a net on a cluster as it is read."""
    place = next(c for c in clusters_of(plan) if c.name == cluster)
    content: dict[str, Any] = ryaml.loads(lock_text(plan, place))
    return content


def test_lock_says_what_was_decided(full: tuple[Plan, ...]) -> None:
    lock = lock_of(full[0], "west")
    assert (lock["net"], lock["cluster"], lock["flavour"]) == ("net", "west", "mina")
    assert (lock["overlays"], lock["kustomize"]) == (LIBRARY, KUSTOMIZE)
    assert lock["source"] == "environments/testnets/net.yaml"
    assert lock["source_digest"] == f"sha256:{full[0].testnet.digest}"
    assert (lock["published"], lock["expires"]) == ("2026-12-01T12:00:00Z", "2026-12-02T12:00:00Z")
    assert lock["genesis"] == {
        "generation": 1,
        "time": "2026-12-01T12:30:00Z",
        "digest": f"sha256:{full[0].genesis.digest}",
    }
    assert lock["allocations"] == {
        "seeds-1": {"seed-l01": 10000},
        "coordinators-1": {"s-coordinator": 10001},
        "producers-1": {"p-b01": 10002, "p-b04": 10003},
        "archive-1": {"archive-1": 10004},
        "workers-1": {"s-workers": 0},
        "services-1": {"payments": 0},
    }
    assert lock["drives"] == {"payments": "p-b01"}
    assert list(lock["builds"]) == ["shared-1", *lock["allocations"]]
    assert [build["daemons"] for build in lock["builds"].values()] == [0, 1, 1, 2, 1, 1, 1]
    assert {build["digest"] for build in lock["builds"].values()} == {f"sha256:{BUILD.digest}"}


def test_lock_leaves_out_what_there_is_not(full: tuple[Plan, ...]) -> None:
    lock = lock_of(full[1], "west")
    assert not {"expires", "drives"} & set(lock)
    assert "digest" not in lock["genesis"]
    assert "drives" not in lock_of(full[0], "center")


def test_input_of_a_cluster_is_its_own(plans: Planner, full: tuple[Plan, ...]) -> None:
    inputs = {name: lock_of(full[0], name)["inputs"] for name in ("west", "center", "east")}
    assert len(set(inputs.values())) == 3
    [other] = plans(net(PRODUCERS))
    assert lock_of(other, "west")["inputs"] != inputs["west"]
    assert lock_of(full[0], "west")["inputs"] == inputs["west"]


def test_published_is_read_back(tmp_path: Path, full: tuple[Plan, ...]) -> None:
    write_published(full, tmp_path)
    allocations = read_allocations(tmp_path)
    assert allocations == publish(full)
    assert allocations.nets["net"].published.tzinfo is UTC
    assert allocations.nets["net"].driven == {"payments": "p-b01"}
    assert allocations.nets["two"].daemons["seed-1"].ports == 2


def test_large_genesis_is_read_back(
    tmp_path: Path, full: tuple[Plan, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("generator.render.shared.PART_SIZE", 300)
    write_published(full, tmp_path)
    genesis = (tmp_path / WEST / "shared-1/genesis.yaml").read_text("utf-8")
    assert genesis.count("\n---\n") >= 2
    assert read_allocations(tmp_path) == publish(full)


def test_nothing_is_published_in_a_new_directory(tmp_path: Path) -> None:
    assert read_allocations(tmp_path / "absent") == Allocations()
    assert read_builds(tmp_path / "absent", KUSTOMIZE) == {}


def test_builds_are_those_of_the_same_kustomize(tmp_path: Path, full: tuple[Plan, ...]) -> None:
    write_published(full, tmp_path)
    builds = read_builds(tmp_path / WEST, KUSTOMIZE)
    assert list(builds) == [
        f"{phase}-1"
        for phase in (
            "shared",
            "seeds",
            "coordinators",
            "producers",
            "archive",
            "workers",
            "services",
        )
    ]
    assert set(builds.values()) == {Build(1, "0" * 64)}
    assert read_builds(tmp_path / WEST, "v5.8.2") == {}


# What stands in a lock that this program wrote, and what somebody made of it.
SPOILT: dict[str, tuple[str, str]] = {
    "no YAML": ("net: net", "net: [net"),
    "a list": ("# Made", "- a\n# Made"),
    "no net": ("net: net\n", ""),
    "no builds": ("builds:", "built:"),
    "no moment": ('published: "2026-12-01T12:00:00Z"', "published: yesterday"),
    "a number for a moment": ('published: "2026-12-01T12:00:00Z"', "published: 2026"),
    "an unknown flavour": ("flavour: mina", "flavour: lisp"),
    "no generation": ("  generation: 1\n", ""),
    "a generation that is no number": ("generation: 1", "generation: first"),
    "an overlay without number": ("  producers-1:\n    p-b01", "  producers:\n    p-b01"),
    "a port that is none": ("p-b01: 10002", "p-b01: p2p"),
    "an allocation that is none": ("allocations:", "allocations: 1\nother:"),
    "a build that is none": ("objects: 1", "objects: some"),
    "a moment out of range": (
        'published: "2026-12-01T12:00:00Z',
        'published: "0001-01-01T00:00:00+14:00',
    ),
    "a library elsewhere": ("overlays: ", "overlays: ../../"),
    "overlay number 0": ("  producers-1:\n    p-b01", "  producers-0:\n    p-b01"),
    "an unknown phase": ("  producers-1:\n    p-b01", "  things-1:\n    p-b01"),
    "no generation at all": ("generation: 1", "generation: -5"),
    "drives nothing": ("drives:\n", "drives: 5\nother:\n"),
    "a short digest": (f"digest: sha256:{'0' * 64}", "digest: sha256:00"),
}


@pytest.mark.parametrize("case", SPOILT)
def test_other_lock_is_refused_with_its_path(
    tmp_path: Path, full: tuple[Plan, ...], case: str
) -> None:
    write_published(full, tmp_path)
    path = tmp_path / WEST / LOCK
    written, spoilt = SPOILT[case]
    text = path.read_text("utf-8")
    assert written in text
    path.write_text(text.replace(written, spoilt, 1), "utf-8")
    with pytest.raises(UsageError, match="not a lock that this program wrote") as caught:
        read_allocations(tmp_path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("content", [None, b"\xff", b"a: [", b"a: b\n", b"data: {part: x}\n"])
def test_genesis_is_read_from_any_cluster_that_has_it(
    tmp_path: Path, full: tuple[Plan, ...], content: bytes | None
) -> None:
    write_published(full, tmp_path)
    paths = sorted(tmp_path.glob("clusters/*/nets/net/shared-1/genesis.yaml"))
    for path in paths[:-1]:
        path.unlink() if content is None else path.write_bytes(content)
    assert read_allocations(tmp_path) == publish(full)
    paths[-1].unlink()
    lost = read_allocations(tmp_path).nets["net"]
    assert (lost.genesis, lost.genesis_digest) == ("", full[0].genesis.digest)


def test_net_without_its_lock_is_no_new_net(tmp_path: Path, full: tuple[Plan, ...]) -> None:
    write_published(full, tmp_path)
    (tmp_path / WEST / LOCK).unlink()
    with pytest.raises(UsageError, match="Restore it from the history"):
        read_allocations(tmp_path)


@pytest.mark.parametrize(
    ("name", "written", "spoilt"),
    [
        ("west", "net: net\n", "net: two\n"),
        ("west", "cluster: west\n", "cluster: east\n"),
        ("west", "  digest:", "  other:"),
        ("center", "p-b02: ", "p-b01: "),
    ],
)
def test_locks_that_do_not_go_together_are_refused(
    tmp_path: Path, full: tuple[Plan, ...], name: str, written: str, spoilt: str
) -> None:
    write_published(full, tmp_path)
    path = tmp_path / f"clusters/{name}/nets/net" / LOCK
    text = path.read_text("utf-8")
    assert written in text
    path.write_text(text.replace(written, spoilt, 1), "utf-8")
    with pytest.raises(UsageError):
        read_allocations(tmp_path)


def test_port_that_two_hold_is_refused(tmp_path: Path, full: tuple[Plan, ...]) -> None:
    write_published(full, tmp_path)
    path = tmp_path / "clusters/west/nets/two" / LOCK
    text = path.read_text("utf-8")
    port = full[1].daemons[0].port
    path.write_text(text.replace(f"seed-1: {port}", "seed-1: 10003"), "utf-8")
    with pytest.raises(UsageError, match="net/p-b04 and two/seed-1 both hold port 10003"):
        read_allocations(tmp_path)


def test_latest_generation_of_a_half_written_tree_counts(
    tmp_path: Path, full: tuple[Plan, ...]
) -> None:
    write_published(full, tmp_path)
    path = tmp_path / "clusters/east/nets/net" / LOCK
    text = path.read_text("utf-8").replace("generation: 1", "generation: 2")
    path.write_text(text.replace("12:30:00Z", "13:30:00Z"), "utf-8")
    net_ = read_allocations(tmp_path).nets["net"]
    assert (net_.generation, net_.genesis_time) == (2, "2026-12-01T13:30:00Z")


def test_unknown_words_in_a_lock_are_no_fault(tmp_path: Path, full: tuple[Plan, ...]) -> None:
    """A later version may write more."""
    write_published(full, tmp_path)
    path = tmp_path / WEST / LOCK
    path.write_text(path.read_text("utf-8") + "later: [1, 2]\n", "utf-8")
    assert read_allocations(tmp_path) == publish(full)


class TestTrusted:
    def test_says_the_same(self, tmp_path: Path, full: tuple[Plan, ...]) -> None:
        write_published(full, tmp_path)
        trusted = trust_locks(read_locks(tmp_path)).nets
        assert dict(trusted) == read_allocations(tmp_path).nets
        assert list(trusted) == ["net", "two"]
        assert len(trusted) == 2

    def test_parses_what_is_asked_for_and_once(
        self, tmp_path: Path, full: tuple[Plan, ...], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        write_published(full, tmp_path)
        nets = trust_locks(read_locks(tmp_path)).nets
        parsed: list[str] = []
        loads = ryaml.loads

        def count(text: str) -> object:
            parsed.append(text)
            return loads(text)

        monkeypatch.setattr(ryaml, "loads", count)
        assert {"net", "other"} & nets.keys() == {"net"}
        assert nets.get("other") is None
        assert not parsed
        assert nets["two"] is nets["two"]
        assert len(parsed) == len(clusters_of(full[1]))

    def test_digest_is_that_of_all_locks(self, tmp_path: Path, full: tuple[Plan, ...]) -> None:
        write_published(full, tmp_path)
        digest = read_locks(tmp_path).digest
        assert read_locks(tmp_path).digest == digest
        lock = tmp_path / WEST / LOCK
        text = lock.read_text("utf-8")
        lock.write_text(text + "# other\n", "utf-8")
        assert read_locks(tmp_path).digest != digest
        lock.unlink()
        without = read_locks(tmp_path).digest
        assert without != digest
        (tmp_path / "clusters/other/nets/net").mkdir(parents=True)
        assert read_locks(tmp_path).digest not in {digest, without}
