"""All facts of a check: every table of the schema, over all nets."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from generator.check.causes import Causes
from generator.check.claims import Claims, add_claims
from generator.check.facts import built, daemon, flux, net, workload
from generator.check.facts.fleet import cluster_rows, egress_rows
from generator.check.facts.image import built_image_rows, image_rows, planned_images
from generator.check.facts.isolation import isolation_tables
from generator.check.facts.mounts import count_mounts, mount_rows, producing_rows
from generator.check.facts.placement import count_services, demand_rows, service_rows
from generator.check.facts.rights import right_tables
from generator.check.facts.table import Row, seconds
from generator.check.facts.unit import Origins, Unit, by_net
from generator.check.leaks import find_leaks
from generator.check.places import Places
from generator.check.secrecy import Search, search
from generator.fleet import Fleet
from generator.keys import KeyInventory
from generator.plan import Allocations, Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What is judged: everything that was loaded, planned and looked at.

    `units` hold only what could be rendered; `thaws` are the nets whose file asks for another
    genesis than the published one; `texts` is all that people wrote, by path, and `find` what
    finds secrets in it; `others` are the claims of nets that are not judged but compared with.
    """

    fleet: Fleet
    inventory: KeyInventory
    published: Allocations
    plans: Sequence[Plan]
    units: Sequence[Unit]
    thaws: frozenset[str]
    texts: Mapping[str, str]
    find: Search = find_leaks
    causes: Causes
    others: Sequence[Claims]
    now: datetime


def gather(subject: Subject, places: Places) -> dict[str, object]:
    """Return the facts, by table."""
    tables: dict[str, list[Row]] = {
        "clusters": list(cluster_rows(subject.fleet, places)),
        "egress": list(egress_rows(subject.fleet, places)),
        **{name: [] for name in _BY_NET},
    }
    origins = Origins(fleet=subject.fleet, plans=subject.plans)
    units = by_net(subject.units)
    shapes = workload.Shapes()
    for plan in subject.plans:
        _gather_plan(plan, subject, units.get(plan.name, ()), places, tables)
        if plan.name in units:
            _gather_built(plan, units[plan.name], origins, shapes, places, tables)
    _gather_shared(units.get("", ()), origins, shapes, places, tables)
    tables["shapes"] = shapes.rows
    _gather_all(subject, origins, places, tables)
    add_claims(tables, subject.others, places)
    objects = sum(len(unit.seen["objects"]) for unit in subject.units)
    return {
        "run": secrets.token_hex(16),
        "now": seconds(subject.now),
        "counts": {
            "objects": objects,
            "mounts": count_mounts(subject.units),
            "services": count_services(subject.units),
        },
        **tables,
    }


_BY_NET = (
    "nets",
    "regions",
    "distances",
    "key_uses",
    "daemons",
    "host_ports",
    "pools",
    "dependencies",
    "images",
    "usage",
    "endpoints",
    "genesis",
    "volumes",
    "workloads",
    "differences",
)


def _gather_plan(
    plan: Plan,
    subject: Subject,
    units: Sequence[Unit],
    places: Places,
    tables: dict[str, list[Row]],
) -> None:
    total, stake = net.produced_stake(plan, subject.inventory)
    tables["nets"].append(
        net.net_row(
            plan,
            subject.published.nets.get(plan.name),
            subject.inventory,
            total=total,
            thaws=plan.name in subject.thaws,
            built=bool(units),
            places=places,
        )
    )
    wired = workload.wired_workers(plan, units)
    tables["regions"].extend(net.region_rows(plan, subject.fleet, stake, places))
    tables["distances"].extend(net.distance_rows(plan, places))
    tables["usage"].extend(net.usage_rows(plan, places))
    tables["images"].extend(image_rows(plan, places))
    tables["key_uses"].extend(daemon.key_rows(plan, subject.inventory, stake, places))
    tables["daemons"].extend(daemon.daemon_rows(plan, places))
    if units:  # where none was left, the plan holds no port that means anything
        tables["host_ports"].extend(daemon.host_port_rows(plan, places))
    tables["pools"].extend(daemon.pool_rows(plan, wired, places))
    tables["dependencies"].extend(daemon.dependency_rows(plan, places))


def _gather_built(  # noqa: PLR0913 - what every table of a net follows from
    plan: Plan,
    units: Sequence[Unit],
    origins: Origins,
    shapes: workload.Shapes,
    places: Places,
    tables: dict[str, list[Row]],
) -> None:
    wanted = workload.wanted_workloads(plan)
    rows = workload.workload_rows(plan, wanted, units, origins, shapes, places)
    tables["workloads"].extend(rows)
    tables["differences"].extend(workload.difference_rows(plan, wanted, units, origins, places))
    images = built_image_rows(plan.name, units, planned_images(plan), origins, places)
    tables["images"].extend(images)
    tables["endpoints"].extend(workload.endpoint_rows(plan, units, places))
    tables["genesis"].extend(built.genesis_rows(plan, units, origins, places))
    tables["volumes"].extend(built.volume_rows(plan, units, origins, places))


def _gather_shared(
    units: Sequence[Unit],
    origins: Origins,
    shapes: workload.Shapes,
    places: Places,
    tables: dict[str, list[Row]],
) -> None:
    """Gather the workloads that run beside all nets of a cluster."""
    tables["workloads"].extend(workload.shared_workload_rows(units, origins, shapes, places))
    tables["images"].extend(built_image_rows("", units, (), origins, places))


def _gather_all(
    subject: Subject, origins: Origins, places: Places, tables: dict[str, list[Row]]
) -> None:
    """Gather what objects of different nets, or of none, are compared for."""
    units = subject.units
    tables["texts"], tables["leaks"] = search(subject.texts, units, origins, places, subject.find)
    tables["exposed"] = list(built.exposed_rows(units, origins, places))
    tables["admitted"] = list(built.admitted_rows(units, origins, places))
    tables["secret_objects"] = list(built.secret_rows(units, origins, places))
    tables["mounts"] = list(mount_rows(subject.plans, units, origins, places))
    tables["services"] = list(service_rows(subject.plans, units, origins, places))
    tables["demands"] = list(demand_rows(subject.fleet, units, origins, places))
    tables["producing"] = list(producing_rows(subject.plans, units, origins, places))
    tables["autoscalers"] = list(built.autoscaler_rows(units, origins, places))
    tables["annotations"] = list(built.annotation_rows(units, origins, places))
    tables["immutable"] = list(built.immutable_rows(units, origins, places))
    tables["owners"] = list(built.owner_rows(units, origins, places))
    spots = {key: places.number(at) for key, at in subject.causes.patch_places()}
    tables["patches"] = list(built.patch_rows(units, spots))
    tables["kustomizations"] = list(flux.kustomization_rows(units, origins, places))
    tables["flux_depends"] = list(flux.depends_rows(units, origins, places))
    tables["needs"] = list(flux.need_rows(units, origins, places))
    tables["grants"] = list(flux.grant_rows(units))
    tables |= right_tables(units, origins, places)
    tables |= isolation_tables(subject.plans, units, origins, places)
