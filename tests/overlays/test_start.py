"""start.sh: what it adds to a daemon's command, and when it refuses to start one."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

import pytest

from tests.overlays.library import SCRIPTS
from tests.overlays.pods import Pod

SEED = "/dns4/seed-1.net-echo.svc.cluster.local/tcp/10001/p2p/12D3KooWAFFq2yEQ"
OTHER = SEED.replace("seed-1", "my-seed-1")


@pytest.fixture
def started(pod: Pod) -> Pod:
    """A pod whose daemon prints its arguments and passwords, and whose address is known."""
    pod.program("mina", 'printf "%s\\n" "$@"; env | grep -E "^(MINA|CODA)_" | sort')
    pod.write("run/testnet/external-ip", "8.8.4.4\n")
    return pod


@pytest.mark.parametrize("script", sorted(SCRIPTS.glob("*.sh")), ids=lambda path: path.name)
def test_each_script_is_bash(script: Path) -> None:
    assert script.read_text().startswith("#!/bin/bash\n")
    subprocess.run(["/bin/bash", "-n", str(script)], check=True)


def test_the_address_and_empty_passwords_are_added(started: Pod) -> None:
    result = started.run("start.sh", "mina", "daemon", "--log-json")

    assert result.returncode == 0
    assert result.stdout.splitlines() == [
        "daemon",
        "--log-json",
        "-external-ip",
        "8.8.4.4",
        "CODA_LIBP2P_PASS=",
        "CODA_PRIVKEY_PASS=",
        "MINA_LIBP2P_PASS=",
        "MINA_PRIVKEY_PASS=",
    ]


def test_passwords_come_from_the_installed_files(started: Pod) -> None:
    started.write("keys/wallet.password", "it's $HOME\n")
    started.write("keys/libp2p.password", "other")

    lines = started.run("start.sh", "mina", "daemon").stdout.splitlines()

    assert "MINA_PRIVKEY_PASS=it's $HOME" in lines
    assert "CODA_PRIVKEY_PASS=it's $HOME" in lines
    assert "MINA_LIBP2P_PASS=other" in lines


def test_arguments_are_passed_on_as_they_are(started: Pod) -> None:
    lines = started.run("start.sh", "mina", "daemon", "--x", "a b", "*", "").stdout.splitlines()
    assert lines[1:5] == ["--x", "a b", "*", ""]


def test_a_daemon_without_an_address_does_not_start(pod: Pod) -> None:
    result = pod.run("start.sh", "mina", "daemon")
    assert result.returncode == 1
    assert "no public address" in result.stderr


def test_the_genesis_is_joined_in_numeric_order(started: Pod) -> None:
    texts = [f"{number}-" for number in range(11)]
    for number, text in enumerate(texts):
        started.write(f"genesis/part-{number}", text)
    digest = hashlib.sha256("".join(texts).encode()).hexdigest()

    result = started.run("start.sh", "mina", "daemon", GENESIS_SHA256=digest)

    assert result.returncode == 0, result.stderr
    assert started.read("run/testnet/daemon.json") == "".join(texts)


def test_another_genesis_is_refused(started: Pod) -> None:
    started.write("genesis/part-0", "{}")

    result = started.run("start.sh", "mina", "daemon", GENESIS_SHA256="0" * 64)

    assert result.returncode == 1
    assert f"declared is {'0' * 64}" in result.stderr
    assert not (started.root / "run/testnet/daemon.json").exists()
    assert result.stdout == ""


def test_a_declared_genesis_that_is_missing_is_refused(started: Pod) -> None:
    result = started.run("start.sh", "mina", "daemon", GENESIS_SHA256="0" * 64)
    assert result.returncode == 1
    assert "no genesis file" in result.stderr


def test_a_ledger_in_the_image_needs_no_genesis_file(started: Pod) -> None:
    assert started.run("start.sh", "mina", "daemon").returncode == 0
    assert not (started.root / "run/testnet/daemon.json").exists()


def test_peers_become_flags_for_old_releases_but_for_the_daemon_itself(started: Pod) -> None:
    started.write("peers/peers.txt", f"# seeds\n{SEED}\n\n{OTHER}\nseed-1.net-echo.x:10002\nlast:1")

    lines = started.run(
        "start.sh", "mina", "daemon", PEERS_AS_FLAGS="1", PEER_SELF="seed-1.net-echo."
    ).stdout.splitlines()

    assert lines[3:7] == ["-peer", OTHER, "-peer", "last:1"]


def test_peers_stay_a_file_otherwise(started: Pod) -> None:
    started.write("peers/peers.txt", f"{SEED}\n")
    assert "-peer" not in started.run("start.sh", "mina", "daemon").stdout


@pytest.mark.parametrize(
    ("key", "argument"),
    [("cHJpdg==,cHVi,12D3KooW", "cHJpdg==,cHVi,12D3KooW"), ('{"box": 1}', "/keys/libp2p/key")],
)
def test_a_plain_libp2p_key_is_passed_as_it_is_and_a_box_by_its_path(
    started: Pod, key: str, argument: str
) -> None:
    started.write("keys/libp2p/key", key)
    lines = started.run(
        "start.sh", "mina", "daemon", "-discovery-keypair", "/keys/libp2p/key"
    ).stdout.splitlines()
    assert lines[:3] == ["daemon", "-discovery-keypair", argument]


@pytest.mark.parametrize(
    ("known", "flag"),
    [
        ("-discovery-keypair KEYPAIR", "-discovery-keypair"),
        ("--libp2p-keypair FILE (alias: -discovery-keypair)", "--libp2p-keypair"),
        ("", "--libp2p-keypair"),
    ],
)
def test_the_identity_goes_by_the_flag_that_the_release_knows(
    pod: Pod, known: str, flag: str
) -> None:
    pod.program("mina", f'[[ $2 == -help ]] && echo "{known}" || printf "%s\\n" "$@"')
    pod.write("run/testnet/external-ip", "8.8.4.4\n")
    run = pod.run("start.sh", "mina", "daemon", "--libp2p-keypair", "/state/libp2p/key")
    assert run.stdout.splitlines()[:3] == ["daemon", flag, "/state/libp2p/key"]


def test_a_volume_stays_with_the_genesis_it_began_with(started: Pod) -> None:
    def start(genesis: str) -> subprocess.CompletedProcess[str]:
        started.write("genesis/part-0", genesis)
        digest = hashlib.sha256(genesis.encode()).hexdigest()
        return started.run("start.sh", "mina", "daemon", GENESIS_SHA256=digest)

    assert start("one").returncode == 0
    assert start("one").returncode == 0
    other = start("two")
    assert other.returncode == 1
    assert "the volume belongs to the genesis" in other.stderr
    assert started.read("run/testnet/daemon.json") == "one"


def test_the_lock_of_a_killed_daemon_is_removed(started: Pod) -> None:
    lock = started.write("state/config/.mina-lock", "7")
    started.run("start.sh", "mina", "daemon")
    assert not lock.exists()


def test_a_worker_starts_without_anything_of_a_daemon(pod: Pod) -> None:
    pod.program("mina", 'printf "%s\\n" "$@"')
    result = pod.run("start.sh", "mina", "internal", "snark-worker", GENESIS_SHA256="0" * 64)
    assert result.stdout.splitlines() == ["internal", "snark-worker"]


def test_signals_go_through_dumb_init_where_the_image_has_it(started: Pod) -> None:
    started.program("dumb-init", 'echo "init: $*"')
    assert started.run("start.sh", "mina", "daemon").stdout.startswith("init: -- mina daemon")


def test_nothing_to_start_is_an_error(pod: Pod) -> None:
    result = pod.run("start.sh", "mina")
    assert result.returncode == 1
    assert "expects a binary" in result.stderr
