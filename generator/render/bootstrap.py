"""What a cluster starts from: `clusters/<cluster>/flux-system/`, `platform/`, and facts."""

from __future__ import annotations

from generator.fleet import Cluster, Fleet
from generator.render.flux import NAMESPACE, SOURCE
from generator.render.manifest import Manifest, kustomization, library_path, manifest

FLUX = "flux-system"


def render_bootstrap(fleet: Fleet, cluster: Cluster) -> dict[str, list[Manifest]]:
    """Return what an operator applies once, by file name; see docs/bootstrap.md."""
    return {
        "kustomization.yaml": [
            kustomization(resources=["source.yaml", "kustomizations.yaml"]),
        ],
        "source.yaml": [_source(fleet, cluster, FLUX)],
        "kustomizations.yaml": [
            _kustomization(cluster, "platform", depends=()),
            # wait: false, so that one sick net never holds up the others.
            _kustomization(cluster, "testnets", depends=("platform",)),
        ],
    }


def render_platform(fleet: Fleet, cluster: Cluster, version: str) -> dict[str, list[Manifest]]:
    """Return what every net on the cluster shares, by file name."""
    library = library_path(3, version, "base/platform")
    return {
        "kustomization.yaml": [kustomization(resources=[library, "platform.yaml"])],
        "platform.yaml": [_source(fleet, cluster, NAMESPACE), _provider(fleet, cluster)],
    }


def render_facts(cluster: Cluster) -> Manifest:
    """Return what the cluster is; it also keeps its directory from ever being empty."""
    return manifest(
        "v1",
        "ConfigMap",
        {"name": "cluster", "namespace": NAMESPACE},
        data={
            "name": cluster.name,
            "provider": str(cluster.provider),
            "region": cluster.region,
            "publicZone": cluster.public_zone,
        },
    )


def _source(fleet: Fleet, cluster: Cluster, namespace: str) -> Manifest:
    """One in each namespace: with Flux locked down, nobody may refer to another's source."""
    ignore = ["/*", "!/overlays", "!/clusters", "/clusters/*", f"!/clusters/{cluster.name}"]
    return manifest(
        "source.toolkit.fluxcd.io/v1",
        "GitRepository",
        {"name": SOURCE, "namespace": namespace},
        spec={
            "url": fleet.url,
            "ref": {"branch": fleet.branch},
            "interval": "1m",
            "timeout": "60s",
            "secretRef": {"name": SOURCE},
            "ignore": "\n".join(ignore) + "\n",
        },
    )


def _kustomization(cluster: Cluster, name: str, *, depends: tuple[str, ...]) -> Manifest:
    spec: Manifest = {
        "serviceAccountName": "kustomize-controller",
        "sourceRef": {"kind": "GitRepository", "name": SOURCE},
        "path": f"./clusters/{cluster.name}/{name}",
        "interval": "1h",
        "retryInterval": "2m",
        "timeout": "5m",
        "prune": True,
        "wait": not depends,
    }
    if depends:
        spec["dependsOn"] = [{"name": need} for need in depends]
    return manifest(
        "kustomize.toolkit.fluxcd.io/v1",
        "Kustomization",
        {"name": name, "namespace": FLUX},
        spec=spec,
    )


def _provider(fleet: Fleet, cluster: Cluster) -> Manifest:
    """Commit statuses, one context a cluster and Kustomization, or they would overwrite."""
    context = "('flux/' + event.metadata.cluster + '/' + event.involvedObject.name).lowerAscii()"
    return manifest(
        "notification.toolkit.fluxcd.io/v1beta3",
        "Provider",
        {"name": "commit-status", "namespace": NAMESPACE},
        spec={
            "type": fleet.notification_type,
            "address": fleet.url,
            "secretRef": {"name": cluster.notification_secret},
            "commitStatusExpr": context,
        },
    )
