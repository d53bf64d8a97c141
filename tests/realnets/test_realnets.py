"""Every testnet that really ran can be written as a short testnet file, and is rendered."""

from __future__ import annotations

import json
from collections import Counter
from decimal import Decimal

import pytest

from generator.flavour import FLAVOURS, FlavourName
from generator.plan import NETWORKED, Daemon, Plan, Role
from generator.render.shared import peers_text
from tests.realnets.convert import convert, has_daemons
from tests.realnets.data import Entry, deployment, entries, machines
from tests.realnets.gke import archive_count
from tests.realnets.ledger import read_ledger
from tests.realnets.planned import converted, plan_nets, planned
from tests.realnets.repository import ROOT, file_text
from tests.realnets.table import tables

IDS = [entry_id for entry_id, entry in entries().items() if has_daemons(entry)]
# The nets that ran a key in several places at once, and the keys: they are refused on purpose.
REFUSED = {
    # The seed of the cluster had the key pair of a seed on a machine.
    "pears@2020-10-14": {"wb6dhiv": 2},
    # `duplicates`: several pods with one producer's key, to see what happens.
    "gossipqa": {"w1": 2, "f1": 2},
    "gossipqajiawei": {"w1": 3, "w2": 2, "f1": 3, "f2": 2},
}
# Seeds that the configuration does not place, or does not have: see `Loss` of the same names.
KEY_PAIRS_ONLY = {"deploy-test1@2020-07-14", "deploy-test1", "new-snark-propagation-time"}
NO_SEEDS = {
    "apple",
    "archive-test@2021-02-19",
    "multiple-seeds-test@2021-02-12",
    "watchdog-test@2021-02-16",
}

every_net = pytest.mark.parametrize("entry_id", IDS)
every_gke_net = pytest.mark.parametrize(
    "entry_id", [entry_id for entry_id in IDS if deployment(entries()[entry_id])]
)
every_aws_net = pytest.mark.parametrize(
    "entry_id", [entry_id for entry_id in IDS if "node_groups" in entries()[entry_id]]
)


def daemons(plan: Plan, role: Role) -> list[Daemon]:
    """Return the daemons of a role."""
    return [daemon for daemon in plan.daemons if daemon.role is role]


def argument(daemon: Daemon, name: str) -> str:
    """Return the argument behind a flag, empty where the flag is not passed."""
    flags = [number for number, word in enumerate(daemon.args) if word.lstrip("-") == name]
    return daemon.args[flags[0] + 1] if flags else ""


def test_every_entry_of_the_data_has_daemons() -> None:
    assert len(entries()) == len(IDS) == 117


def test_every_net_has_a_name_of_its_own() -> None:
    names = [converted(entry_id).name for entry_id in IDS]
    assert len(set(names)) == len(names)


@every_net
def test_net_loads_and_is_planned_without_a_finding(entry_id: str) -> None:
    distinct = entry_id in REFUSED
    net = convert(entries()[entry_id], distinct=distinct)
    assert plan_nets([net]).findings == ()


@pytest.mark.parametrize("entry_id", REFUSED)
def test_net_that_ran_a_key_twice_is_refused(entry_id: str) -> None:
    findings = plan_nets([convert(entries()[entry_id])]).findings
    assert {finding.rule for finding in findings} == {"testnet/key-twice"}
    uses = Counter(finding.subject for finding in findings)
    assert {key: count + 1 for key, count in uses.items()} == REFUSED[entry_id]


def test_the_data_knows_which_nets_ran_a_producer_key_twice() -> None:
    shared = "shared_private_key_secrets"
    found = {
        entry_id: sorted(here["block_producers"][shared].values())
        for entry_id, entry in entries().items()
        if shared in (here := deployment(entry)).get("block_producers", {})
    }
    assert found == {
        entry_id: sorted(uses.values()) for entry_id, uses in REFUSED.items() if entry_id in found
    }
    assert set(REFUSED) - set(found) == {"pears@2020-10-14"}


@every_gke_net
def test_roles_on_gke(entry_id: str) -> None:
    entry, here = entries()[entry_id], deployment(entries()[entry_id])
    coordinators = here["snark_coordinators"]
    producers = here["block_producers"].get("groups", [])
    payments = [group["count"] for group in producers if group.get("run_with_user_agent")]
    expected = {
        Role.SEED: expected_seeds(entry) + here.get("plain_nodes", 0),
        Role.BLOCK_PRODUCER: here["block_producers"]["count"],
        Role.SNARK_COORDINATOR: len(coordinators),
        Role.SNARK_WORKER: sum(coordinator["workers"] for coordinator in coordinators),
        Role.ARCHIVE: archive_count(entry),
        Role.SERVICE: sum(payments),
    }
    assert role_counts(planned(entry_id)) == {role: n for role, n in expected.items() if n}


@every_aws_net
def test_roles_on_aws(entry_id: str) -> None:
    counts = entries()[entry_id]["node_count_by_role"]
    joiners = counts.get("joiner", 0) + counts.get("seedjoiner", 0)
    coordinators = counts.get("snarker", 0) + counts.get("snarkcoordinator", 0)
    dual = planned(entry_id).testnet.flavour_name is FlavourName.CODA_DUAL
    expected = {
        Role.SEED: counts["seed"] + joiners,
        Role.BLOCK_PRODUCER: counts.get("proposer", 0) + counts.get("blockproducer", 0),
        Role.SNARK_COORDINATOR: coordinators,
        Role.SNARK_WORKER: coordinators if dual else 0,
        Role.ARCHIVE: counts.get("archive", 0),
    }
    assert role_counts(planned(entry_id)) == {role: n for role, n in expected.items() if n}


def role_counts(plan: Plan) -> dict[Role, int]:
    """Return how many pods a plan has by role."""
    counts: Counter[Role] = Counter()
    for daemon in plan.daemons:
        counts[daemon.role] += daemon.replicas
    return counts


def expected_seeds(entry: Entry) -> int:
    """Return how many seeds the entry itself says that there were."""
    here = deployment(entry).get("seeds", {})
    if entry["id"] in NO_SEEDS:
        assert not set(here) - {"seed_peers_url"}
        return 1
    if entry["id"] in KEY_PAIRS_ONLY:
        assert set(here) == {"peer_ids_of_seed_keypairs"}
        return len(here["peer_ids_of_seed_keypairs"])
    count: int = here.get("count", here.get("in_cluster_seed_nodes", 0))
    return count + len(machines(entry))


@every_aws_net
def test_daemons_run_where_they_ran_on_aws(entry_id: str) -> None:
    plan = planned(entry_id)
    nodes = Counter(d.cluster.region for d in plan.daemons if d.role is not Role.SNARK_WORKER)
    producers = Counter(d.cluster.region for d in daemons(plan, Role.BLOCK_PRODUCER))
    for region, known in entries()[entry_id]["regions"].items():
        assert nodes[region] == known["nodes"]
        assert producers[region] == known.get("block_producers", 0)


@every_gke_net
def test_daemons_run_where_they_ran_on_gke(entry_id: str) -> None:
    entry = entries()[entry_id]
    own = deployment(entry)["cluster"]["region"]
    seeds = {machine["peer_id"]: machine["region"] for machine in machines(entry)}
    for daemon in planned(entry_id).daemons:
        identity = daemon.identity.text if daemon.identity else ""
        on_machine = daemon.group.startswith("machine")
        assert daemon.cluster.region == (seeds[identity] if on_machine else own)


@every_net
def test_ports_are_unique_on_each_cluster(entry_id: str) -> None:
    plan = planned(entry_id)
    used = [
        (daemon.cluster.name, port.number, port.protocol)
        for daemon in plan.daemons
        for port in daemon.ports
        if port.public
    ]
    assert len(set(used)) == len(used)
    networked = sum(daemon.role in NETWORKED for daemon in plan.daemons)
    assert len(used) == networked * len(plan.testnet.flavour.ports)


@every_gke_net
def test_fees_are_passed_digit_for_digit(entry_id: str) -> None:
    coordinators = deployment(entries()[entry_id])["snark_coordinators"]
    pools = daemons(planned(entry_id), Role.SNARK_COORDINATOR)
    assert [argument(daemon, "snark-worker-fee") for daemon in pools] == [
        coordinator["fee"] for coordinator in coordinators
    ]
    assert [argument(daemon, "run-snark-coordinator") for daemon in pools] == [
        coordinator["public_key"] for coordinator in coordinators
    ]


@every_gke_net
def test_settings_of_all_daemons_are_passed(entry_id: str) -> None:
    here = deployment(entries()[entry_id])
    seeds, resources = here.get("seeds", {}), here.get("resources")
    for daemon in planned(entry_id).daemons:
        if daemon.role not in NETWORKED:
            continue
        assert daemon.image == here["images"]["daemon"] or daemon.group.startswith("machine")
        assert argument(daemon, "log-level") == here.get("log_level", "Info")
        assert argument(daemon, "log-received-blocks") == word(here.get("log_received_blocks"))
        assert argument(daemon, "log-txn-pool-gossip") == word(here.get("log_txn_pool_gossip"))
        assert argument(daemon, "peer-list-url") == seeds.get("seed_peers_url", "")
        assert argument(daemon, "direct-peer") == "".join(seeds.get("direct_peers", []))
        if resources:
            asked = (Decimal(daemon.resources.cpu), daemon.resources.memory)
            assert asked == (resources["daemon_cpu_request"], resources["daemon_memory_request"])


def word(value: object) -> str:
    """Return how a flag that takes a word is passed: only when it is on."""
    return "true" if value else ""


@every_gke_net
def test_settings_of_producers_are_passed(entry_id: str) -> None:
    producers = daemons(planned(entry_id), Role.BLOCK_PRODUCER)
    groups = deployment(entries()[entry_id])["block_producers"].get("groups", [])
    settings = [group for group in groups for _ in range(group["count"])]
    for daemon, group in zip(producers, settings, strict=True):
        assert daemon.group.split("-")[0] == group["class"]
        assert argument(daemon, "enable-flooding") == word(group.get("enable_gossip_flooding"))
        assert argument(daemon, "enable-peer-exchange") == word(group.get("enable_peer_exchange"))
        assert argument(daemon, "isolate-network") == word(group.get("isolated"))


@every_net
def test_seeds_keep_the_identity_they_had(entry_id: str) -> None:
    plan = planned(entry_id)
    entry = entries()[entry_id]
    peers = peers_text(plan, cluster="").splitlines()
    assert len(peers) == len(plan.seeds)
    pairs = deployment(entry).get("seeds", {}).get("peer_ids_of_seed_keypairs", [])
    inner = deployment(entry).get("seeds", {}).get("in_cluster_seed_nodes", 0)
    for peer_id in [machine["peer_id"] for machine in machines(entry)] + pairs[:inner]:
        assert sum(peer.endswith(f"/{peer_id}") for peer in peers) == 1


@every_net
def test_genesis_has_the_accounts_and_the_time_that_are_known(entry_id: str) -> None:
    plan, entry = planned(entry_id), entries()[entry_id]
    if entry["platform"] == "aws-ec2" or not read_ledger(entry).from_file:
        assert not plan.genesis.text
        return
    config = json.loads(plan.genesis.text)
    ledger = read_ledger(entry)
    if ledger.time:
        time = ledger.time.replace("+00:00", "Z")
        assert config["genesis"]["genesis_state_timestamp"] == time
    accounts = {account["pk"]: account for account in config["ledger"]["accounts"]}
    producers = {d.key.text for d in daemons(plan, Role.BLOCK_PRODUCER) if d.key}
    for holding in (holding for group in ledger.holdings.values() for holding in group):
        assert holding.online in producers
        assert accounts[holding.offline]["delegate"] == holding.online
        assert Decimal(accounts[holding.offline]["balance"]) == Decimal(holding.balance)
    staked = {account["delegate"] or pk for pk, account in accounts.items()}
    assert staked <= producers
    assert staked


@every_net
def test_flavour_takes_the_keys_that_the_net_had(entry_id: str) -> None:
    plan = planned(entry_id)
    formats = FLAVOURS[plan.testnet.flavour_name].key_formats
    assert {daemon.key.public_key.format for daemon in plan.daemons if daemon.key} <= formats


def test_page_shows_these_conversions() -> None:
    page = (ROOT / "docs/realnets.md").read_text("utf-8")
    assert [title for title, table in tables().items() if table not in page] == []


@every_net
def test_file_is_short(entry_id: str) -> None:
    lines = file_text(converted(entry_id)).partition("services:")[0].splitlines()
    # A file names 4 lines an account that the ledger gave to people, and 100 lines of its own.
    assert len([line for line in lines if not line.startswith("  ")]) <= 60
