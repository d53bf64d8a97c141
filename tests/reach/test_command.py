"""`testnet reach` as a person or a script runs it."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from generator.commands import reach as command
from generator.commands.options import read_seconds
from generator.main import main
from generator.reach import model
from tests.conftest import Program
from tests.git.bare import Bare
from tests.reach.ports import HOST, tcp_open, tcp_refused, udp_silent
from tests.reach.test_targets import GOLDEN
from tests.repository import Repository

SERVICE = """\
---
apiVersion: v1
kind: Service
metadata:
  name: {daemon}
  labels: {{testnet/daemon: {daemon}}}
  annotations:
    external-dns.alpha.kubernetes.io/hostname: {daemon}.smoke.{cluster}.example.org
spec:
  ports:
  - {{name: p2p, port: {tcp}}}
  - {{name: discovery, port: {udp}, protocol: UDP}}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {{name: {daemon}}}
spec: {{replicas: {replicas}}}
"""
PURPOSE = """\
apiVersion: v1
kind: Namespace
metadata: {name: net-smoke, annotations: {testnet/purpose: public}}
"""
Write = Callable[..., None]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return tmp_path / "tree"


@pytest.fixture
def write(tree: Path) -> Write:
    """Publish one daemon of the net smoke."""

    def write(daemon: str, tcp: int, udp: int, cluster: str = "west", replicas: int = 1) -> None:
        directory = tree / f"clusters/{cluster}"
        (directory / "testnets").mkdir(parents=True, exist_ok=True)
        (directory / "testnets/smoke.yaml").write_text(PURPOSE, "utf-8")
        (directory / "flux-system").mkdir(exist_ok=True)
        (directory / "flux-system/kustomizations.yaml").touch()
        overlay = directory / f"nets/smoke/{daemon}-1"
        overlay.mkdir(parents=True)
        text = SERVICE.format(daemon=daemon, tcp=tcp, udp=udp, cluster=cluster, replicas=replicas)
        (overlay / "daemons.yaml").write_text(text, "utf-8")

    return write


@pytest.fixture(autouse=True)
def names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every name that begins with `no` does not exist; all others are this machine."""

    def resolve(name: str, *_: object, **__: object) -> list[object]:
        if name.startswith("no"):
            raise socket.gaierror(socket.EAI_NONAME, "no such name")
        return [(0, 0, 0, "", (HOST, 0))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)


@pytest.fixture
def public(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take this machine's address for one of the world."""
    for module in (model, command):
        monkeypatch.setattr(module, "is_public", lambda _: True)


@pytest.mark.usefixtures("public")
def test_every_daemon_is_reached(tree: Path, write: Write, testnet: Program) -> None:
    with tcp_open() as tcp, udp_silent() as udp:
        write("seed", tcp, udp)
        write("whale", tcp, udp, cluster="east", replicas=0)
        run = testnet("reach", "smoke", "--tree", str(tree), "--timeout", "1s")
    assert run.code == 0
    assert "seed.smoke.west.example.org " in run.out
    assert f"{udp}/UDP no answer (UDP: not proof)" in run.out
    assert f"{tcp}/TCP open " in run.out
    assert "stopped in the published tree" in run.out
    assert "1 of 1 daemon reached, 1 stopped" in run.out
    assert "QA" not in run.err


def test_what_is_not_reached(tree: Path, write: Write, testnet: Program) -> None:
    with tcp_refused() as tcp, udp_silent() as udp:
        write("seed", tcp, udp)
        write("nobody", tcp, udp)
        run = testnet("reach", "smoke", "--tree", str(tree), "--timeout", "1", "-o", "json")
        text = testnet("reach", "smoke", "--tree", str(tree), "--timeout", "1")
    assert (run.code, text.code) == (1, 1)
    found = json.loads(run.out)
    nobody, seed = found["daemons"]
    assert (found["net"], found["closed"]) == ("smoke", False)
    assert (nobody["why"], nobody["addresses"], nobody["ports"]) == ("no such name", [], [])
    assert seed["addresses"] == [{"address": HOST, "public": False}]
    assert [(port["port"], port["answer"]) for port in seed["ports"]] == [
        (tcp, "refused"),
        (udp, "no answer (UDP: not proof)"),
    ]
    assert (seed["reached"], seed["running"]) == (False, True)
    assert "127.0.0.1 (not public)" in text.out
    assert "0 of 2 daemons reached" in text.out


def test_several_addresses_are_told_apart(
    tree: Path, write: Write, testnet: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = [(0, 0, 0, "", (address, 0)) for address in (HOST, "127.0.0.2")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: answer)
    with tcp_open() as tcp, udp_silent() as udp:
        write("seed", tcp, udp)
        run = testnet("reach", "smoke", "--tree", str(tree), "--timeout", "1")
    assert f"{tcp}/TCP at 127.0.0.2 refused" in run.out


@pytest.mark.usefixtures("public")
def test_one_cluster_alone(tree: Path, write: Write, testnet: Program) -> None:
    with tcp_open() as tcp, udp_silent() as udp:
        write("seed", tcp, udp)
        write("nobody", tcp, udp, cluster="east")
        words = ("reach", "smoke", "--tree", str(tree), "--timeout", "1", "--cluster")
        assert testnet(*words, "west").code == 0
        assert testnet(*words, "east").code == 1
        run = testnet(*words, "wets")
    assert run.code == 2
    assert 'smoke has no daemon on "wets"; did you mean "west"?' in run.err


def test_qa_nets_say_from_where_they_are_reached(testnet: Program) -> None:
    tree = GOLDEN / "kademlia/expected"
    run = testnet("reach", "classic", "--tree", str(tree), "--cluster", "west", "--timeout", "0.1")
    assert run.code == 1
    assert "classic is a QA net: only addresses in network.egress" in run.err


def test_from_a_repository(bare: Bare, testnet: Program) -> None:
    published = GOLDEN / "kademlia/expected"
    paths = (path for path in published.rglob("*") if path.is_file())
    bare.add({str(path.relative_to(published)): path.read_text("utf-8") for path in paths})
    words = ("--environments", str(bare.path), "--cluster", "west", "--timeout", "0.1")
    run = testnet("reach", "classic", *words)
    assert "seed-1.classic.west.example.org" in run.out
    assert run.code == 1


def test_no_repository_is_known(repository: Repository, testnet: Program) -> None:
    run = testnet("reach", "classic", "--root", str(repository.root))
    assert run.code == 2
    assert "--environments" in run.err


@pytest.mark.parametrize("text", ["", "s", "0s", "-1s", "601s", "3m", "nan"])
def test_times_that_are_refused(tree: Path, write: Write, testnet: Program, text: str) -> None:
    write("seed", 1, 2)
    run = testnet("reach", "smoke", "--tree", str(tree), "--timeout", text)
    assert run.code == 2
    assert "is no time up to 600s, such as 3s" in run.err


@pytest.mark.parametrize(("text", "seconds"), [("3s", 3), ("0.5", 0.5), ("600s", 600)])
def test_times(text: str, seconds: float) -> None:
    assert read_seconds(text) == seconds


def test_nothing_is_published_there(tmp_path: Path, testnet: Program) -> None:
    run = testnet("reach", "smoke", "--tree", str(tmp_path))
    assert run.code == 2
    assert "holds no published tree" in run.err


def test_help_has_examples(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["reach", "--help"]) == 0
    assert "testnet reach smoke --tree" in capsys.readouterr().out
