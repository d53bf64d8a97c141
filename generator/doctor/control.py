"""Whether this is the cluster that the fleet means, its version, its clock."""

from __future__ import annotations

import re
from collections.abc import Iterable

from generator.doctor.model import Check, judge, ok, unseen, wrong
from generator.fleet import Cluster
from generator.schema import known_minors
from generator.sync.setup import Setup

# Drift that certificates, expiries and the times of a genesis still bear.
MOST_SECONDS = 30


def check_control(setup: Setup, cluster: Cluster) -> Iterable[Check]:
    """Return the checks of the control plane."""
    yield judge("cluster", setup.name, lambda name: _name(setup, cluster, name))
    yield _version(setup, cluster)
    yield _clock(setup)


def _name(setup: Setup, cluster: Cluster, name: str | None) -> Check:
    if name is None:
        return wrong(
            "cluster",
            "it does not say which cluster of the fleet it is: no ConfigMap testnets/cluster",
            f"In a clone of the published tree: kubectl --context {setup.context}"
            f" apply -k clusters/{cluster.name}/flux-system",
        )
    if name != cluster.name:
        return wrong(
            "cluster",
            f'the context "{setup.context}" leads to "{name}"',
            f"Name the context of {cluster.name}: --context {cluster.name}=CONTEXT.",
        )
    return ok("cluster", f'the context "{setup.context}" leads to it')


def _version(setup: Setup, cluster: Cluster) -> Check:
    if not setup.version:
        return unseen("Kubernetes", "its API server does not tell its version")
    found = minor(setup.version)
    if found == cluster.kubernetes:
        return ok("Kubernetes", setup.version)
    known = f'Write kubernetes: "{found}" at {cluster.name} in environments/fleet.yaml'
    add = (
        f"Add the schemas of {found} with `tools/schemas.py` and name it in environments/fleet.yaml"
    )
    return wrong(
        "Kubernetes",
        f"{setup.version}, and the fleet says {cluster.kubernetes}: manifests are checked against"
        " the schemas of another version",
        f"{known if found in known_minors() else add}, or move the cluster.",
    )


def _clock(setup: Setup) -> Check:
    if setup.ahead is None:
        return unseen("clock", "the API server's answers carry no date")
    if abs(setup.ahead) <= MOST_SECONDS:
        return ok("clock", f"within {MOST_SECONDS} s of the clock here")
    where = "ahead of" if setup.ahead > 0 else "behind"
    return wrong(
        "clock",
        f"{abs(setup.ahead):.0f} s {where} the clock here",
        "See that both follow NTP: chronyc tracking, or timedatectl.",
    )


def minor(version: str) -> str:
    """Return `1.37` of `v1.37.2-eks-1`; empty for what is no version."""
    match = re.match(r"v?(\d+\.\d+)(?![\d])", version)
    return match[1] if match else ""
