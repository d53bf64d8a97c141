"""A cluster on which all is well, as its setup was read."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from generator.doctor.wanted import KINDS, RIGHTS, ROLES
from generator.fleet import Cluster, Fleet
from generator.sync.setup import (
    Controller,
    Node,
    Provider,
    Reconciler,
    Setup,
    Source,
    Space,
    StorageClass,
)
from tests.repository import FLEET, read_fleet

URL = "https://example.org/environments"
REVISION = f"environments@sha1:{'a1b2' * 10}"
MOMENT = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)
FLAGS = (
    "--events-addr=http://notification-controller/",
    "--feature-gates=CancelHealthCheckOnNewRevision=true",
    "--concurrent=20",
    "--requeue-dependency=5s",
    "--no-cross-namespace-refs=true",
)


def fleet() -> Fleet:
    """The fleet of other tests, but `west` lets the nodes' addresses out too."""
    return read_fleet(FLEET.replace("[203.0.113.10/32]", "[203.0.113.10/32, 8.8.0.0/16]"))


def cluster(name: str = "west") -> Cluster:
    return fleet().by_name[name]


def controller(name: str, *arguments: str, namespace: str = "flux-system") -> Controller:
    """A Deployment of which two pods run."""
    return Controller(
        namespace=namespace,
        name=name,
        program=name,
        image=f"example.org/{name}:v1",
        version="v2.9.4" if namespace == "flux-system" else "",
        account=f"{namespace}/{name}",
        arguments=arguments,
        wanted=2,
        ready=2,
    )


def dns(owner: str = "west", zone: str = "west.example.org") -> Controller:
    """An external-dns that looks after a zone."""
    arguments = ("--source=service", f"--txt-owner-id={owner}", "--domain-filter", zone)
    return controller("external-dns", *arguments, namespace="dns")


SOURCE = Source(
    url=URL,
    branch="environments",
    revision=REVISION,
    updated=datetime(2026, 12, 1, 9, 30, tzinfo=UTC),
    suspended=False,
    ready=True,
    busy=False,
    why="stored artifact",
)


def reconciler(name: str) -> Reconciler:
    return Reconciler(
        path=f"./clusters/west/{name}",
        source="GitRepository/environments",
        revision=REVISION,
        prune=True,
        wait=name == "platform",
        suspended=False,
        ready=True,
        busy=False,
        why="Applied revision",
    )


def node(number: int) -> Node:
    return Node(
        name=f"node-{number}",
        region="us-west-2",
        zone=f"us-west-2{'abc'[number % 3]}",
        addresses=(f"8.8.4.{number}", "2001:4860::1"),
        cpu=Decimal(2000),
        memory=8 * 2**40,
        ready=True,
        open=True,
    )


def storage(name: str = "gp3") -> StorageClass:
    return StorageClass(name=name, provisioner="ebs.csi.aws.com", waits=True, expands=True)


def setup() -> Setup:
    """The cluster `west`, on which nothing is wrong."""
    return Setup(
        cluster="west",
        context="prod-west",
        version="v1.37.2-eks-3f2a1b",
        moment=MOMENT,
        ahead=-0.4,
        name="west",
        controllers=(
            controller("source-controller"),
            controller("kustomize-controller", *FLAGS),
            controller("notification-controller"),
            controller("external-secrets", namespace="external-secrets"),
            dns(),
            controller("prometheus-operator", namespace="monitoring"),
            controller("aws-load-balancer-controller", namespace="kube-system"),
        ),
        versions={version: frozenset((*kinds, "Other")) for version, kinds in KINDS.items()},
        sources={
            ("flux-system", "environments"): SOURCE,
            ("testnets", "environments"): SOURCE,
        },
        reconcilers={
            ("flux-system", "platform"): reconciler("platform"),
            ("flux-system", "testnets"): reconciler("testnets"),
        },
        provider=Provider(type="github", address=URL, secret="github-app"),  # noqa: S106 - a name
        spaces=(
            Space(name="flux-system", net="", enforce=""),
            Space(name="testnets", net="", enforce="restricted"),
            Space(name="net-smoke", net="smoke", enforce="privileged"),
        ),
        secrets=dict.fromkeys(
            [
                ("flux-system", "environments"),
                ("testnets", "environments"),
                ("testnets", "github-app"),
            ],
            True,
        ),
        storage=(storage("gp2"), storage()),
        nodes=(node(1), node(2), node(3)),
        roles=dict.fromkeys(ROLES, True),
        rights=dict.fromkeys(RIGHTS, True),
        guards=True,
    )
