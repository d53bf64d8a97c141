"""Which volumes of others a pod is given, what a claim is filled from, and where state is kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from posixpath import normpath
from typing import Any

from generator.check.observe.model import Observed, entries, mapping

POD = "spec.template.spec"
# Where a daemon and a database keep what must outlive their pod.
STATE = "/state"
_VOLUME = "state"
_CLAIM = "persistentVolumeClaim"
_TEMPLATES = "volumeClaimTemplates"


def see_volumes(name: str, spec: Mapping[str, Any], pod: Mapping[str, Any], seen: Observed) -> None:
    """See the volumes of a workload that may hold what is another's: `kind/name` and field."""
    held = {
        f"{kind}/{what}": field
        for kind, what, field in (*_held(pod), *_templates(spec))
        if kind != "copy" or what
    }
    if held:
        seen["held"][name] = held


def _held(pod: Mapping[str, Any]) -> Iterable[tuple[str, str, str]]:
    for volume in entries(pod.get("volumes")):
        field = f"{POD}.volumes[{volume.get('name', '')}]"
        if volume.get(_CLAIM) is not None:
            yield "claim", str(mapping(volume[_CLAIM]).get("claimName") or ""), field
        if volume.get("csi") is not None:
            yield "driver", str(mapping(volume["csi"]).get("driver") or ""), field
        template = mapping(mapping(volume.get("ephemeral")).get("volumeClaimTemplate"))
        yield "copy", copied_from(mapping(template.get("spec"))), field


def _templates(spec: Mapping[str, Any]) -> Iterable[tuple[str, str, str]]:
    for template in entries(spec.get(_TEMPLATES)):
        name = str(mapping(template.get("metadata")).get("name") or "")
        field = f"spec.{_TEMPLATES}[{name}]"
        yield "template", name, field
        yield "copy", copied_from(mapping(template.get("spec"))), field


def copied_from(claim: Mapping[str, Any]) -> str:
    """Return what a claim is not empty by at first: another claim, a snapshot, a known volume."""
    for part in ("dataSource", "dataSourceRef"):
        source = mapping(claim.get(part))
        if source:
            where = (source.get("namespace"), source.get("kind"), source.get("name"))
            return "/".join(str(word) for word in where if word)
    volume = claim.get("volumeName")
    return f"PersistentVolume/{volume}" if volume else ""


def see_claim(name: str, spec: Mapping[str, Any], seen: Observed) -> None:
    """See what a claim is filled from."""
    if source := copied_from(spec):
        seen["held"][name] = {f"copy/{source}": "spec"}


def states(spec: Mapping[str, Any], pod: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return by container what lies at the place of its state, `claim x` or another, and by what.

    By the volume `state` itself, or else by the container's mounts. What lies further in, or is
    only a part of a volume, is told as well: it hides the rest.
    """
    sources = {
        str(volume.get("name", "")): _source(volume) for volume in entries(pod.get("volumes"))
    }
    # As Kubernetes does: they go before volumes of the same name.
    for template in entries(spec.get(_TEMPLATES)):
        name = str(mapping(template.get("metadata")).get("name") or "")
        sources[name] = f"template {name}"
    found: dict[str, list[str]] = {}
    for container in entries(pod.get("containers")):
        if said := sorted(_at_state(container, sources)):
            plain = said == [(sources.get(_VOLUME), _VOLUME)]
            text = ", ".join(text for text, _ in said)
            found[str(container.get("name", ""))] = [text, "state" if plain else "mounts"]
    return found


def _source(volume: Mapping[str, Any]) -> str:
    kinds = sorted(str(key) for key, value in volume.items() if key != "name" and value is not None)
    if kinds == [_CLAIM]:
        return f"claim {mapping(volume[_CLAIM]).get('claimName', '')}"
    return " ".join(kinds) or "emptyDir"


def _at_state(
    container: Mapping[str, Any], sources: Mapping[str, str]
) -> Iterable[tuple[str, str]]:
    for mount in entries(container.get("volumeMounts")):
        place = normpath(str(mount.get("mountPath", "")))
        if place == STATE or place.startswith(f"{STATE}/"):
            volume = str(mount.get("name", ""))
            said = sources.get(volume, "nothing")
            part = mount.get("subPath") or mount.get("subPathExpr")
            said += f" below {part}" if part else ""
            yield (said if place == STATE else f"{said} at {place}"), volume
