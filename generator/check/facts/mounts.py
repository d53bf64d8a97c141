"""Facts about Secrets and volumes: who is given another's, and who fetches what it should not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from generator.check.facts.daemon import full_name
from generator.check.facts.table import Row, Rows
from generator.check.facts.unit import Origins, Unit, placed
from generator.check.facts.workload import wanted_workloads
from generator.check.places import Places
from generator.plan import Daemon, Plan, Role

Name = tuple[str, str]


@dataclass(frozen=True)
class _Planned:
    """What the plans give to whom; objects by cluster and name, Secrets as `namespace/name`.

    `fetched` is the Secret that an ExternalSecret makes, and the remote key it is made of;
    `claims` is the one of a workload, and `volumes` whose each is.
    """

    mounts: dict[Name, set[str]] = field(default_factory=dict)
    fetched: dict[Name, tuple[str, frozenset[str]]] = field(default_factory=dict)
    owners: dict[Name, str] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    claims: dict[Name, str] = field(default_factory=dict)
    volumes: dict[Name, str] = field(default_factory=dict)

    def add(self, plan: Plan, daemon: Daemon) -> None:
        """Add what a daemon holds, and its service or database."""
        given = self._give(plan, daemon, daemon.name)
        keys = [(daemon.identity, "libp2p")]
        if daemon.role is Role.BLOCK_PRODUCER:
            keys.append((daemon.key, "key"))
            given.add(f"{daemon.name}-key")
        if daemon.role is Role.SERVICE:
            given.add(f"{daemon.partner}-key")
        if daemon.role is Role.ARCHIVE:
            given.add(f"{daemon.name}-postgres")
            self._give(plan, daemon, f"{daemon.name}-postgres").add(f"{daemon.name}-postgres")
            self._fetch(plan, daemon, "postgres", frozenset())
        for key, suffix in keys:
            if key is not None:
                given.add(f"{daemon.name}-{suffix}")
                reference = key.references.get(daemon.cluster.provider, "")
                self._fetch(plan, daemon, suffix, frozenset({reference}))
                self.keys[reference] = full_name(plan, daemon.name)

    def _give(self, plan: Plan, daemon: Daemon, workload: str) -> set[str]:
        name = f"{plan.namespace}/StatefulSet/{workload}"
        return self.mounts.setdefault((daemon.cluster.name, name), set())

    def _fetch(self, plan: Plan, daemon: Daemon, suffix: str, keys: frozenset[str]) -> None:
        cluster, secret = daemon.cluster.name, f"{daemon.name}-{suffix}"
        self.fetched[cluster, f"{plan.namespace}/ExternalSecret/{secret}"] = (secret, keys)
        self.owners[cluster, f"{plan.namespace}/{secret}"] = full_name(plan, daemon.name)


def count_mounts(units: Iterable[Unit]) -> int:
    """Return how many Secrets and volumes workloads are given, with what makes each of them."""
    return sum(
        sum(map(len, (*unit.seen["mounts"].values(), *unit.seen["held"].values())))
        + len(unit.seen["fetched"])
        + len(unit.seen["claims"])
        for unit in units
    )


def mount_rows(
    plans: Sequence[Plan], units: Sequence[Unit], origins: Origins, places: Places
) -> Rows:
    """Yield what is given, made or fetched otherwise than planned; all others are counted alone."""
    planned = _Planned()
    for plan in plans:
        for daemon in plan.daemons:
            planned.add(plan, daemon)
        for name, wanted in wanted_workloads(plan).items():
            planned.claims[name] = wanted.claim
            volume = (name[0], f"{plan.namespace}/{wanted.claim}")
            planned.volumes[volume] = full_name(plan, wanted.daemon.name)
    for unit in units:
        for row in (*_mounted(planned, unit), *_fetched(planned, unit), *_held(planned, unit)):
            yield placed(row, unit, origins, places)


def _mounted(planned: _Planned, unit: Unit) -> Rows:
    for name, mounted in unit.seen["mounts"].items():
        given = planned.mounts.get((unit.cluster, name), ())
        for secret, where in mounted.items():
            owner = _owner(planned, unit, name, secret)
            # What runs beside the nets may have Secrets of its own.
            if secret not in given and (unit.net or owner):
                yield _row(name, "mount", secret, owner, where)


def _fetched(planned: _Planned, unit: Unit) -> Rows:
    for name, made in unit.seen["fetched"].items():
        secret, keys = planned.fetched.get((unit.cluster, name), ("", frozenset()))
        owner = _owner(planned, unit, name, made["target"])
        if made["target"] != secret and (secret or owner):
            yield _row(name, "target", made["target"], owner, "spec.target")
        for key, where in made["keys"].items():
            if key not in keys:
                yield _row(name, "fetch", key, planned.keys.get(key, ""), where)


def _held(planned: _Planned, unit: Unit) -> Rows:
    for name, held in unit.seen["held"].items():
        own = planned.claims.get((unit.cluster, name), "")
        namespace = name.partition("/")[0]
        for said, where in held.items():
            kind, _, what = said.partition("/")
            owner = ""
            if kind in ("claim", "copy"):
                short = what.rpartition("/")[2]
                owner = planned.volumes.get((unit.cluster, f"{namespace}/{short}"), "")
            if (kind != "claim" or what != own) and (unit.net or owner):
                yield _row(name, kind, what, owner, where)


def _owner(planned: _Planned, unit: Unit, name: str, secret: str) -> str:
    namespace = name.partition("/")[0]
    return planned.owners.get((unit.cluster, f"{namespace}/{secret}"), "")


def _row(name: str, kind: str, secret: str, owner: str, where: str) -> Row:
    return {"object": name, "kind": kind, "secret": secret, "owner": owner, "field": where}


def producing_rows(
    plans: Sequence[Plan], units: Sequence[Unit], origins: Origins, places: Places
) -> Rows:
    """Yield what makes a pod produce blocks that is no planned block producer's."""
    roles: Mapping[Name, str] = {
        name: wanted.role for plan in plans for name, wanted in wanted_workloads(plan).items()
    }
    for unit in units:
        for name, said in unit.seen["producing"].items():
            if roles.get((unit.cluster, name)) != str(Role.BLOCK_PRODUCER):
                for where, flag in said.items():
                    yield {
                        "object": unit.named(name),
                        "flag": flag,
                        "field": where,
                        "at": places.number(origins.of_object(unit, name)),
                    }
