"""Arguments, environment and ports of a daemon, by flavour and role.

Names and syntax of the flags follow the command lines of each release; docs/daemons.md
gives the source of every one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from generator.flavour import Flavour
from generator.plan.model import Port, Role
from generator.testnet.model import FlagValue

CLIENT_PORT = 8301
GRAPHQL_PORT = 3085
METRICS_PORT = 8081
SERVICE_METRICS_PORT = 8000
ARCHIVE_PORT = 3086
ARCHIVE_METRICS_PORT = 8082
POSTGRES_PORT = 5432
# The port of a daemon that has an address of its own, behind a load balancer.
OWN_ADDRESS_PORT = 8302


def render_flags(flavour: Flavour, flags: Iterable[tuple[str, FlagValue]]) -> list[str]:
    """Return flags as arguments; None and False leave a flag out, a tuple repeats it."""
    args: list[str] = []
    for name, value in flags:
        flag = f"{flavour.dash}{name}"
        match value:
            case None | False:
                continue
            case True:
                args.append(flag)
            case tuple():
                args.extend(word for item in value for word in (flag, item))
            case _:
                args.extend((flag, value))
    return args


def network_flags(flavour: Flavour, port: int) -> dict[str, FlagValue]:
    """Return the flags that fix directories and ports; none may be overridden."""
    flags: dict[str, FlagValue] = {
        "config-directory": "/state/config",
        "client-port": str(CLIENT_PORT),
        "rest-port": str(GRAPHQL_PORT),
        "external-port": str(port),
        "metrics-port": str(METRICS_PORT),
    }
    if any(kind.name == "discovery" and kind.protocol == "TCP" for kind in flavour.ports):
        flags["discovery-port"] = str(port + 1)
    if not flavour.peers_as_flags:
        flags["peer-list-file"] = "/peers/peers.txt"
    return flags


def daemon_ports(flavour: Flavour, port: int, *, open_udp: bool) -> tuple[Port, ...]:
    """Return the ports of a daemon's container, the public ones first."""
    public = [
        Port(name=k.name, number=port + k.offset, protocol=k.protocol, public=True)
        for k in flavour.ports
    ]
    if open_udp and not any(kind.protocol == "UDP" for kind in flavour.ports):
        public.append(Port(name="p2p-udp", number=port, protocol="UDP", public=True))
    return (
        *public,
        Port(name="client", number=CLIENT_PORT),
        Port(name="graphql", number=GRAPHQL_PORT),
        Port(name="metrics", number=METRICS_PORT),
    )


def peer_text(flavour: Flavour, host: str, port: int, peer_id: str) -> str:
    """Return a seed's address as daemons of the flavour read it: host:port, or a multiaddress."""
    port += flavour.peer_port
    if not flavour.libp2p:
        return f"{host}:{port}"
    scheme = "ipfs" if flavour.peer_port else "p2p"
    return f"/dns4/{host}/tcp/{port}/{scheme}/{peer_id}"


def stop_time(net: str, name: str) -> str:
    """Return after how many hours a daemon stops itself: 156 to 180, never all at once.

    The daemon's own default is 168; daemons that started together would stop together.
    """
    digest = hashlib.sha256(f"{net}/{name}".encode()).digest()
    return str(156 + digest[0] % 25)


def daemon_args(
    flavour: Flavour,
    role_flags: dict[str, FlagValue],
    overridable: tuple[tuple[str, FlagValue], ...],
    *,
    port: int,
    log_level: str,
) -> tuple[str, ...]:
    """Return the whole command of a daemon: what the planner fixes, then what may be changed."""
    fixed: dict[str, FlagValue] = {"log-level": log_level}
    fixed |= network_flags(flavour, port) | role_flags
    return (
        flavour.binary,
        "daemon",
        *render_flags(flavour, fixed.items()),
        # A daemon does not start with one flag twice.
        *render_flags(flavour, (flag for flag in overridable if flag[0] not in fixed)),
    )


def worker_args(flavour: Flavour, coordinator: str) -> tuple[str, ...]:
    """Return the whole command of a SNARK worker."""
    flags: dict[str, FlagValue] = dict(flavour.worker_flags)
    flags["daemon-address"] = f"{coordinator}-client:{CLIENT_PORT}"
    return (
        flavour.binary,
        "internal",
        "snark-worker",
        *render_flags(flavour, flags.items()),
    )


def archive_args(flavour: Flavour, postgres: str, *, ledger_file: bool) -> tuple[str, ...]:
    """Return the whole command of an archive program; the password comes from its environment."""
    uri = f"postgres://postgres:$(POSTGRES_PASSWORD)@{postgres}:{POSTGRES_PORT}/archive"
    flags: dict[str, FlagValue] = {
        "metrics-port": str(ARCHIVE_METRICS_PORT),
        "postgres-uri": uri,
        "server-port": str(ARCHIVE_PORT),
    }
    if ledger_file:
        flags["config-file"] = "/run/testnet/daemon.json"
    return (flavour.archive_binary, "run", *render_flags(flavour, flags.items()))


def role_flags(  # noqa: PLR0913 - one flag each; a record for them would only be taken apart
    flavour: Flavour,
    role: Role,
    *,
    public_key: str = "",
    fee: str = "",
    work_selection: str = "",
    ledger_file: bool,
    driven: bool,
    has_identity: bool,
) -> dict[str, FlagValue]:
    """Return the flags that make a daemon what its role says."""
    flags: dict[str, FlagValue] = {}
    if ledger_file:
        flags["config-file"] = "/run/testnet/daemon.json"
    if has_identity:
        flags[flavour.libp2p_key_flag] = "/keys/libp2p/key"
    elif flavour.generate_identity:
        flags[flavour.libp2p_key_flag] = "/state/libp2p/key"
    if driven:
        # Services reach it from inside the namespace only; no public port ever leads there.
        flags["insecure-rest-server"] = True
    if role is Role.BLOCK_PRODUCER:
        flags[flavour.producer_key_flag] = "/keys/wallet/key"
    elif role is Role.SNARK_COORDINATOR:
        runner = "run-snark-worker" if flavour.embedded_worker else "run-snark-coordinator"
        flags |= {runner: public_key, "snark-worker-fee": fee, "work-selection": work_selection}
    elif role is Role.ARCHIVE:
        flags |= dict([flavour.archive_flag])
    return flags
