"""`net.lock.yaml`: what was decided and built for a net on one cluster."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from generator import __version__
from generator.build import Build
from generator.fleet import Cluster
from generator.inputs import digest_inputs
from generator.plan import Plan, Role
from generator.plan.genesis import utc_text
from generator.render.flux import overlay_names
from generator.render.manifest import Manifest

LOCK = "net.lock.yaml"


def render_lock(
    plan: Plan, cluster: Cluster, builds: Mapping[str, Build], kustomize: str, files: str
) -> Manifest:
    """Return the lock of a net on a cluster; `builds` by the name of the overlay.

    `files` is the `digest_files` of everything else that the net has there.
    """
    daemons = plan.by_cluster[cluster.name]
    allocations: dict[str, dict[str, int]] = {}
    for daemon in daemons:
        overlay = f"{daemon.phase}-{daemon.overlay}"
        allocations.setdefault(overlay, {})[daemon.name] = daemon.port
    drives = {daemon.name: daemon.partner for daemon in daemons if daemon.role is Role.SERVICE}
    keys = {d.name: d.key.text for d in daemons if d.role is Role.BLOCK_PRODUCER and d.key}
    return {
        "net": plan.name,
        "cluster": cluster.name,
        "flavour": str(plan.testnet.flavour_name),
        "source": plan.testnet.at.path,
        "source_digest": f"sha256:{plan.testnet.digest}",
        "inputs": f"sha256:{digest_inputs(plan, cluster)}",
        "files": f"sha256:{files}",
        "generator": __version__,
        "kustomize": kustomize,
        "overlays": plan.overlays,
        "published": utc_text(plan.published),
        **({"expires": utc_text(plan.expires)} if plan.expires else {}),
        **({"protected": True} if plan.testnet.protected else {}),
        "genesis": {
            "generation": plan.genesis.generation,
            "time": plan.genesis.time,
            **({"digest": f"sha256:{plan.genesis.digest}"} if plan.genesis.digest else {}),
        },
        "builds": {
            str(name): {
                "daemons": len(allocations.get(str(name), {})),
                "objects": builds[str(name)].objects,
                "digest": f"sha256:{builds[str(name)].digest}",
            }
            for name in overlay_names(plan, cluster.name)
        },
        "allocations": allocations,
        **({"drives": drives} if drives else {}),
        **({"keys": keys} if keys else {}),
    }


def digest_files(files: Mapping[str, bytes]) -> str:
    """Return the digest of files by their path, 64 hexadecimal digits."""
    digest = hashlib.sha256()
    for path, content in sorted(files.items()):
        digest.update(f"{path}\n{len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()
