"""What each daemon is started with: arguments by flavour and role, overrides, images."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from generator.plan import Daemon, Plan
from generator.plan.command import stop_time
from generator.testnet import Resources
from tests.repository import IMAGE, inventory, net

Planner = Callable[..., tuple[Plan, ...]]

WEST = "regions: [us-west-2]"
KADEMLIA = ("flavour: coda-kademlia", "seeds: {count: 2}")
ONE = "block_producers: [{name: p, keys: [b01]}]"


def daemon(plan: Plan, name: str) -> Daemon:
    """Return the daemon of a name."""
    return next(daemon for daemon in plan.daemons if daemon.name == name)


def flags(daemon: Daemon) -> dict[str, str]:
    """Return the flags of a daemon; one without argument is empty."""
    found: dict[str, str] = {}
    last = ""
    for word in daemon.args:
        if word.startswith("-"):
            last = word
            assert last not in found, f"{last} is given twice"
            found[last] = ""
        elif last:
            found[last] = word
    return found


COMMANDS = {
    "mina": (
        ("flavour: mina",),
        "b01",
        (
            "mina daemon --log-level Info --config-directory /state/config --client-port 8301"
            " --rest-port 3085 --external-port 10001 --metrics-port 8081"
            " --peer-list-file /peers/peers.txt --config-file /run/testnet/daemon.json"
            " --libp2p-keypair /state/libp2p/key --block-producer-key /keys/wallet/key --log-json"
            " --generate-genesis-proof true --file-log-rotations 500 --isolate-network true"
            " --stop-time 175"
        ),
    ),
    "coda-libp2p": (
        ("flavour: coda-libp2p",),
        "v01",
        (
            "coda daemon -log-level Info -config-directory /state/config -client-port 8301"
            " -rest-port 3085 -external-port 10001 -metrics-port 8081"
            " -config-file /run/testnet/daemon.json -block-producer-key /keys/wallet/key -log-json"
            " -generate-genesis-proof true -isolate-network true"
        ),
    ),
    "coda-dual": (
        ("flavour: coda-dual",),
        "v01",
        (
            "coda daemon -log-level Info -config-directory /state/config -client-port 8301"
            " -rest-port 3085 -external-port 10002 -metrics-port 8081 -discovery-port 10003"
            " -propose-key /keys/wallet/key -log-json"
        ),
    ),
    "coda-kademlia": (
        (*KADEMLIA, "seeds: {count: 1}"),
        "d01",
        (
            "coda daemon -log-level Info -config-directory /state/config -client-port 8301"
            " -rest-port 3085 -external-port 10002 -metrics-port 8081 -propose-key /keys/wallet/key"
            " -log-json"
        ),
    ),
}


@pytest.mark.parametrize("flavour", COMMANDS)
def test_producer_is_started_as_its_flavour_demands(plans: Planner, flavour: str) -> None:
    fields, key, command = COMMANDS[flavour]
    producers = f"block_producers: [{{name: p, keys: [{key}]}}]"
    [plan] = plans(net("seeds: {keys: [l01]}", WEST, *fields, producers))
    args = " ".join(daemon(plan, f"p-{key}").args)
    assert args == command.replace("175", stop_time("net", "p-b01"))


def test_seed_exchanges_peers_and_is_not_isolated(plans: Planner) -> None:
    [plan] = plans(net(ONE))
    seed = flags(daemon(plan, "seed-l01"))
    assert (seed["--seed"], seed["--enable-peer-exchange"]) == ("", "true")
    assert seed["--libp2p-keypair"] == "/keys/libp2p/key"
    assert "--isolate-network" not in seed
    assert flags(daemon(plan, "p-b01"))["--isolate-network"] == "true"


def test_public_net_is_not_isolated(plans: Planner) -> None:
    [plan] = plans(net(ONE, "purpose: public").replace("ttl: 1d\n", ""))
    assert not [d for d in plan.daemons if "--isolate-network" in d.args]


@pytest.mark.parametrize(
    ("fields", "key", "runner", "fee"),
    [
        (("flavour: mina",), "s01", "--run-snark-coordinator", "0.00000006"),
        (("flavour: coda-dual",), "vs01", "-run-snark-coordinator", "6"),
        (KADEMLIA, "ds01", "-run-snark-worker", "6"),
    ],
)
def test_coordinator_sells_for_its_fee(
    plans: Planner, fields: tuple[str, ...], key: str, runner: str, fee: str
) -> None:
    pool = f"snark_pools: [{{name: s, key: {key}, fee: {fee}, work_selection: seq}}]"
    [plan] = plans(net(WEST, *fields, pool))
    coordinator = daemon(plan, "s-coordinator")
    dash = runner[: runner.index("r")]
    assert flags(coordinator)[runner] == inventory().keys[key].text
    assert flags(coordinator)[f"{dash}snark-worker-fee"] == fee
    assert flags(coordinator)[f"{dash}work-selection"] == "seq"
    prefix = "MINA" if dash == "--" else "CODA"
    assert dict(coordinator.env)[f"{prefix}_CLIENT_TRUSTLIST"] == "10.0.0.0/16"


def test_worker_knows_its_coordinator_and_the_image(plans: Planner) -> None:
    other = IMAGE.replace("1.0.0", "2.0.0")
    defaults = f'defaults: {{image: "{other}", resources: {{cpu: 9}}, log_level: Warn}}'
    pool = "snark_pools: [{name: s, key: s01, workers: 2, worker_resources: {memory: 9Gi}}]"
    [plan] = plans(net(defaults, pool))
    worker = daemon(plan, "s-workers")
    assert " ".join(worker.args) == (
        "mina internal snark-worker --proof-level full --shutdown-on-disconnect false"
        " --daemon-address s-coordinator-client:8301"
    )
    # The net's defaults are those of daemons: only the image is a worker's too.
    assert worker.image == other
    assert worker.resources == Resources(cpu="4", memory="9Gi")
    assert dict(worker.env) == {"RAYON_NUM_THREADS": "4"}
    assert (worker.ports, worker.claim, worker.public_name) == ((), "", "")


def test_last_override_wins(plans: Planner) -> None:
    [plan] = plans(
        net(
            "defaults: {log_level: Warn, resources: {cpu: 9, memory: 9Gi},"
            " flags: {max-connections: 1, a: 1, b: 1}}",
            "block_producers: [{name: p, keys: [b01..b02], log_level: Error,"
            " resources: {cpu: 8}, flags: {a: 2, b: 2},"
            ' overrides: {b02: {log_level: Debug, image: "example.org/x:1",'
            " resources: {memory: 7Gi}, flags: {b: 3}}}}]",
        )
    )
    seed, first, second = (daemon(plan, n) for n in ("seed-l01", "p-b01", "p-b02"))
    found = [
        (d.image, flags(d)["--log-level"], d.resources.cpu, d.resources.memory)
        for d in (seed, first, second)
    ]
    assert found == [
        (IMAGE, "Warn", "9", "9Gi"),
        (IMAGE, "Error", "8", "9Gi"),
        ("example.org/x:1", "Debug", "8", "7Gi"),
    ]
    # The storage of the role is what nobody said anything about.
    assert second.resources.storage == "64Gi"
    assert [flags(d)["--a"] + flags(d)["--b"] for d in (seed, first, second)] == ["11", "22", "23"]
    assert flags(second)["--max-connections"] == "1"


def test_seed_without_key_may_be_overridden_by_its_number(plans: Planner) -> None:
    seeds = 'seeds: {count: 2, overrides: {"2": {log_level: Debug, region: us-west-2}}}'
    [plan] = plans(net("flavour: coda-kademlia", "regions: [eu-central-1, us-west-2]", seeds))
    assert [flags(d)["-log-level"] for d in plan.daemons] == ["Info", "Debug"]
    assert daemon(plan, "seed-2").cluster.name == "west"


def test_null_removes_a_default(plans: Planner) -> None:
    removed = "defaults: {flags: {log-json: null, stop-time: null, file-log-rotations: false}}"
    kept = {"--log-json", "--stop-time", "--file-log-rotations"}
    [plan] = plans(net(ONE, removed))
    assert not kept & set(daemon(plan, "p-b01").args)
    [plan] = plans(net(ONE))
    assert kept <= set(daemon(plan, "p-b01").args)
    # A group may bring it back.
    again = "block_producers: [{name: p, keys: [b01], flags: {log-json: true}}]"
    [plan] = plans(net(again, removed))
    assert "--log-json" in daemon(plan, "p-b01").args


def test_flag_takes_one_many_or_no_argument(plans: Planner) -> None:
    group = "flags: {one: 1, many: [x, z], none: true, worded: false, isolate-network: false}"
    [plan] = plans(net(f"block_producers: [{{name: p, keys: [b01], {group}}}]"))
    text = " ".join(daemon(plan, "p-b01").args)
    assert "--isolate-network false --one 1 --many x --many z --none --stop-time" in text
    assert "--worded" not in text


def test_flag_is_given_once(plans: Planner) -> None:
    driven = "block_producers: [{name: p, keys: [b01], flags: {insecure-rest-server: true}}]"
    [plan] = plans(net(driven, "services: [payments]"))
    assert flags(daemon(plan, "p-b01"))["--insecure-rest-server"] == ""
    driven = driven.replace("true", "false")
    [plan] = plans(net(driven, "services: [payments]"))
    assert "--insecure-rest-server" in flags(daemon(plan, "p-b01"))


def test_daemons_stop_at_different_hours(plans: Planner) -> None:
    [plan] = plans(net("block_producers: [{name: p, keys: [b01..b40]}]"))
    hours = [int(flags(d)["--stop-time"]) for d in plan.daemons]
    assert min(hours) >= 156
    assert max(hours) <= 180
    assert len(set(hours)) > 10
    fixed = net("defaults: {flags: {stop-time: 24}}", ONE)
    assert {flags(d)["--stop-time"] for d in plans(fixed)[0].daemons} == {"24"}


@pytest.mark.parametrize(
    ("image", "archive"),
    [
        (
            "example.org/mina-daemon:3.0.3-bullseye-devnet",
            "example.org/mina-archive:3.0.3-bullseye",
        ),
        ("example.org/mina-daemon:3.0.3-mainnet", "example.org/mina-archive:3.0.3"),
        ("example.org/mina-daemon-baked:1.0-lightnet", "example.org/mina-archive:1.0"),
        (
            "example.org:5000/mina-daemon:1.0@sha256:" + "0" * 64,
            "example.org:5000/mina-archive:1.0",
        ),
    ],
)
def test_archive_is_of_the_release_of_its_daemon(plans: Planner, image: str, archive: str) -> None:
    [plan] = plans(net(f"image: {image}", "archive: {count: 2}"))
    nodes = [d for d in plan.daemons if d.group == "archive"]
    assert [(d.name, d.image, d.archive_image) for d in nodes] == [
        (f"archive-{number}", image, archive) for number in (1, 2)
    ]
    assert "--archive-address 127.0.0.1:3086" in " ".join(nodes[0].args)
    assert " ".join(nodes[0].archive_args) == (
        "mina-archive run --metrics-port 8082"
        " --postgres-uri postgres://postgres:$(POSTGRES_PASSWORD)@archive-1-postgres:5432/archive"
        " --server-port 3086 --config-file /run/testnet/daemon.json"
    )
    [plan] = plans(net('archive: {image: "example.org/other:1"}'))
    assert plan.daemons[-1].archive_image == "example.org/other:1"
    assert plan.daemons[-1].image == IMAGE


@pytest.mark.parametrize(
    ("flavour", "flag"),
    [
        ("mina", "--archive-address 127.0.0.1:3086"),
        ("coda-libp2p", "-archive-address 127.0.0.1:3086"),
        ("coda-dual", "-archive-port 3086"),
    ],
)
def test_daemon_tells_its_archive(plans: Planner, flavour: str, flag: str) -> None:
    [plan] = plans(net(f"flavour: {flavour}", "archive: {count: 1}"))
    assert f" {flag} " in " ".join(plan.daemons[-1].args)


def test_archive_of_an_image_with_its_ledger_reads_no_file(plans: Planner) -> None:
    [plan] = plans(net(*KADEMLIA, "archive: {count: 1, postgres: {cpu: 2}}"))
    assert "config-file" not in " ".join(plan.daemons[-1].archive_args)
    assert plan.daemons[-1].postgres == Resources(cpu="2", storage="100Gi")


@pytest.mark.parametrize(("cpu", "threads"), [("500m", "1"), ("2.9", "2"), ("8", "8")])
def test_threads_follow_the_cores(plans: Planner, cpu: str, threads: str) -> None:
    [plan] = plans(net(f'defaults: {{resources: {{cpu: "{cpu}"}}}}'))
    assert dict(plan.daemons[0].env) == {"RAYON_NUM_THREADS": threads, "P2P_PORT": "10000"}


def test_service_has_its_own_image(plans: Planner) -> None:
    [plan] = plans(net(ONE, "services: [payments]"))
    default = plan.daemons[-1]
    assert (default.image, default.args) == ("docker.io/codaprotocol/coda-user-agent:0.1.8", ())
    long_form = 'services: [{name: payments, image: "example.org/a:1", resources: {cpu: 1}}]'
    [plan] = plans(net(ONE, long_form))
    assert plan.daemons[-1].image == "example.org/a:1"
    assert plan.daemons[-1].resources == Resources(cpu="1", memory="512Mi")
