"""What a net's files on one cluster follow from, as a digest that is the same while they are."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import fields
from operator import attrgetter
from typing import Any

from generator.fleet import Cluster, Provider
from generator.fleet.model import SecretAccess
from generator.keys import Key
from generator.plan import Daemon, Plan, Port, Role
from generator.plan.genesis import utc_text
from generator.program import parts_digest
from generator.render.manifest import net_source
from generator.render.shared import peers_text
from generator.testnet import Purpose, Resources

# The code between a plan and its files; what reads the files of people ends in the plan.
RENDERING = (
    "flavour",
    "fleet",
    "inputs",
    "keys",
    "plan",
    "publickey",
    "quantity",
    "register",
    "render",
    "testnet",
    "yaml",
)
# A field that is not named here counts, so that a new one is never forgotten. Of a daemon's
# cluster and keys that counts which is rendered; its stake stands in the genesis, or nowhere.
UNSEEN_OF_DAEMON = frozenset({"cluster", "key", "identity", "stake", "at"})
# Names and ports that follow from these stand in the daemons and in the peer list.
UNSEEN_OF_CLUSTER = frozenset(
    {
        "addresses",
        "at",
        "cpu",
        "egress",
        "flux",
        "internal_zone",
        "kubernetes",
        "load_balancers",
        "memory",
        "notification_secret",
        "places",
        "pods",
        "ports",
        "prices",
        "public_zone",
        "storage",
    }
)


def _reader(record: type, unseen: frozenset[str] = frozenset()) -> Callable[[Any], Any]:
    return attrgetter(*(field.name for field in fields(record) if field.name not in unseen))


_DAEMON = _reader(Daemon, UNSEEN_OF_DAEMON)
_READERS = {
    Cluster: _reader(Cluster, UNSEEN_OF_CLUSTER),
    Port: _reader(Port),
    Resources: _reader(Resources),
    SecretAccess: _reader(SecretAccess),
}


def digest_inputs(plan: Plan, cluster: Cluster) -> str:
    """Return the digest of all that the files of `render_net` on a cluster follow from.

    64 hexadecimal digits. Equal digests mean equal files, whatever changed elsewhere: in
    comments, in prices, in other nets. The lock and the builds are not among these files.
    """
    # With the seeds of other clusters, as daemons here and outsiders dial them.
    facts = [parts_digest(RENDERING), _of_net(plan), cluster, peers_text(plan, cluster.name)]
    facts += [_of_daemon(daemon, cluster.provider) for daemon in _in_overlays(plan, cluster)]
    text = json.dumps(facts, separators=(",", ":"), default=_values)
    return hashlib.sha256(text.encode()).hexdigest()


def _values(record: object) -> Any:  # noqa: ANN401 - what json wants: anything that it can write
    return _READERS[type(record)](record)


def _of_net(plan: Plan) -> list[object]:
    testnet, genesis = plan.testnet, plan.genesis
    public = testnet.purpose is Purpose.PUBLIC
    return [
        testnet.name,
        testnet.owner,
        testnet.purpose,
        testnet.flavour_name,
        testnet.protected,
        net_source(plan),
        plan.overlays,
        utc_text(plan.expires) if plan.expires else "",
        [genesis.time, genesis.generation, genesis.digest],
        # Outsiders are told the image of the net; its own daemons each have theirs.
        testnet.image if public else "",
        [] if public else plan.fleet_egress,
    ]


def _in_overlays(plan: Plan, cluster: Cluster) -> list[Daemon]:
    """Return the daemons overlay by overlay: only within one does their order show."""
    return sorted(plan.by_cluster[cluster.name], key=lambda daemon: (daemon.phase, daemon.overlay))


def _of_daemon(daemon: Daemon, provider: Provider) -> list[object]:
    # A coordinator runs on the public part alone: its secret is not fetched.
    fetched = daemon.role is Role.BLOCK_PRODUCER
    return [
        _DAEMON(daemon),
        _of_key(daemon.key, provider if fetched else None),
        _of_key(daemon.identity, provider),
    ]


def _of_key(key: Key | None, provider: Provider | None) -> list[str]:
    if key is None:
        return []
    return [key.text, key.references.get(provider, "") if provider else ""]
