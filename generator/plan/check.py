"""What can only be judged with fleet, keys and places at hand."""

from __future__ import annotations

from collections.abc import Iterable

from generator.finding import Finding, Location, Related, Severity
from generator.fleet import Cluster, Fleet
from generator.guess import guess_sentence
from generator.keys import Key, KeyInventory, KeyKind
from generator.plan.model import Daemon, Role
from generator.publickey import InvalidKey, KeyFormat, check_curve
from generator.testnet import KeyUse, Testnet

# A StatefulSet's name, a dash and ten characters must fit into a label of 63.
LONGEST_NAME = 52
COMPANION = len("-postgres")
LONGEST_HOST = 253


def check_regions(testnet: Testnet, fleet: Fleet) -> Iterable[Finding]:
    """Find regions that no cluster of the fleet serves."""
    served = sorted(fleet.by_region)
    for region, at in zip(testnet.regions, testnet.region_places, strict=True):
        if region not in served:
            hint = guess_sentence(region, served)
            yield Finding(
                rule="testnet/region",
                message=f'no cluster of the fleet serves region "{region}"',
                at=at,
                remediation=f"Choose from: {', '.join(served)}.{hint}",
                subject=testnet.name,
            )


def check_keys(testnet: Testnet, inventory: KeyInventory) -> Iterable[Finding]:
    """Find keys that are in no pool, or that the daemon they are meant for cannot use."""
    kinds = {
        KeyKind.LIBP2P: [use for group in testnet.seeds for use in group.keys],
        KeyKind.BLOCK_PRODUCER: [use for group in testnet.block_producers for use in group.keys],
        KeyKind.SNARK: [pool.key for pool in testnet.snark_pools],
    }
    for kind, uses in kinds.items():
        unknown: dict[Location, list[KeyUse]] = {}
        for use in uses:
            key = inventory.keys.get(use.name)
            if key is None:
                unknown.setdefault(use.at, []).append(use)
            elif key.kind is not kind:
                yield _other_kind(key, use, kind)
            elif kind is not KeyKind.LIBP2P:
                yield from _check_format(key, use, testnet)
        for missing in unknown.values():
            yield _unknown_keys(missing, kind, inventory)


def check_overlays(testnet: Testnet, current: str, published: str) -> Iterable[Finding]:
    """Find a version of the library that is neither the current nor the net's published one.

    An empty `current` is not known, and nothing is found.
    """
    if not current or testnet.overlays in {current, published}:
        return
    kept = f"; the net is published with {published}" if published else ""
    yield Finding(
        rule="overlays/version",
        message=f"version {testnet.overlays} of the overlays library is not the current one,"
        f" {current}{kept}",
        at=testnet.places["overlays"],
        remediation=f"Run `testnet upgrade {testnet.name}`, or remove the field; where the net is"
        " published with this version, name the published tree with --tree.",
        subject=testnet.name,
        why="Only these two are there when the net is rendered.",
    )


def check_reference(key: Key, use: KeyUse, cluster: Cluster) -> Iterable[Finding]:
    """Find a key that the provider of its daemon's cluster does not hold."""
    if cluster.provider not in key.references:
        yield Finding(
            rule="keys/reference",
            message=f'key "{key.name}" has no secret on {cluster.provider}, where cluster'
            f' "{cluster.name}" would run it',
            at=use.at,
            remediation=f"Store it there and add `{cluster.provider}` to the pool's secrets.",
            subject=key.name,
            related=(Related(at=key.at, message="registered here"),),
        )


def _unknown_keys(uses: list[KeyUse], kind: KeyKind, inventory: KeyInventory) -> Finding:
    """The finding about the keys of one range that are in no pool."""
    first = uses[0]
    names = [key.name for key in inventory.of_kind(kind)]
    hint = guess_sentence(first.name, names)
    what = f'key "{first.name}" is'
    if len(uses) > 1:
        what = f'key "{first.name}" and {len(uses) - 1} more of its range are'
    return Finding(
        rule="keys/unknown",
        message=f"{what} in no pool of environments/keys",
        at=first.at,
        remediation=f"Register it, or use a key that is.{hint}",
        subject=first.name,
    )


def _other_kind(key: Key, use: KeyUse, kind: KeyKind) -> Finding:
    return Finding(
        rule="keys/kind",
        message=f'key "{key.name}" is of kind {key.kind}, but a {kind} key is needed',
        at=use.at,
        remediation=f"Use a {kind} key; `testnet keys --free --kind {kind}` lists some.",
        subject=key.name,
        related=(Related(at=key.at, message="registered here"),),
    )


def _check_format(key: Key, use: KeyUse, testnet: Testnet) -> Iterable[Finding]:
    flavour = testnet.flavour
    if key.public_key.format not in flavour.key_formats:
        known = ", ".join(sorted(flavour.key_formats))
        yield Finding(
            rule="keys/format",
            message=f'key "{key.name}" has format {key.public_key.format}, which'
            f" {flavour.name} cannot read",
            at=use.at,
            remediation=f"Use a key of format {known}.",
            subject=key.name,
            related=(Related(at=key.at, message="registered here"),),
        )
        return
    if key.public_key.format is not KeyFormat.B62Q:
        return
    try:
        check_curve(key.public_key, pallas_only=flavour.pallas_only)
    except InvalidKey as error:
        yield Finding(
            rule="keys/curve",
            message=f'key "{key.name}" {error}',
            at=use.at,
            remediation="Use a key made after December 2020.",
            subject=key.name,
            related=(Related(at=key.at, message="registered here"),),
        )


def port_moves(name: str, port: int, cluster: Cluster) -> Finding:
    """The finding that a published port is not in the range of its cluster any more."""
    return Finding(
        rule="network/port-moves",
        severity=Severity.WARNING,
        message=f'"{name}" leaves its published port {port}, which is not in the range of'
        f' cluster "{cluster.name}" any more',
        at=cluster.at,
        remediation="Keep the old range beside the new one until the net is gone, if peers"
        " have written the port down.",
        subject=name,
    )


def no_ports(name: str, at: Location, cluster: Cluster) -> Finding:
    """The finding that a cluster has no host port left."""
    return Finding(
        rule="network/ports",
        message=f'cluster "{cluster.name}" has no host port left for "{name}"',
        at=at,
        remediation="Widen `addresses.ports` of the cluster, or use another region.",
        subject=name,
        related=(Related(at=cluster.at, message="the cluster's range"),),
    )


def check_daemons(testnet: Testnet, daemons: tuple[Daemon, ...]) -> Iterable[Finding]:
    """Find names that are too long or that two daemons would share."""
    seen: dict[str, Daemon] = {}
    for daemon in daemons:
        for name in _object_names(daemon):
            first = seen.setdefault(name, daemon)
            # Of one group they were found as two groups of a name, or as a key used twice.
            if (first.role, first.group) != (daemon.role, daemon.group):
                yield Finding(
                    rule="testnet/daemon-name",
                    message=f'"{first.name}" and "{daemon.name}" both need the name "{name}"',
                    at=daemon.at,
                    remediation="Rename one of the groups.",
                    subject=testnet.name,
                    related=(Related(at=first.at, message="the first of them"),),
                )
        limit = LONGEST_NAME - (COMPANION if daemon.role is Role.ARCHIVE else 0)
        if len(daemon.name) > limit:
            yield _too_long(daemon, f"name has {len(daemon.name)} characters", f"{limit}")
        if len(daemon.public_name) > LONGEST_HOST:
            yield _too_long(daemon, "DNS name is too long", f"{LONGEST_HOST}")


def _object_names(daemon: Daemon) -> Iterable[str]:
    """Yield the names of a daemon's workloads and Services."""
    yield daemon.name
    if daemon.role is Role.SNARK_COORDINATOR:
        yield f"{daemon.name}-client"
    if daemon.driven:
        yield f"{daemon.name}-graphql"
    if daemon.role is Role.ARCHIVE:
        yield f"{daemon.name}-postgres"


def _too_long(daemon: Daemon, what: str, limit: str) -> Finding:
    return Finding(
        rule="testnet/name-length",
        message=f'"{daemon.name}": its {what}, and {limit} fit',
        at=daemon.at,
        remediation="Shorten the name of the group or of the key.",
        subject=daemon.name,
        why="Kubernetes adds a suffix to the name and puts it into a label of 63 characters.",
    )
