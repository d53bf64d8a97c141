"""What an entry has and a testnet file cannot say, or says in another way; and why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.realnets.data import Entry, deployment, machines
from tests.realnets.era import daemon_image, flavour


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """Something that a conversion changes or leaves out; `has` says whether an entry has it.

    `kept` says that the net still has the daemon or service, only in another shape.
    """

    name: str
    what: str
    why: str
    kept: bool
    has: Callable[[Entry], bool]


def _groups(entry: Entry) -> list[Entry]:
    groups: list[Entry] = deployment(entry).get("block_producers", {}).get("groups", [])
    return groups


def _archives(entry: Entry) -> list[Entry]:
    nodes: list[Entry] = deployment(entry).get("archive_nodes", {}).get("nodes", [])
    return nodes


def _bots(entry: Entry) -> bool:
    here = deployment(entry)
    chosen = any("with_bots" in part and here[part] for part in here)
    return chosen or any(group.get("run_with_bots") for group in _groups(entry))


def _payments(entry: Entry) -> bool:
    return any(group.get("run_with_user_agent") for group in _groups(entry))


def _payments_unknown(entry: Entry) -> bool:
    images = deployment(entry).get("images", {})
    told = any("run_with_user_agent" in group for group in _groups(entry))
    return "user_agent" in images and bool(_groups(entry)) and not told


def _outside_peers(entry: Entry) -> bool:
    own = {machine["peer_id"] for machine in machines(entry)}
    peers = deployment(entry).get("seeds", {}).get("additional_seed_peers", [])
    return any(peer.rpartition("/")[2] not in own for peer in peers)


def _no_seeds(entry: Entry) -> bool:
    seeds = deployment(entry).get("seeds", {})
    named = ("count", "in_cluster_seed_nodes", "peer_ids_of_seed_keypairs")
    return bool(deployment(entry)) and not machines(entry) and not any(map(seeds.get, named))


def _only_key_pairs(entry: Entry) -> bool:
    seeds = deployment(entry).get("seeds", {})
    placed = seeds.get("in_cluster_seed_nodes") or seeds.get("count") or machines(entry)
    return bool(seeds.get("peer_ids_of_seed_keypairs")) and not placed


def _ledger_known_by_size(entry: Entry) -> bool:
    return bool(entry.get("genesis_ledger", {}).get("ledger", {}).get("accounts"))


def _services(kind: str) -> Callable[[Entry], bool]:
    return lambda entry: any(
        isinstance(service, dict) and service["kind"] == kind
        for service in (entry.get("services") or [])
    )


def _setting(*path: str) -> Callable[[Entry], bool]:
    def has(entry: Entry) -> bool:
        value: object = deployment(entry)
        for part in path:
            value = value.get(part) if isinstance(value, dict) else None
        return bool(value)

    return has


def _is_aws(entry: Entry) -> bool:
    return bool(entry["platform"] == "aws-ec2")


def _has_group(role: str) -> Callable[[Entry], bool]:
    return lambda entry: any(role in group["role"] for group in entry.get("node_groups", []))


def _before_berkeley(entry: Entry) -> bool:
    image = daemon_image(entry)
    return flavour(entry) == "mina" and not any(word in image for word in ("berkeley", "rampup"))


LOSSES = (
    Loss(
        name="bots",
        what="bots beside producers: a faucet and an echo on Discord",
        why="the only service that a testnet file can ask for is `payments`",
        kept=False,
        has=_bots,
    ),
    Loss(
        name="points",
        what="the program that counted points for the leaderboard",
        why="not in the catalogue of services; its removal was asked for (issue 6922)",
        kept=False,
        has=_setting("images", "points"),
    ),
    Loss(
        name="watchdog",
        what="the watchdog: reports, crawls, restarts of random nodes",
        why="not in the catalogue of services; no service here may delete pods",
        kept=False,
        has=lambda e: _setting("images", "watchdog")(e) or _setting("services", "make_reports")(e),
    ),
    Loss(
        name="block-upload",
        what="daemons that upload blocks to a bucket",
        why="the flag needs an environment and a secret that a testnet file cannot name",
        kept=False,
        has=_setting("services", "upload_blocks_to_gcloud"),
    ),
    Loss(
        name="itn",
        what="the services of an incentivised testnet: uptime, orchestrator, its PostgreSQL",
        why="none of them is in the catalogue of services",
        kept=False,
        has=_setting("services", "additional"),
    ),
    Loss(
        name="faucet",
        what="the faucet, a container with a daemon and a wallet of its own",
        why="not in the catalogue of services",
        kept=False,
        has=_services("faucet"),
    ),
    Loss(
        name="graphql-proxy",
        what="a public proxy of GraphQL",
        why="GraphQL is never exposed to the world (design 5.9)",
        kept=False,
        has=_services("graphql-proxy"),
    ),
    Loss(
        name="payment-settings",
        what="how much the user agents paid, how often, at which fee",
        why="a service of a testnet file has no settings; the image's own hold",
        kept=True,
        has=_payments,
    ),
    Loss(
        name="payments-unknown",
        what="user agents, of which the data does not say which producers had one",
        why="not converted, rather than guessed",
        kept=False,
        has=_payments_unknown,
    ),
    Loss(
        name="outside-peers",
        what="seeds of another configuration, named by their address",
        why="the planner writes the peer list from the net's own seeds; `-peer` cannot be set",
        kept=False,
        has=_outside_peers,
    ),
    Loss(
        name="producer-identity",
        what="libp2p key pairs of block producers",
        why="only seeds have a declared identity; other daemons make one",
        kept=True,
        has=lambda entry: any(group.get("libp2p_key_secrets") for group in _groups(entry)),
    ),
    Loss(
        name="machine-seeds",
        what="seeds on virtual machines outside the cluster",
        why="they run on the cluster that serves the machine's region, with their identity",
        kept=True,
        has=lambda entry: bool(machines(entry)),
    ),
    Loss(
        name="key-pairs-only",
        what="seeds of which only the key pairs are named, and not where they ran",
        why="converted as seeds in the net's cluster",
        kept=True,
        has=_only_key_pairs,
    ),
    Loss(
        name="no-seeds",
        what="no seed at all: daemons with a seed list of another net, or with none",
        why="a testnet file has at least one seed; one was added",
        kept=True,
        has=_no_seeds,
    ),
    Loss(
        name="joiners",
        what="nodes that only joined",
        why="no such role; converted as seeds, which run the same program and are peers to all",
        kept=True,
        has=_has_group("joiner"),
    ),
    Loss(
        name="plain-nodes",
        what="daemons without any role",
        why="no such role; converted as seeds without the flags of a seed, peers to all",
        kept=True,
        has=_setting("plain_nodes"),
    ),
    Loss(
        name="shared-database",
        what="archives that write into the PostgreSQL of another archive",
        why="every archive has a PostgreSQL of its own",
        kept=True,
        has=lambda entry: any(not node["enablePostgresDB"] for node in _archives(entry)),
    ),
    Loss(
        name="archive-alone",
        what="archives without a daemon of their own, fed by seeds",
        why="every archive has a daemon of its own in the same pod",
        kept=True,
        has=lambda entry: any(not node["enableLocalDaemon"] for node in _archives(entry)),
    ),
    Loss(
        name="ledger",
        what="accounts of the genesis ledger other than those of producers",
        why="the data has their number and sum only; `genesis.accounts` would hold them",
        kept=False,
        has=_ledger_known_by_size,
    ),
    Loss(
        name="preemptible",
        what="a choice between preemptible nodes and others",
        why="where a pod may be scheduled is the cluster's affair, not the testnet file's",
        kept=False,
        has=lambda entry: "node_selector_preemptible" in deployment(entry),
    ),
    Loss(
        name="packages",
        what="Debian packages on virtual machines, of one type each",
        why="the image's tag is the package's version; requests are what the machine had",
        kept=True,
        has=_is_aws,
    ),
    Loss(
        name="snark-workers",
        what="SNARK coordinators of 2019, whose workers the data does not count",
        why="kademlia daemons do the work themselves; the others got one worker",
        kept=True,
        has=lambda entry: _is_aws(entry) and flavour(entry) == "coda-dual",
    ),
    Loss(
        name="identity-flag",
        what="images of mina before Berkeley: their flag is `--discovery-keypair`",
        why="the flavour `mina` passes `--libp2p-keypair`, and both belong to the planner",
        kept=True,
        has=_before_berkeley,
    ),
    Loss(
        name="archives-of-2019",
        what="archive nodes before the archive program had its present form",
        why="converted as archives; the daemon of that time named the flag `archive-port`",
        kept=True,
        has=_has_group("archive"),
    ),
)
