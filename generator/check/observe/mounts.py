"""Which Secrets a workload is given, what each ExternalSecret fetches, and who says to produce."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from generator.check.observe.model import Observed, Seen, entries, mapping, text_of
from generator.check.pods import LISTS

POD = "spec.template.spec"
# What the key of a remote store is called where an ExternalSecret takes all that it finds.
EVERYTHING = "*"
# Flags that make a daemon produce blocks, by the age of its release.
PRODUCING = (
    "block-producer-key",
    "block-producer-pubkey",
    "propose-key",
    "propose-public-key",
    "demo-mode",
)
# Where a container says what runs in it.
_SAYING = (
    "command",
    "args",
    "env",
    "lifecycle",
    "livenessProbe",
    "readinessProbe",
    "startupProbe",
)


def see_mounts(name: str, pod: Mapping[str, Any], seen: Observed) -> None:
    """See the Secrets that a workload's pods are given, and what makes them produce."""
    mounted = {secret: field for secret, field in (*_volumes(pod), *_variables(pod)) if secret}
    if mounted:
        seen["mounts"][name] = mounted
    producing = dict(_producing(pod))
    if producing:
        seen["producing"][name] = producing


def _volumes(pod: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    for volume in entries(pod.get("volumes")):
        field = f"{POD}.volumes[{volume.get('name', '')}]"
        yield str(mapping(volume.get("secret")).get("secretName") or ""), field
        for source in entries(mapping(volume.get("projected")).get("sources")):
            yield str(mapping(source.get("secret")).get("name") or ""), field


def _variables(pod: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    for path, container in _containers(pod):
        for variable in entries(container.get("env")):
            source = mapping(mapping(variable.get("valueFrom")).get("secretKeyRef"))
            yield str(source.get("name") or ""), f"{path}.env[{variable.get('name', '')}]"
        for entry in entries(container.get("envFrom")):
            yield str(mapping(entry.get("secretRef")).get("name") or ""), f"{path}.envFrom"


def _producing(pod: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    """Yield fields in which a container is told to produce blocks, with the flag that does it."""
    for path, container in _containers(pod):
        for part in _SAYING:
            said = text_of(container[part]) if part in container else ""
            for flag in PRODUCING:
                if flag in said:
                    yield f"{path}.{part}", flag


def _containers(pod: Mapping[str, Any]) -> Iterable[tuple[str, Mapping[str, Any]]]:
    for kind in LISTS:
        for container in entries(pod.get(kind)):
            yield f"{POD}.{kind}[{container.get('name', '')}]", container


def see_fetched(name: str, spec: Mapping[str, Any], seen: Observed) -> None:
    """See which Secret an ExternalSecret makes, of which keys, and from which stores."""
    target = mapping(spec.get("target"))
    seen["fetched"][name] = {
        "target": str(target.get("name") or name.rpartition("/")[2]),
        "keys": dict(_remote_keys(spec)),
    }
    policy = str(target.get("creationPolicy") or "Owner")
    row = {"object": name, "kind": "ExternalSecret", "values": 0, "policy": policy}
    seen["secrets"].extend(row | store for store in _stores(spec))


def _remote_keys(spec: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    for index, entry in enumerate(entries(spec.get("dataFrom"))):
        field = f"spec.dataFrom[{index}]"
        if "extract" in entry:
            yield str(mapping(entry["extract"]).get("key") or ""), f"{field}.extract.key"
        if "find" in entry:
            yield EVERYTHING, f"{field}.find"
    for index, entry in enumerate(entries(spec.get("data"))):
        key = mapping(entry.get("remoteRef")).get("key")
        yield str(key or ""), f"spec.data[{index}].remoteRef.key"


def _stores(spec: Mapping[str, Any]) -> Iterable[Seen]:
    """Yield every store that is read: the one of all entries, and those of single ones."""
    what = _store(spec.get("secretStoreRef"))
    sources = [mapping(entry.get("sourceRef")) for entry in entries(spec.get("dataFrom"))]
    made = all("generatorRef" in source for source in sources)
    if not what and sources and made and not spec.get("data"):
        what = "generator"
    yield {"store": what, "field": "spec.secretStoreRef"}
    for part in ("dataFrom", "data"):
        for index, entry in enumerate(entries(spec.get(part))):
            source = mapping(entry.get("sourceRef"))
            if "storeRef" in source:
                field = f"spec.{part}[{index}].sourceRef.storeRef"
                yield {"store": _store(source["storeRef"]), "field": field}


def _store(value: object) -> str:
    """Return the name of a store, with its kind where it is not the usual one."""
    store = mapping(value)
    kind, name = str(store.get("kind", "SecretStore")), str(store.get("name", ""))
    return name if kind == "SecretStore" else f"{kind}/{name}"
