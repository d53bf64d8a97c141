"""The four generations of the daemon in one table: binary, flags, ports, keys, peers."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from generator.publickey import InvalidKey, KeyFormat, PublicKey, check_curve


class FlavourName(StrEnum):
    """A generation of the daemon, as a testnet file names it."""

    CODA_KADEMLIA = "coda-kademlia"
    CODA_DUAL = "coda-dual"
    CODA_LIBP2P = "coda-libp2p"
    MINA = "mina"


@dataclass(frozen=True, slots=True, kw_only=True)
class PortKind:
    """One peer-to-peer port: its name, protocol, and distance from the daemon's first port."""

    name: str
    protocol: str
    offset: int


P2P = PortKind(name="p2p", protocol="TCP", offset=0)
# Kademlia asserts that its UDP port is the gossip port plus one.
KADEMLIA = PortKind(name="discovery", protocol="UDP", offset=1)
DISCOVERY = PortKind(name="discovery", protocol="TCP", offset=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Flavour:
    """What differs from one generation to the next.

    `dash` starts a flag; `peer_port` is the offset of the port that peers dial; `whole_fees`
    says that the SNARK fee is an integer; `ledger_file` that the daemon reads its genesis
    ledger from a file, where older ones have it compiled in; `generate_identity` that a
    daemon without a declared libp2p identity needs one made at its first start;
    `peers_as_flags` that it takes its peers as flags, not from a file.
    Source: command line of each release, see docs/daemons.md.
    """

    name: FlavourName
    binary: str
    dash: str
    ports: tuple[PortKind, ...]
    key_formats: frozenset[KeyFormat]
    pallas_only: bool
    work_selections: tuple[str, ...]
    peer_port: int
    producer_key_flag: str
    libp2p_key_flag: str
    generate_identity: bool
    peers_as_flags: bool
    archive_flag: tuple[str, str]
    embedded_worker: bool
    ledger_file: bool
    whole_fees: bool
    load_balancer: bool
    default_flags: tuple[tuple[str, str | bool], ...]
    seed_flags: tuple[tuple[str, str | bool], ...]
    worker_flags: tuple[tuple[str, str | bool], ...]
    isolate_flag: str
    stagger_stop: bool

    @property
    def libp2p(self) -> bool:
        """Whether daemons of this flavour have a libp2p identity."""
        return bool(self.libp2p_key_flag)

    @property
    def archive_binary(self) -> str:
        """Name of the archive program of the same release."""
        return f"{self.binary}-archive"

    def why_unreadable(self, key: PublicKey) -> str:
        """Say why daemons of the flavour cannot use a public key; empty where they can."""
        if key.format not in self.key_formats:
            return f"has format {key.format}, which {self.name} cannot read"
        try:
            check_curve(key, pallas_only=self.pallas_only)
        except InvalidKey as error:
            return error.reason
        return ""


_KADEMLIA = Flavour(
    name=FlavourName.CODA_KADEMLIA,
    binary="coda",
    dash="-",
    ports=(P2P, KADEMLIA),
    key_formats=frozenset({KeyFormat.TNCI, KeyFormat.TDN}),
    pallas_only=False,
    work_selections=("seq", "rand"),
    peer_port=1,
    producer_key_flag="propose-key",
    libp2p_key_flag="",
    generate_identity=False,
    peers_as_flags=True,
    archive_flag=("archive-port", "3086"),
    embedded_worker=True,
    ledger_file=False,
    whole_fees=True,
    load_balancer=False,
    default_flags=(("log-json", True),),
    seed_flags=(),
    worker_flags=(),
    isolate_flag="",
    stagger_stop=False,
)

_DUAL = Flavour(
    name=FlavourName.CODA_DUAL,
    binary="coda",
    dash="-",
    ports=(P2P, DISCOVERY),
    key_formats=frozenset({KeyFormat.TDN, KeyFormat.FOUR_VSRC}),
    pallas_only=False,
    work_selections=("seq", "rand"),
    peer_port=1,
    producer_key_flag="propose-key",
    libp2p_key_flag="discovery-keypair",
    generate_identity=False,
    peers_as_flags=True,
    archive_flag=("archive-port", "3086"),
    embedded_worker=False,
    ledger_file=False,
    whole_fees=True,
    load_balancer=True,
    default_flags=(("log-json", True),),
    seed_flags=(),
    worker_flags=(),
    isolate_flag="",
    stagger_stop=False,
)

_LIBP2P = Flavour(
    name=FlavourName.CODA_LIBP2P,
    binary="coda",
    dash="-",
    ports=(P2P,),
    key_formats=frozenset({KeyFormat.FOUR_VSRC, KeyFormat.B62Q}),
    pallas_only=False,
    work_selections=("seq", "rand"),
    peer_port=0,
    producer_key_flag="block-producer-key",
    libp2p_key_flag="discovery-keypair",
    generate_identity=False,
    peers_as_flags=True,
    archive_flag=("archive-address", "127.0.0.1:3086"),
    embedded_worker=False,
    ledger_file=True,
    whole_fees=False,
    load_balancer=True,
    default_flags=(("log-json", True), ("generate-genesis-proof", "true")),
    seed_flags=(("seed", True), ("enable-peer-exchange", "true")),
    worker_flags=(("proof-level", "full"),),
    isolate_flag="isolate-network",
    stagger_stop=False,
)

_MINA = Flavour(
    name=FlavourName.MINA,
    binary="mina",
    dash="--",
    ports=(P2P,),
    key_formats=frozenset({KeyFormat.B62Q}),
    pallas_only=True,
    work_selections=("seq", "rand", "roffset"),
    peer_port=0,
    producer_key_flag="block-producer-key",
    libp2p_key_flag="libp2p-keypair",
    generate_identity=True,
    peers_as_flags=False,
    archive_flag=("archive-address", "127.0.0.1:3086"),
    embedded_worker=False,
    ledger_file=True,
    whole_fees=False,
    load_balancer=True,
    default_flags=(
        ("log-json", True),
        ("generate-genesis-proof", "true"),
        ("file-log-rotations", "500"),
    ),
    seed_flags=(("seed", True), ("enable-peer-exchange", "true"), ("max-connections", "200")),
    worker_flags=(("proof-level", "full"), ("shutdown-on-disconnect", "false")),
    isolate_flag="isolate-network",
    stagger_stop=True,
)

FLAVOURS: dict[FlavourName, Flavour] = {
    flavour.name: flavour for flavour in (_KADEMLIA, _DUAL, _LIBP2P, _MINA)
}

# Flags that take the words `true` or `false`; every other boolean flag takes no argument.
WORDED_FLAGS = frozenset(
    {
        "all-peers-seen-metric",
        "enable-flooding",
        "enable-peer-exchange",
        "generate-genesis-proof",
        "isolate-network",
        "log-block-creation",
        "log-precomputed-blocks",
        "log-received-blocks",
        "log-snark-work-gossip",
        "log-txn-pool-gossip",
        "upload-blocks-to-gcloud",
    }
)

# Flags that the planner sets itself; a testnet file that sets one would break a promise.
MANAGED_FLAGS = frozenset(
    {
        "archive-address",
        "background",
        "bind-port",
        "archive-port",
        "block-producer-key",
        "block-producer-pubkey",
        "client-port",
        "config-directory",
        "config-file",
        "daemon-address",
        "demo-mode",
        "discovery-keypair",
        "discovery-port",
        "external-ip",
        "external-port",
        "libp2p-keypair",
        "log-level",
        "metrics-port",
        "peer",
        "peer-list-file",
        "propose-key",
        "propose-public-key",
        "rest-port",
        "run-snark-coordinator",
        "run-snark-worker",
        "snark-worker-fee",
        "work-selection",
        "working-dir",
    }
)
