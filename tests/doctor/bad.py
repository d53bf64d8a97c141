"""What can be wrong with a cluster: for each check at least one example."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from generator.doctor import State
from generator.doctor.wanted import RIGHTS
from generator.sync.setup import Setup, Unseen
from tests.doctor.setups import FLAGS, SOURCE, dns, node, reconciler, storage

Change = Callable[[Setup], Setup]
WRONG, UNSEEN, UNCHECKED = State.WRONG, State.UNSEEN, State.UNCHECKED


def with_(**changes: Any) -> Change:
    return lambda setup: replace(setup, **changes)


def within(field: str, key: object, value: object) -> Change:
    """Change one entry of a mapping."""

    def change(setup: Setup) -> Setup:
        changes: dict[str, Any] = {field: {**getattr(setup, field), key: value}}
        return replace(setup, **changes)

    return change


def program(name: str, **changes: Any) -> Change:
    """Change the Deployments of one program."""

    def change(setup: Setup) -> Setup:
        assert not isinstance(setup.controllers, Unseen)
        return replace(
            setup,
            controllers=tuple(
                replace(each, **changes) if each.program == name else each
                for each in setup.controllers
            ),
        )

    return change


def without(name: str, *instead: Any) -> Change:
    """Take the Deployments of one program away, or put others in their place."""

    def change(setup: Setup) -> Setup:
        assert not isinstance(setup.controllers, Unseen)
        kept = [each for each in setup.controllers if each.program != name]
        return replace(setup, controllers=(*kept, *instead))

    return change


def lacking(field: str, key: object) -> Change:
    """Have something of a mapping not be there, or not be allowed."""
    return within(field, key, value=False)


def flags(*given: str) -> Change:
    return program("kustomize-controller", arguments=given)


def nodes(**changes: Any) -> Change:
    """Change the first of three nodes."""
    return with_(nodes=(replace(node(1), **changes), node(2), node(3)))


FLUX, NETS = ("flux-system", "environments"), ("testnets", "environments")
REPORTS = ("testnets", "github-app")
PLATFORM, TESTNETS = ("flux-system", "platform"), ("flux-system", "testnets")
APPLIER = "kustomize-controller"
DRAIN = next(right for right in RIGHTS if right.account == "testnets/drain")
DNS = next(right for right in RIGHTS if right.account == "external-dns")
GRANTED = next(right for right in RIGHTS if right.verb == "impersonate")
MONITOR = "monitoring.coreos.com/v1"
FETCHED = "GitRepository flux-system/environments"

# What is changed, the check that tells, its state, and words of what it says or advises.
BAD: list[tuple[Change, str, State, str]] = [
    (with_(name=None), "cluster", WRONG, "apply -k clusters/west/flux-system"),
    (with_(name="east"), "cluster", WRONG, 'the context "prod-west" leads to "east"'),
    (with_(version="v1.36.9-gke.1"), "Kubernetes", WRONG, 'kubernetes: "1.36"'),
    (with_(version="v1.3"), "Kubernetes", WRONG, "the fleet says 1.37"),
    (with_(version="v1.99.0"), "Kubernetes", WRONG, "Add the schemas of 1.99 with"),
    (with_(version="v1.375.0"), "Kubernetes", WRONG, "the fleet says 1.37"),
    (with_(version=""), "Kubernetes", UNSEEN, "does not tell"),
    (with_(ahead=31.0), "clock", WRONG, "31 s ahead of"),
    (with_(ahead=-90.4), "clock", WRONG, "90 s behind"),
    (with_(ahead=None), "clock", UNSEEN, "no date"),
    (without("source-controller"), "source-controller", WRONG, "Install Flux 2.9"),
    (program(APPLIER, namespace="elsewhere"), APPLIER, WRONG, "no Deployment of it in flux"),
    (program("source-controller", ready=0), "source-controller", WRONG, "0 of 2 pods"),
    (program(APPLIER, version="v2.8.1"), APPLIER, WRONG, 'flux: "2.8"'),
    (program(APPLIER, version=""), APPLIER, UNSEEN, "no label says"),
    (flags(*FLAGS[2:]), "--feature-gates", WRONG, '"--feature-gates=CancelHealthCheckOn'),
    (
        flags(*FLAGS, "--feature-gates=CancelHealthCheckOnNewRevision=false"),
        "--feature-gates",
        WRONG,
        "is not on",
    ),
    (flags(*FLAGS[:2], *FLAGS[3:]), "--concurrent", WRONG, "4, as is the default at once"),
    (flags(*FLAGS, "--concurrent=19"), "--concurrent", WRONG, "19 at once"),
    (flags(*FLAGS, "--concurrent=many"), "--concurrent", WRONG, "many at once"),
    (flags(*FLAGS[:3], FLAGS[4]), "--requeue-dependency", WRONG, "30s, as is the default"),
    (flags(*FLAGS, "--requeue-dependency=1m0s"), "--requeue-dependency", WRONG, "1m0s"),
    (flags(*FLAGS, "--requeue-dependency=soon"), "--requeue-dependency", WRONG, "soon"),
    (flags(*FLAGS[:4]), "--no-cross-namespace-refs", WRONG, "--namespace flux-system patch"),
    (
        flags(*FLAGS, "--no-cross-namespace-refs=false"),
        "--no-cross-namespace-refs",
        WRONG,
        "sources of other",
    ),
    (within("versions", MONITOR, frozenset()), MONITOR, WRONG, "not served: PodMonitor"),
    (within("versions", MONITOR, Unseen("HTTP 500")), MONITOR, UNSEEN, "HTTP 500"),
    (without("external-secrets"), "external-secrets", WRONG, "no key reaches"),
    (program("external-secrets", ready=1), "external-secrets", WRONG, "1 of 2 pods"),
    (program("external-secrets", ready=0, wanted=0), "external-secrets", WRONG, "0 of 0 pods"),
    (without("external-dns"), "external-dns", WRONG, "no names"),
    (without("external-dns", dns("east")), "external-dns", WRONG, "--txt-owner-id=west"),
    (without("external-dns", dns(zone="a.b")), "external-dns", WRONG, "--domain-filter=west"),
    (program("external-dns", arguments=()), "external-dns", UNSEEN, "--source=service"),
    (program("external-dns", ready=0), "external-dns", WRONG, "describe deployment"),
    (program("prometheus-operator", ready=0), "prometheus-operator", WRONG, "0 of 2 pods"),
    (without("prometheus-operator"), "prometheus-operator", UNCHECKED, "namespace monitoring"),
    (
        without("aws-load-balancer-controller"),
        "aws-load-balancer-controller",
        UNCHECKED,
        "only where a net asks",
    ),
    (within("sources", FLUX, None), FETCHED, WRONG, "apply -k clusters/west"),
    (within("sources", NETS, None), "GitRepository testnets/environments", WRONG, "platform says"),
    (within("sources", FLUX, replace(SOURCE, url="u")), FETCHED, WRONG, '"environments" of u, not'),
    (within("sources", FLUX, replace(SOURCE, branch="x")), FETCHED, WRONG, 'fetches "x"'),
    (within("sources", FLUX, replace(SOURCE, suspended=True)), FETCHED, WRONG, "flux resume"),
    (within("sources", FLUX, replace(SOURCE, ready=False)), FETCHED, WRONG, "stored artifact"),
    (
        within("sources", FLUX, replace(SOURCE, ready=False, busy=True)),
        FETCHED,
        UNCHECKED,
        "at it: stored artifact Ask again",
    ),
    (
        within("reconcilers", TESTNETS, replace(reconciler("testnets"), ready=False, busy=True)),
        "Kustomization flux-system/testnets",
        UNCHECKED,
        "at it: Applied revision",
    ),
    (within("sources", FLUX, Unseen("no right")), FETCHED, UNSEEN, "no right"),
    (
        within("reconcilers", PLATFORM, None),
        "Kustomization flux-system/platform",
        WRONG,
        "apply -k",
    ),
    (
        within("reconcilers", TESTNETS, replace(reconciler("testnets"), wait=True)),
        "Kustomization flux-system/testnets",
        WRONG,
        "wait: true; right is path: ./clusters/west/testnets",
    ),
    (
        within("reconcilers", TESTNETS, replace(reconciler("testnets"), prune=False)),
        "Kustomization flux-system/testnets",
        WRONG,
        "it has prune: false",
    ),
    (
        within("reconcilers", TESTNETS, replace(reconciler("testnets"), path="")),
        "Kustomization flux-system/testnets",
        WRONG,
        'path: ""',
    ),
    (
        within("reconcilers", PLATFORM, replace(reconciler("platform"), source="OCI/x")),
        "Kustomization flux-system/platform",
        WRONG,
        "sourceRef: OCI/x",
    ),
    (
        within("reconcilers", PLATFORM, replace(reconciler("platform"), suspended=True)),
        "Kustomization flux-system/platform",
        WRONG,
        "flux resume kustomization platform",
    ),
    (
        within("reconcilers", PLATFORM, replace(reconciler("platform"), ready=False, why="bad")),
        "Kustomization flux-system/platform",
        WRONG,
        "not Ready: bad",
    ),
    (with_(provider=None), "notifications", WRONG, "no Provider testnets/commit-status"),
    (
        lambda setup: replace(setup, provider=replace(setup.provider, secret="x")),  # type: ignore[type-var]  # noqa: S106
        "notifications",
        WRONG,
        "with Secret x, not of github",
    ),
    (
        lambda s: lacking("secrets", FLUX)(within("sources", FLUX, None)(s)),
        "Secret flux-system/environments",
        WRONG,
        "Steps, 2.",
    ),
    (lacking("secrets", REPORTS), "Secret testnets/github-app", WRONG, "Steps, 2."),
    (
        within("secrets", REPORTS, Unseen("403")),
        "Secret testnets/github-app",
        UNSEEN,
        "403",
    ),
    (with_(spaces=()), "namespaces", WRONG, "create namespace flux-system"),
    (lacking("roles", "testnet-daemon"), "roles", WRONG, "no ClusterRole testnet-daemon"),
    (within("roles", "testnet-daemon", Unseen("403")), "roles", UNSEEN, "403"),
    (lacking("rights", DRAIN), "rights of testnets/drain", WRONG, "may not list pods"),
    (lacking("rights", DNS), "rights of external-dns", WRONG, "may not list services"),
    (within("rights", DNS, Unseen("none")), "rights of external-dns", UNSEEN, "none"),
    (
        lacking("rights", GRANTED),
        "rights of flux-system/kustomize-controller",
        WRONG,
        "may not impersonate serviceaccounts",
    ),
    (with_(guards=False), "Pod Security", WRONG, "would be let into testnets"),
    (with_(guards=False, spaces=Unseen("403")), "Pod Security", WRONG, "would be let into"),
    (with_(guards=Unseen("403")), "Pod Security", UNCHECKED, "was not tried"),
    (with_(guards=Unseen("403"), spaces=()), "Pod Security", WRONG, "would be let into"),
    (with_(guards=Unseen("403"), spaces=Unseen("404")), "Pod Security", UNSEEN, "404"),
    (
        lambda s: replace(s, spaces=(*s.spaces[:2], replace(s.spaces[2], enforce=""))),  # type: ignore[index]
        "Pod Security of nets",
        WRONG,
        "enforced in net-smoke",
    ),
    (with_(storage=()), "volumes", WRONG, 'no StorageClass "gp3"; there is none'),
    (with_(storage=(storage("gp2"),)), "volumes", WRONG, "there are gp2"),
    (with_(storage=(replace(storage(), waits=False),)), "volumes", WRONG, "WaitForFirstConsumer"),
    (with_(storage=(replace(storage(), expands=False),)), "volumes", WRONG, "patch storageclass"),
    (with_(nodes=()), "nodes", WRONG, "none of 0"),
    (nodes(region="us-east-1"), "zones", WRONG, 'such as node-1 (region "us-east-1"'),
    (nodes(zone=""), "zones", WRONG, "1 of 3 nodes are not"),
    (nodes(addresses=("10.0.0.1", "2001::1")), "addresses", WRONG, "1 of 3 nodes have no"),
    (nodes(addresses=("9.9.9.9",)), "egress", UNSEEN, "outside network.egress, such as node-1"),
    (with_(nodes=(replace(node(1), addresses=()),)), "egress", UNCHECKED, "another way"),
    (nodes(ready=False), "capacity", State.OK, "nodes give 4000 of 4000 cores"),
    (nodes(open=False, cpu=0), "capacity", State.OK, "nodes give 4000 of 4000 cores"),
    (with_(nodes=(node(1),)), "capacity", UNCHECKED, "8192 of 16384 GiB"),
]
