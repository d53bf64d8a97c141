"""What to read of a cluster so that it can be examined."""

from __future__ import annotations

from collections.abc import Mapping

from generator.fleet import Cluster
from generator.render.bootstrap import FLUX
from generator.render.drain import RECONCILER
from generator.render.flux import NAMESPACE, SOURCE
from generator.sync.setup import Right, Wanted

# The kinds of rendered manifests and of the library that Kubernetes does not bring itself.
KINDS: Mapping[str, tuple[str, ...]] = {
    "external-secrets.io/v1": ("ExternalSecret", "SecretStore"),
    "generators.external-secrets.io/v1alpha1": ("Password",),
    "kustomize.toolkit.fluxcd.io/v1": ("Kustomization",),
    "monitoring.coreos.com/v1": ("PodMonitor",),
    "notification.toolkit.fluxcd.io/v1beta3": ("Alert", "Provider"),
    "source.toolkit.fluxcd.io/v1": ("GitRepository",),
}
# Those of overlays/base/platform.
ROLES = (
    "testnet-address-reader",
    "testnet-daemon",
    "testnet-drain-reader",
    "testnet-reconciler",
)
PLATFORM, TESTNETS = "platform", "testnets"
PROVIDER = "commit-status"

_DRAIN = f"{NAMESPACE}/drain"
_DRAIN_RECONCILER = f"{NAMESPACE}/{RECONCILER}"
_KUSTOMIZE = f"{FLUX}/kustomize-controller"
_RBAC = "rbac.authorization.k8s.io"
RIGHTS = (
    Right(account=_KUSTOMIZE, verb="create", resource="namespaces"),
    Right(account=_KUSTOMIZE, verb="create", resource="clusterrolebindings", group=_RBAC),
    Right(account=_KUSTOMIZE, verb="impersonate", resource="serviceaccounts", namespace=NAMESPACE),
    Right(account=_DRAIN, verb="list", resource="pods"),
    Right(account=_DRAIN, verb="list", resource="statefulsets", group="apps"),
    Right(
        account=_DRAIN_RECONCILER,
        verb="create",
        resource="jobs",
        group="batch",
        namespace=NAMESPACE,
    ),
    Right(account="external-dns", verb="list", resource="services"),
    Right(account="external-dns", verb="list", resource="nodes"),
)


def wanted_of(cluster: Cluster) -> Wanted:
    """Return what to read of a cluster."""
    return Wanted(
        versions=tuple(KINDS),
        sources=((FLUX, SOURCE), (NAMESPACE, SOURCE)),
        reconcilers=((FLUX, PLATFORM), (FLUX, TESTNETS)),
        provider=(NAMESPACE, PROVIDER),
        facts=(NAMESPACE, "cluster"),
        secrets=secrets_of(cluster),
        roles=ROLES,
        rights=RIGHTS,
        guarded=NAMESPACE,
    )


def secrets_of(cluster: Cluster) -> tuple[tuple[str, str], ...]:
    """Return namespace and name of the Secrets that an operator makes."""
    return (
        (FLUX, SOURCE),
        (NAMESPACE, SOURCE),
        (NAMESPACE, cluster.notification_secret),
    )
