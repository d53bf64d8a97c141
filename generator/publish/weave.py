"""What has to stay while keys are drained, put back into what was rendered.

A drained daemon is taken from the published tree as it lies there, so that neither its testnet
file nor its cluster nor its key pool has to exist any more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import ryaml

from generator.errors import UsageError
from generator.plan import Role
from generator.render.drain import relax
from generator.render.manifest import Manifest
from generator.sync import DRAIN_LABEL
from generator.yaml import emit

DAEMONS, KUSTOMIZATION = "daemons.yaml", "kustomization.yaml"

Texts = dict[str, str]
"""Files of a net on a cluster, by path below the net's directory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drained:
    """A daemon that is being drained: its name, its overlay, and the id of the drain."""

    name: str
    overlay: str
    drain: str


def parse(text: str, path: str) -> list[Manifest]:
    """Return the documents of a published file.

    Raises:
        UsageError: when it is no YAML; nobody but this program writes there.
    """
    try:
        return [document for document in ryaml.loads_all(text) or () if isinstance(document, dict)]
    except ValueError as error:
        message = f"{path}: not as it was published; restore it from the history of the branch"
        raise UsageError(message) from error


def header_of(text: str) -> str:
    """Return the words of the first line, which is a comment in every generated file."""
    return text.partition("\n")[0].removeprefix("#").strip()


def weave_overlays(rendered: Texts, published: Texts, drained: Sequence[Drained]) -> Texts:
    """Return the overlays of a net on a cluster with what is still being drained in them."""
    woven = dict(rendered)
    by_overlay: dict[str, list[Drained]] = {}
    for daemon in drained:
        by_overlay.setdefault(daemon.overlay, []).append(daemon)
    for overlay, daemons in by_overlay.items():
        path = f"{overlay}/{DAEMONS}"
        if path not in published:
            message = f"{path} is gone from the published tree, while a key is drained in it"
            raise UsageError(message)
        kept = _drained_documents(parse(published[path], path), daemons)
        live = parse(rendered[path], path) if path in rendered else []
        header = header_of(rendered.get(path, published[path]))
        woven[path] = emit([*live, *kept], header=header)
        listing = f"{overlay}/{KUSTOMIZATION}"
        woven[listing] = _join_listings(rendered.get(listing, ""), published[listing], listing)
    return woven


def _drained_documents(documents: Iterable[Manifest], daemons: Sequence[Drained]) -> list[Manifest]:
    drains = {daemon.name: daemon.drain for daemon in daemons}
    return [
        _stopped(document, drains[name])
        for document in documents
        if (name := _labels(document).get("testnet/daemon", "")) in drains
    ]


def _labels(document: Mapping[str, Any]) -> dict[str, str]:
    return dict((document.get("metadata") or {}).get("labels") or {})


def _stopped(document: Manifest, drain: str = "") -> Manifest:
    """Return an object with nothing to run in it; labelled with its drain, if it has one."""
    if document.get("kind") != "StatefulSet":
        return document
    metadata: dict[str, Any] = dict(document["metadata"])  # type: ignore[call-overload]
    labels = {name: value for name, value in metadata["labels"].items() if name != DRAIN_LABEL}
    metadata["labels"] = labels | ({DRAIN_LABEL: drain} if drain else {})
    spec: dict[str, Any] = dict(document["spec"])  # type: ignore[call-overload]
    return document | {"metadata": metadata, "spec": spec | {"replicas": 0}}


def _join_listings(rendered: str, published: str, path: str) -> str:
    """Return a `kustomization.yaml` with the components that live and drained daemons need."""
    if not rendered:
        return published
    (listing,) = parse(rendered, path)
    (before,) = parse(published, path)
    components: list[str] = list(listing.get("components", ()))  # type: ignore[call-overload]
    known = {_component(part) for part in components}
    base = components[0].removesuffix(_component(components[0])) if components else ""
    parts: list[str] = list(before.get("components", ())) if base else []  # type: ignore[call-overload]
    components += [base + _component(part) for part in parts if _component(part) not in known]
    if components == listing.get("components"):
        return rendered
    return emit([listing | {"components": components}], header=header_of(rendered))


def _component(path: str) -> str:
    """Return the name of a component without the version of the library before it."""
    return path[path.find("/components/") :]


def stop_overlays(published: Texts, drained: Sequence[Drained]) -> Texts:
    """Return the overlays of a net that leaves a cluster: they stay, and nothing runs in them.

    Producers whose keys have been released are gone, and so are overlays of nothing else.
    """
    drains = {daemon.name: daemon.drain for daemon in drained}
    stopped = dict(published)
    for path, text in published.items():
        if not path.endswith(f"/{DAEMONS}"):
            continue
        documents = [
            _stopped(document, drains.get(name, ""))
            for document in parse(text, path)
            if (name := _labels(document).get("testnet/daemon", "")) in drains
            or _labels(document).get("testnet/role") != Role.BLOCK_PRODUCER
        ]
        if documents:
            stopped[path] = emit(documents, header=header_of(text))
        else:
            folder = path.removesuffix(DAEMONS)
            stopped = {
                other: text for other, text in stopped.items() if not other.startswith(folder)
            }
    return stopped


def weave_admin(  # noqa: PLR0913 - two files and what to do with each object
    rendered: str,
    published: str,
    *,
    stopping: Callable[[str], bool],
    present: Callable[[str], bool],
    extra: Sequence[Manifest],
    path: str,
) -> str:
    """Return the Flux objects of a net on a cluster with those that drains need.

    `stopping` says of the name of a Kustomization whether its overlay holds what is drained: a
    sick neighbour must not keep a drain from being applied; `present` whether there is one at
    all. `extra` are the drains' own objects.
    """
    documents = parse(rendered or published, path)
    names = {_identity(document) for document in documents}
    missing = [
        document
        for document in (parse(published, path) if rendered and published else ())
        if document.get("kind") == "Kustomization"
        and _identity(document) not in names
        and stopping(_identity(document)[1])
    ]
    result: list[Manifest] = []
    for document in (*documents, *missing):
        kind, name = _identity(document)
        if DRAIN_LABEL in _labels(document) or (kind == "Kustomization" and not present(name)):
            continue
        result.append(relax(document) if kind == "Kustomization" and stopping(name) else document)
    return emit([*result, *extra], header=header_of(rendered or published))


def _identity(document: Mapping[str, Any]) -> tuple[str, str]:
    return str(document.get("kind", "")), str((document.get("metadata") or {}).get("name", ""))
