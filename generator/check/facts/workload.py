"""Facts about workloads as they were built, beside what the plan says of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from generator.check.facts.daemon import full_name
from generator.check.facts.table import Row, Rows
from generator.check.facts.unit import Origins, Unit
from generator.check.observe.model import Seen, digest_of
from generator.check.places import Places
from generator.fleet import AddressMode
from generator.plan import NETWORKED, Daemon, Plan, Role
from generator.plan.command import CLIENT_PORT
from generator.plan.defaults import ARCHIVE_PROGRAM, POSTGRES, POSTGRES_IMAGE
from generator.render.manifest import container_resources
from generator.testnet import Resources

PORT_DIGITS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A workload as the plan wants it; `containers` by name: arguments, image, resources.

    The first of them keeps its state on `claim`, which is empty for one that keeps nothing.
    """

    daemon: Daemon
    role: str
    replicas: int
    claim: str
    containers: Mapping[str, tuple[tuple[str, ...], str, Resources]]


def wanted_workloads(plan: Plan) -> Mapping[tuple[str, str], Wanted]:
    """Return every workload of a net by the names of its cluster and object."""
    wanted: dict[tuple[str, str], Wanted] = {}
    for daemon in plan.daemons:
        for name, workload in _wanted(plan, daemon):
            wanted[daemon.cluster.name, f"{plan.namespace}/StatefulSet/{name}"] = workload
    return wanted


def _wanted(plan: Plan, daemon: Daemon) -> Iterable[tuple[str, Wanted]]:
    main = {Role.SNARK_WORKER: "worker", Role.SERVICE: "service"}.get(daemon.role, "daemon")
    containers = {main: (daemon.args, daemon.image, daemon.resources)}
    if daemon.role is Role.ARCHIVE:
        containers["archive"] = (daemon.archive_args, daemon.archive_image, ARCHIVE_PROGRAM)
    yield (
        daemon.name,
        Wanted(
            daemon=daemon,
            role=str(daemon.role),
            replicas=daemon.replicas,
            claim=daemon.claim,
            containers=containers,
        ),
    )
    if daemon.role is Role.ARCHIVE:
        database = ((), POSTGRES_IMAGE, daemon.postgres.over(POSTGRES))
        name = f"{daemon.name}-postgres"
        yield (
            name,
            Wanted(
                daemon=daemon,
                role="archive-postgres",
                replicas=1,
                claim=f"{name}-g{plan.genesis.generation}",
                containers={"postgres": database},
            ),
        )


@dataclass(frozen=True, slots=True)
class Shapes:
    """The shapes of all pods, each once a net: what one net is told of helps no other."""

    _known: set[tuple[str, str, str]] = field(default_factory=set)
    rows: list[Row] = field(default_factory=list)

    def add(self, unit: Unit, name: str, at: int, role: str) -> None:
        """Add the shape of a workload, unless its net has it.

        The role is the planned one where there is a plan: a component may change the label.
        """
        digest = unit.seen["workloads"][name]["shape"]
        if (unit.net, digest, role) not in self._known:
            self._known.add((unit.net, digest, role))
            shape = unit.seen["shapes"][digest]
            if role != shape["role"]:
                shape = shape | {"role": role, "object": name}
            self.rows.append(shape | {"object": unit.named(shape["object"]), "at": at})


def workload_rows(  # noqa: PLR0913 - what the columns of one row follow from
    plan: Plan,
    wanted: Mapping[tuple[str, str], Wanted],
    units: Sequence[Unit],
    origins: Origins,
    shapes: Shapes,
    places: Places,
) -> Rows:
    """Yield every workload of a net that is `wanted` or was built, and add its shape."""
    missing = dict(wanted)
    for unit in units:
        for name, built in unit.seen["workloads"].items():
            plan_says = missing.pop((unit.cluster, name), None)
            at = places.number(origins.of_object(unit, name))
            role = plan_says.role if plan_says else built["role"]
            shapes.add(unit, name, at, role)
            yield {
                "object": unit.named(name),
                "daemon": full_name(plan, built["daemon"] or name.rpartition("/")[2]),
                "net": plan.name,
                "cluster": unit.cluster,
                "role": role,
                "kind": built["kind"],
                "replicas": built["replicas"],
                "wanted_replicas": plan_says.replicas if plan_says else 0,
                "at": at,
            }
    for (cluster, name), absent in missing.items():
        yield {
            "object": f"{cluster}/{name}",
            "daemon": full_name(plan, absent.daemon.name),
            "net": plan.name,
            "cluster": cluster,
            "role": absent.role,
            "kind": "",
            "replicas": 0,
            "wanted_replicas": absent.replicas,
            "at": places.number(absent.daemon.at),
        }


def shared_workload_rows(
    units: Sequence[Unit], origins: Origins, shapes: Shapes, places: Places
) -> Rows:
    """Yield the workloads that belong to no net, which nobody planned, and add their shapes."""
    for unit in units:
        for name, built in unit.seen["workloads"].items():
            at = places.number(origins.of_object(unit, name))
            shapes.add(unit, name, at, built["role"])
            yield {
                "object": unit.named(name),
                "daemon": unit.named(name),
                "net": "",
                "cluster": unit.cluster,
                "role": built["role"],
                "kind": built["kind"],
                "replicas": built["replicas"],
                "wanted_replicas": built["replicas"],
                "at": at,
            }


def difference_rows(
    plan: Plan,
    wanted: Mapping[tuple[str, str], Wanted],
    units: Sequence[Unit],
    origins: Origins,
    places: Places,
) -> Rows:
    """Yield what differs from the plan in containers that it speaks of."""
    digests: dict[object, str] = {}
    for unit in units:
        for name, built in unit.seen["workloads"].items():
            plan_says = wanted.get((unit.cluster, name))
            for difference in _differences(name, built, plan_says, digests) if plan_says else ():
                yield difference | {
                    "object": unit.named(name),
                    "daemon": full_name(plan, built["daemon"] or name.rpartition("/")[2]),
                    "at": places.number(origins.of_object(unit, name)),
                }


def _differences(name: str, built: Seen, wanted: Wanted, digests: dict[object, str]) -> Rows:
    """Yield container, part of it, and what is planned and built where that is short."""
    identity = f"{name.rpartition('/')[2]} {wanted.role}"
    for labels in built["labels"]:
        if labels != identity:
            yield {"container": "", "part": "labels", "planned": identity, "built": labels}
    yield from _container_differences(built, wanted, digests)
    if wanted.claim:
        container, planned = next(iter(wanted.containers)), f"claim {wanted.claim}"
        state, part = built["states"].get(container, ("nothing", "mounts"))
        if state != planned and container in built["containers"]:
            yield {"container": container, "part": part, "planned": planned, "built": state}


def _container_differences(built: Seen, wanted: Wanted, digests: dict[object, str]) -> Rows:
    for name, (args, image, resources) in wanted.containers.items():
        head = {"container": name, "planned": "", "built": ""}
        if name not in built["containers"]:
            yield head | {"part": "container"}
            continue
        built_args, built_image, built_resources = built["containers"][name]
        # Where the plan says nothing, the component of the role may.
        if args and built_args != digest_of(list(args)):
            yield head | {"part": "args"}
        if built_image != image:
            yield head | {"part": "image", "planned": image, "built": built_image}
        if resources not in digests:
            digests[resources] = digest_of(container_resources(resources))
        if built_resources != digests[resources]:
            yield head | {"part": "resources"}


def endpoint_rows(plan: Plan, units: Sequence[Unit], places: Places) -> Rows:
    """Yield the peer-to-peer ports that a net's daemons need, with what was built for each."""
    built: dict[tuple[str, str], Seen] = {}
    services: dict[tuple[str, str], Seen] = {}
    for unit in units:
        built.update(((unit.cluster, n), w) for n, w in unit.seen["workloads"].items())
        services.update(((unit.cluster, n), s) for n, s in unit.seen["services"].items())
    for daemon in plan.daemons:
        if daemon.role in NETWORKED:
            cluster = daemon.cluster.name
            workload = built.get((cluster, f"{plan.namespace}/StatefulSet/{daemon.name}"), {})
            service = services.get((cluster, f"{plan.namespace}/Service/{daemon.name}"), {})
            yield from _endpoints(plan, daemon, workload, service, places)


def _endpoints(plan: Plan, daemon: Daemon, workload: Seen, service: Seen, places: Places) -> Rows:
    flags, ports = workload.get("flags", {}), workload.get("ports", {})
    for kind in plan.testnet.flavour.ports:
        container, host, _ = ports.get(kind.name, (0, 0, ""))
        port, target = _service_port(daemon, service, kind.name)
        # Kademlia takes the port after the first for UDP, without a flag that says so.
        implied = flags.get("external-port", 0) + kind.offset
        flag = flags.get("discovery-port", implied) if kind.offset else implied
        yield {
            "daemon": full_name(plan, daemon.name),
            "address": str(daemon.address),
            "protocol": kind.protocol,
            "wanted": daemon.port + kind.offset,
            "flag": flag,
            "container": container,
            "host": host if daemon.address is AddressMode.HOST_PORT else 0,
            "service": port,
            "target": container if target == kind.name else _number(target),
            "object": f"{daemon.cluster.name}/{plan.namespace}/StatefulSet/{daemon.name}",
            "at": places.number(daemon.at),
        }


def _service_port(daemon: Daemon, service: Seen, name: str) -> tuple[int, str]:
    """Return port and target of a Service; none where the world does not reach it as planned."""
    balanced = service.get("type") == "LoadBalancer"
    if balanced is not (daemon.address is AddressMode.LOAD_BALANCER):
        return 0, ""
    port, target = service["ports"].get(name, (0, ""))
    return port, target


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= PORT_DIGITS else 0


def wired_workers(plan: Plan, units: Sequence[Unit]) -> Mapping[str, bool]:
    """Say, by the name of each pool's workers, whether their coordinator answers as built.

    They name its Service and the port in their arguments, which are compared with the plan.
    """
    client = [str(CLIENT_PORT), "client"]
    answering = {
        (unit.cluster, name)
        for unit in units
        for name, service in unit.seen["services"].items()
        if [str(word) for word in service["ports"].get("client", ())] == client
    }
    return {
        daemon.name: (
            daemon.cluster.name,
            f"{plan.namespace}/Service/{daemon.partner}-client",
        )
        in answering
        for daemon in plan.daemons
        if daemon.role is Role.SNARK_WORKER and units
    }
