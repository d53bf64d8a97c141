"""A placed member becomes a daemon: its ports, arguments, environment and names."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_FLOOR

from generator.flavour import Flavour
from generator.fleet import AddressMode, Cluster
from generator.keys import Key
from generator.plan import command
from generator.plan.defaults import SERVICE_IMAGES, archive_image
from generator.plan.members import Member
from generator.plan.model import NETWORKED, Daemon, Port, Role
from generator.quantity import parse_cpu
from generator.testnet import Archive, Resources, Service, SnarkPool, Testnet
from generator.testnet.model import FlagValue


@dataclass(frozen=True, slots=True, kw_only=True)
class DaemonParts:
    """What was decided about a member by looking at everything else."""

    testnet: Testnet
    cluster: Cluster
    overlay: int
    port: int
    address: AddressMode
    key: Key | None
    identity: Key | None
    driven: bool

    @property
    def flavour(self) -> Flavour:
        """The net's flavour."""
        return self.testnet.flavour


def build_daemon(member: Member, parts: DaemonParts) -> Daemon:
    """Return the daemon of a member."""
    testnet, cluster = parts.testnet, parts.cluster
    networked = member.role in NETWORKED
    source = member.source
    archive = source if isinstance(source, Archive) else None
    host = f"{member.name}.{testnet.name}.{cluster.public_zone}"
    return Daemon(
        name=member.name,
        role=member.role,
        group=member.group,
        cluster=cluster,
        overlay=parts.overlay,
        image=_image(member),
        replicas=member.replicas,
        port=parts.port,
        ports=_ports(parts) if networked else _own_ports(member),
        args=_args(member, parts),
        env=_env(member, parts),
        resources=member.overrides.resources,
        address=parts.address,
        public_name=host if networked else "",
        claim=f"{member.name}-g{testnet.genesis.generation}" if networked else "",
        key=parts.key,
        identity=parts.identity,
        stake=member.stake,
        partner=member.partner,
        archive_image=(archive.image or archive_image(member.overrides.image)) if archive else "",
        archive_args=_archive_args(member, parts) if archive else (),
        postgres=archive.postgres if archive else Resources(),
        kind=source.kind if isinstance(source, Service) else "",
        driven=parts.driven,
        at=member.at,
    )


def _image(member: Member) -> str:
    source = member.source
    if isinstance(source, Service):
        return source.overrides.image or SERVICE_IMAGES[source.kind]
    return member.overrides.image


def _ports(parts: DaemonParts) -> tuple[Port, ...]:
    return command.daemon_ports(parts.flavour, parts.port, open_udp=parts.testnet.open_udp)


def _own_ports(member: Member) -> tuple[Port, ...]:
    if member.role is Role.SERVICE:
        return (Port(name="metrics", number=command.SERVICE_METRICS_PORT),)
    return ()


def _args(member: Member, parts: DaemonParts) -> tuple[str, ...]:
    if member.role is Role.SNARK_WORKER:
        return command.worker_args(parts.flavour, member.partner)
    if member.role is Role.SERVICE:
        return ()
    pool = member.source if isinstance(member.source, SnarkPool) else None
    flags = command.role_flags(
        parts.flavour,
        member.role,
        public_key=parts.key.text if parts.key else "",
        fee=pool.fee if pool else "",
        work_selection=pool.work_selection if pool else "",
        ledger_file=parts.testnet.genesis.ledger_file,
        driven=parts.driven,
        has_identity=parts.identity is not None,
    )
    return command.daemon_args(
        parts.flavour,
        flags,
        _overridable(member, parts),
        port=parts.port,
        log_level=member.overrides.log_level,
    )


def _overridable(member: Member, parts: DaemonParts) -> tuple[tuple[str, FlagValue], ...]:
    flags = member.overrides.flags
    if parts.flavour.stagger_stop and not any(name == "stop-time" for name, _ in flags):
        flags = (*flags, ("stop-time", command.stop_time(parts.testnet.name, member.name)))
    return flags


def _archive_args(member: Member, parts: DaemonParts) -> tuple[str, ...]:
    return command.archive_args(
        parts.flavour,
        f"{member.name}-postgres",
        ledger_file=parts.testnet.genesis.ledger_file,
    )


def _threads(resources: Resources) -> str:
    cores = parse_cpu(resources.cpu).to_integral_value(ROUND_FLOOR)
    return str(max(1, int(cores)))


def _env(member: Member, parts: DaemonParts) -> tuple[tuple[str, str], ...]:
    if member.role is Role.SERVICE:
        return _service_env(member)
    env: list[tuple[str, str]] = [("RAYON_NUM_THREADS", _threads(member.overrides.resources))]
    if member.role in NETWORKED:
        env.append(("P2P_PORT", str(parts.port)))
    if member.role is Role.SEED and parts.flavour.peers_as_flags:
        # How its own line begins in the peer list of its cluster.
        env.append(("PEER_SELF", f"{member.name}.net-{parts.testnet.name}."))
    if member.role is Role.SNARK_COORDINATOR:
        # The daemon answers its client port to these networks only; older ones read CODA_.
        prefix = "MINA" if parts.flavour.binary == "mina" else "CODA"
        env.append((f"{prefix}_CLIENT_TRUSTLIST", parts.cluster.pods))
    return tuple(env)


def _service_env(member: Member) -> tuple[tuple[str, str], ...]:
    return (
        ("CODA_HOST", f"{member.partner}-graphql"),
        ("CODA_PORT", str(command.GRAPHQL_PORT)),
    )
