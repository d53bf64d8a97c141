"""Objects as kustomize would print them, and what is seen in them."""

from __future__ import annotations

from typing import Any

from generator.check.observe import Observed, PatchLibrary, Watcher
from generator.yaml import emit

MINOR = "1.37"


def look(
    *objects: dict[str, Any], library: dict[str, str] | None = None, part: str = ""
) -> Observed:
    """Return what is seen in objects, of an overlay that uses one part of a library."""
    watcher = Watcher(PatchLibrary(library or {}))
    text = "---\n".join(emit([item], header="") for item in objects)
    return watcher.look(text, minor=MINOR, parts=[part] if part else [])


def made(kind: str, /, **fields: Any) -> dict[str, Any]:
    """Return an object named `x` of namespace `n`; metadata are added to, not replaced."""
    metadata = {"name": "x", "namespace": "n"} | fields.pop("metadata", {})
    return {"apiVersion": "v1", "kind": kind, "metadata": metadata, **fields}


def workload(
    kind: str = "StatefulSet", *, pod: dict[str, Any] | None = None, **spec: Any
) -> dict[str, Any]:
    """Return a workload of the daemon `whale-1`."""
    labels = {"testnet/daemon": "whale-1", "testnet/role": "block-producer"}
    template = {"spec": pod or {}}
    return made(kind, metadata={"labels": labels}, spec={**spec, "template": template})
