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
    """A workload as the plan wants it; `containers` by name: arguments, image, resources."""

    daemon: Daemon
    role: str
    replicas: int
    containers: Mapping[str, tuple[tuple[str, ...], str, Resources]]


def wanted_workloads(plan: Plan) -> Mapping[tuple[str, str], Wanted]:
    """Return every workload of a net by the names of its cluster and object."""
    wanted: dict[tuple[str, str], Wanted] = {}
    for daemon in plan.daemons:
        for name, workload in _wanted(daemon):
            wanted[daemon.cluster.name, f"{plan.namespace}/StatefulSet/{name}"] = workload
    return wanted


def _wanted(daemon: Daemon) -> Iterable[tuple[str, Wanted]]:
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
            containers=containers,
        ),
    )
    if daemon.role is Role.ARCHIVE:
        database = ((), POSTGRES_IMAGE, daemon.postgres.over(POSTGRES))
        yield (
            f"{daemon.name}-postgres",
            Wanted(
                daemon=daemon,
                role="archive-postgres",
                replicas=1,
                containers={"postgres": database},
            ),
        )


@dataclass(frozen=True, slots=True)
class Shapes:
    """The shapes of all pods, each once, numbered."""

    _numbers: dict[str, int] = field(default_factory=dict)
    rows: list[Row] = field(default_factory=list)

    def number(self, unit: Unit, digest: str, at: int) -> int:
        """Return the number of a shape that was seen in a unit."""
        if digest not in self._numbers:
            self._numbers[digest] = len(self.rows)
            shape = unit.seen["shapes"][digest]
            name = unit.named(shape["object"])
            self.rows.append(shape | {"shape": len(self.rows), "object": name, "at": at})
        return self._numbers[digest]


def workload_rows(
    plan: Plan, units: Sequence[Unit], origins: Origins, shapes: Shapes, places: Places
) -> Rows:
    """Yield every workload of a net that is planned or was built, and number its shape."""
    wanted = dict(wanted_workloads(plan))
    digests: dict[object, str] = {}
    for unit in units:
        for name, built in unit.seen["workloads"].items():
            plan_says = wanted.pop((unit.cluster, name), None)
            at = places.number(origins.of_object(unit, name))
            yield {
                "object": unit.named(name),
                "daemon": full_name(plan, built["daemon"] or name.rpartition("/")[2]),
                "net": plan.name,
                "cluster": unit.cluster,
                "role": plan_says.role if plan_says else built["role"],
                "kind": built["kind"],
                "shape": shapes.number(unit, built["shape"], at),
                "replicas": built["replicas"],
                "wanted_replicas": plan_says.replicas if plan_says else 0,
                **_agrees(built, plan_says, digests),
                "at": at,
            }
    for (cluster, name), missing in wanted.items():
        yield {
            "object": f"{cluster}/{name}",
            "daemon": full_name(plan, missing.daemon.name),
            "net": plan.name,
            "cluster": cluster,
            "role": missing.role,
            "kind": "",
            "shape": -1,
            "replicas": 0,
            "wanted_replicas": missing.replicas,
            "args": False,
            "image": False,
            "resources": False,
            "at": places.number(missing.daemon.at),
        }


def _agrees(built: Seen, wanted: Wanted | None, digests: dict[object, str]) -> dict[str, bool]:
    """Say whether arguments, images and resources are those of the plan, in every container."""
    agrees = {"args": True, "image": True, "resources": True}
    for name, (args, image, resources) in (wanted.containers if wanted else {}).items():
        built_args, built_image, built_resources = built["containers"].get(name, ("", "", ""))
        # Where the plan says nothing, the component of the role may.
        agrees["args"] &= not args or built_args == digest_of(list(args))
        agrees["image"] &= built_image == image
        if resources not in digests:
            digests[resources] = digest_of(container_resources(resources))
        agrees["resources"] &= built_resources == digests[resources]
    return agrees


def endpoint_rows(plan: Plan, units: Sequence[Unit], places: Places) -> Rows:
    """Yield the peer-to-peer ports that a net's daemons need, with what was built for each."""
    built: dict[tuple[str, str], tuple[Unit, Seen]] = {}
    services: dict[tuple[str, str], Seen] = {}
    for unit in units:
        built.update(((unit.cluster, n), (unit, w)) for n, w in unit.seen["workloads"].items())
        services.update(((unit.cluster, n), s) for n, s in unit.seen["services"].items())
    for daemon in plan.daemons:
        if daemon.role in NETWORKED:
            name = f"{plan.namespace}/StatefulSet/{daemon.name}"
            _, workload = built.get((daemon.cluster.name, name), (None, {}))
            service = services.get((daemon.cluster.name, f"{plan.namespace}/Service/{daemon.name}"))
            yield from _endpoints(plan, daemon, workload, service or {}, places)


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
