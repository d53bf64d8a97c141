"""Testnets, fleet, keys and published allocations to plans; pure and deterministic."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from generator.finding import Finding, Related
from generator.fleet import AddressMode, Cluster, Fleet
from generator.keys import Key, KeyInventory
from generator.plan.allocation import Allocations, NetAllocation, Overlays, Register, overlays_of
from generator.plan.check import (
    check_daemons,
    check_keys,
    check_overlays,
    check_reference,
    check_regions,
    no_ports,
    port_moves,
)
from generator.plan.command import OWN_ADDRESS_PORT
from generator.plan.daemon import DaemonParts, build_daemon
from generator.plan.genesis import plan_genesis
from generator.plan.members import Batch, Member, list_batches
from generator.plan.model import NETWORKED, PHASES, Daemon, Plan, Role
from generator.plan.placement import place
from generator.testnet import KeyUse, Testnet


def make_plans(  # noqa: PLR0913 - the inputs of the stage; the design names them
    testnets: Sequence[Testnet],
    fleet: Fleet,
    inventory: KeyInventory,
    allocations: Allocations,
    *,
    now: datetime,
    overlays: str,
) -> tuple[tuple[Plan, ...], tuple[Finding, ...]]:
    """Plan several nets, in order of their names, over what is published.

    `now` decides publish and genesis time of new nets; `overlays` is the version of the
    overlays library that new and changed nets are rendered against. Returns the plans and all
    findings.
    """
    register = Register(allocations, {cluster.name: cluster.ports for cluster in fleet.clusters})
    findings: list[Finding] = []
    plans: list[Plan] = []
    for testnet in sorted(testnets, key=lambda net: net.name):
        published = allocations.nets.get(testnet.name)
        planner = _Planner(testnet, fleet, inventory, published, register)
        plans.append(planner.plan(now, overlays))
        findings.extend(planner.findings)
    findings.extend(_one_holder(plans))
    return tuple(plans), tuple(findings)


def make_plan(  # noqa: PLR0913 - as make_plans
    testnet: Testnet,
    fleet: Fleet,
    inventory: KeyInventory,
    allocations: Allocations,
    *,
    now: datetime,
    overlays: str,
) -> tuple[Plan, tuple[Finding, ...]]:
    """Plan a single net; see `make_plans`."""
    plans, findings = make_plans(
        (testnet,), fleet, inventory, allocations, now=now, overlays=overlays
    )
    return plans[0], findings


class _Planner:
    """The planning of one net: what it has taken so far, and what was found wrong."""

    def __init__(
        self,
        testnet: Testnet,
        fleet: Fleet,
        inventory: KeyInventory,
        published: NetAllocation | None,
        register: Register,
    ) -> None:
        self.testnet = testnet
        self.fleet = fleet
        self.inventory = inventory
        self.published = published
        self.register = register
        self.findings: list[Finding] = [
            *check_regions(testnet, fleet),
            *check_keys(testnet, inventory),
        ]
        self._clusters = fleet.by_region
        self._regions = {cluster.name: cluster.region for cluster in fleet.clusters}
        self._overlays: dict[str, Overlays] = {}

    def plan(self, now: datetime, overlays: str) -> Plan:
        now = now.astimezone(UTC).replace(microsecond=0)
        genesis, findings = plan_genesis(self.testnet, self.inventory, self.published, now)
        self.findings.extend(findings)
        published = self.published.published if self.published else now
        ttl = self.testnet.ttl
        daemons = tuple(self._daemons())
        self.findings.extend(check_daemons(self.testnet, daemons))
        return Plan(
            testnet=self.testnet,
            genesis=genesis,
            published=published,
            expires=published + timedelta(seconds=ttl) if ttl else None,
            overlays=self._library(overlays),
            daemons=daemons,
            fleet_egress=self.fleet.egress,
        )

    def _library(self, current: str) -> str:
        """Return the version of the library: as the file says, or as long as it is the same."""
        wanted, published = self.testnet.overlays, self.published
        if wanted:
            old = published.overlays if published else ""
            self.findings.extend(check_overlays(self.testnet, current, old))
            return wanted
        same = published is not None and published.source_digest == self.testnet.digest
        return published.overlays if published and same else current

    def _daemons(self) -> Iterable[Daemon]:
        homes: dict[str, Cluster] = {}
        batches = list_batches(self.testnet, self.published.driven if self.published else {})
        driven = {
            member.partner
            for batch in batches
            for member in batch.members
            if member.role is Role.SERVICE
        }
        for batch in batches:
            for member, cluster in self._placed(batch, homes):
                homes[member.name] = cluster
                yield self._daemon(member, cluster, driven=member.name in driven)

    def _placed(
        self, batch: Batch, homes: Mapping[str, Cluster]
    ) -> Iterable[tuple[Member, Cluster]]:
        if any(region not in self._clusters for region in batch.spread.regions):
            return
        members = batch.members
        pinned = {member.name: member.region for member in members if member.region}
        names = [member.name for member in members]
        regions = place(names, batch.spread, pinned, self._published_regions(names))
        for member in members:
            home = homes.get(member.partner) if member.partner else None
            cluster = home or self._clusters.get(regions[member.name])
            if cluster is not None:
                yield member, cluster

    def _published_regions(self, names: Sequence[str]) -> dict[str, str]:
        daemons = self.published.daemons if self.published else {}
        return {
            name: self._regions[daemons[name].cluster]
            for name in names
            if name in daemons and daemons[name].cluster in self._regions
        }

    def _daemon(self, member: Member, cluster: Cluster, *, driven: bool) -> Daemon:
        address = member.overrides.address or cluster.addresses
        if not self.testnet.flavour.load_balancer:
            address = AddressMode.HOST_PORT
        parts = DaemonParts(
            testnet=self.testnet,
            cluster=cluster,
            overlay=self._overlay(member, cluster),
            port=self._port(member, cluster, address),
            address=address,
            key=self._key(member.key, cluster),
            identity=self._key(member.identity, cluster),
            driven=driven,
        )
        return build_daemon(member, parts)

    def _overlay(self, member: Member, cluster: Cluster) -> int:
        old = self.published.daemons.get(member.name) if self.published else None
        if old and old.cluster == cluster.name and old.phase == PHASES[member.role]:
            return old.overlay
        if cluster.name not in self._overlays:
            self._overlays[cluster.name] = overlays_of(self.published, cluster.name)
        return self._overlays[cluster.name].take(PHASES[member.role])

    def _port(self, member: Member, cluster: Cluster, address: AddressMode) -> int:
        if member.role not in NETWORKED:
            return 0
        if address is AddressMode.LOAD_BALANCER:
            return OWN_ADDRESS_PORT
        count = len(self.testnet.flavour.ports)
        old = self.published.daemons.get(member.name) if self.published else None
        # After a change of flavour it may need one port more than it has.
        if old and old.cluster == cluster.name and old.ports >= count:
            if old.port in cluster.ports and old.port + count - 1 in cluster.ports:
                return old.port
            if old.port not in (0, OWN_ADDRESS_PORT):
                self.findings.append(port_moves(member.name, old.port, cluster))
        port = self.register.take_ports(cluster.name, count)
        if not port:
            self.findings.append(no_ports(member.name, member.at, cluster))
        return port or cluster.ports.start

    def _key(self, use: KeyUse | None, cluster: Cluster) -> Key | None:
        key = self.inventory.keys.get(use.name) if use else None
        if use and key:
            self.findings.extend(check_reference(key, use, cluster))
        return key


def _one_holder(plans: Sequence[Plan]) -> Iterable[Finding]:
    """Every key has one holder over all nets: the promise that the project exists for."""
    holders: dict[bytes, tuple[Plan, Daemon]] = {}
    for plan in plans:
        for daemon in plan.daemons:
            for key in (daemon.key, daemon.identity):
                if key is None:
                    continue
                other, first = holders.setdefault(key.identity, (plan, daemon))
                if other.name != plan.name:
                    yield Finding(
                        rule="keys/unique",
                        message=f'key "{key.name}" of testnet "{plan.name}" is also used by'
                        f' testnet "{other.name}"',
                        at=daemon.at,
                        remediation="Use a free key; `testnet keys --free` lists some.",
                        subject=key.name,
                        why="Two daemons that produce blocks with one key fork the chain.",
                        related=(Related(at=first.at, message=f"used by {first.name} here"),),
                    )
