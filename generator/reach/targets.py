"""The public names and ports of a net, as they stand in the published tree."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ryaml

from generator.errors import UsageError
from generator.guess import guess_clause
from generator.reach.model import Published, Target, TargetPort

_HOST = "external-dns.alpha.kubernetes.io/hostname"
_DAEMON = "testnet/daemon"
_UNREADABLE = (OSError, ValueError, LookupError, TypeError, AttributeError)


def read_targets(tree: Path, net: str) -> Published:
    """Return every daemon of a net that has a public name, in order of clusters and names.

    Raises:
        UsageError: when the net is not published, or its files cannot be read.
    """
    published = sorted(tree.glob("clusters/*/nets/*"))
    directories = {path.parts[-3]: path for path in published if path.name == net}
    if not directories:
        known = sorted({path.name for path in published})
        raise UsageError(f'no net "{net}" is published{guess_clause(net, known)}')
    targets: list[Target] = []
    closed = False
    for cluster, directory in directories.items():
        closed |= _is_closed(tree / f"clusters/{cluster}/testnets/{net}.yaml")
        for path in sorted(directory.glob("*/daemons.yaml")):
            targets += _targets(cluster, _documents(path), path)
    return Published(closed=closed, targets=tuple(sorted(targets, key=_order)))


def _order(target: Target) -> tuple[str, str]:
    return target.cluster, target.daemon


def _documents(path: Path) -> list[dict[str, Any]]:
    try:
        return [
            content for content in ryaml.loads_all(path.read_text("utf-8")) if content is not None
        ]
    except _UNREADABLE as error:
        raise _refuse(path, error) from error


def _refuse(path: Path, error: Exception) -> UsageError:
    reason = f"not a file that this program wrote ({type(error).__name__})"
    return UsageError(f"{path}: {reason}. Restore it from the history of the published tree")


def _is_closed(path: Path) -> bool:
    try:
        return any(
            content["metadata"]["annotations"]["testnet/purpose"] == "qa"
            for content in _documents(path)
            if content["kind"] == "Namespace"
        )
    except _UNREADABLE as error:
        raise _refuse(path, error) from error


def _targets(cluster: str, documents: list[dict[str, Any]], path: Path) -> Iterator[Target]:
    try:
        stopped = {
            content["metadata"]["name"]
            for content in documents
            if content["kind"] == "StatefulSet" and content["spec"].get("replicas") == 0
        }
        for content in documents:
            metadata = content["metadata"]
            if content["kind"] != "Service" or _HOST not in metadata.get("annotations", {}):
                continue
            daemon = metadata["labels"][_DAEMON]
            yield Target(
                daemon=str(daemon),
                cluster=cluster,
                name=str(metadata["annotations"][_HOST]),
                ports=tuple(
                    TargetPort(number=int(port["port"]), protocol=port.get("protocol", "TCP"))
                    for port in content["spec"]["ports"]
                ),
                running=daemon not in stopped,
            )
    except _UNREADABLE as error:
        raise _refuse(path, error) from error
