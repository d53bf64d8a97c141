"""A status as plain data, as generator/schemas/status.json describes it."""

from __future__ import annotations

from generator.status.model import (
    ClusterStatus,
    Difference,
    FleetStatus,
    HandOver,
    OverlayStatus,
    SiteStatus,
)

VERSION = 1


def status_document(status: FleetStatus) -> dict[str, object]:
    """Return a status as plain data: counts by overlay, and everything that is not as published."""
    return {
        "version": VERSION,
        "head": status.head or None,
        "branch": status.branch,
        "delivered": status.delivered,
        "clusters": [_cluster(cluster) for cluster in status.clusters],
        "nets": [_site(site) for site in status.sites],
        "hand_overs": [_handover(handover) for handover in status.handovers],
        "differences": [_difference(found) for found in status.all_differences],
    }


def _cluster(cluster: ClusterStatus) -> dict[str, object]:
    return {
        "name": cluster.name,
        "reached": not cluster.failure,
        "failure": cluster.failure or None,
        "fetched": cluster.fetched or None,
    }


def _site(site: SiteStatus) -> dict[str, object]:
    return {
        "net": site.net,
        "cluster": site.cluster,
        "known": site.known,
        "delivered": site.delivered,
        "running": site.running,
        "wanted": site.wanted,
        "overlays": [_overlay(overlay, known=site.known) for overlay in site.overlays],
    }


def _overlay(overlay: OverlayStatus, *, known: bool) -> dict[str, object]:
    return {
        "name": overlay.name,
        "kustomization": overlay.kustomization,
        "delivered": known and overlay.delivered,
        "revision": overlay.revision or None,
        "behind": overlay.behind,
        "ready": overlay.ready,
        "reason": overlay.reason or None,
        "digest": overlay.digest,
        "reported": overlay.reported or None,
        "running": overlay.running,
        "wanted": overlay.wanted,
    }


def _handover(handover: HandOver) -> dict[str, object]:
    return {
        "key": handover.key,
        "net": handover.net,
        "cluster": handover.cluster,
        "daemon": handover.daemon,
        "drain": handover.drain,
        "stopped": not handover.waits_for,
        "waits_for": handover.waits_for or None,
    }


def _difference(found: Difference) -> dict[str, object]:
    return {
        "kind": str(found.kind),
        "cluster": found.cluster,
        "net": found.net or None,
        "overlay": found.overlay or None,
        "subject": found.subject,
        "text": found.text,
    }
