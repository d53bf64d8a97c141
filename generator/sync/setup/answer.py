"""Answers of an API server to records of a cluster's setup.

Each raises KeyError, TypeError, AttributeError, ValueError or ArithmeticError for what is not of
the shape that Kubernetes and Flux document; who reads turns that into one reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from kubernetes.utils.quantity import parse_quantity

from generator.sync.setup.model import (
    Controller,
    Node,
    Provider,
    Reconciler,
    Source,
    Space,
    StorageClass,
)

_LONGEST = 200  # of a message: it goes into one line
_ENFORCE = "pod-security.kubernetes.io/enforce"
_REGION, _ZONE = "topology.kubernetes.io/region", "topology.kubernetes.io/zone"


def items(answer: Any, kind: str) -> list[dict[str, Any]]:  # noqa: ANN401 - a parsed document
    """Return what is in a list; refuse one that is only a part."""
    if answer["kind"] != f"{kind}List" or answer["metadata"].get("continue"):
        message = f"no whole list of {kind}s"
        raise ValueError(message)
    return list(answer["items"] or ())


def kinds(answer: Any) -> frozenset[str]:  # noqa: ANN401
    """Return the kinds that a version of an API group serves."""
    return frozenset(part["kind"] for part in answer["resources"] if "/" not in part["name"])


def controllers(answer: Any) -> tuple[Controller, ...]:  # noqa: ANN401
    """Return the Deployments of a list."""
    return tuple(_controller(item) for item in items(answer, "Deployment"))


def _controller(item: Mapping[str, Any]) -> Controller:
    metadata = item["metadata"]
    pod = item["spec"]["template"]["spec"]
    container = pod["containers"][0]
    return Controller(
        namespace=metadata["namespace"],
        name=metadata["name"],
        program=_program(container["image"]),
        image=line(container["image"]),
        version=line(metadata.get("labels", {}).get("app.kubernetes.io/version", "")),
        account=f"{metadata['namespace']}/{pod.get('serviceAccountName', 'default')}",
        arguments=tuple(
            _plain(word) for word in [*container.get("command", ()), *container.get("args", ())]
        ),
        wanted=int(item["spec"].get("replicas", 1)),
        ready=int(item.get("status", {}).get("readyReplicas", 0)),
    )


def _program(image: str) -> str:
    """Return the last part of an image's name, without tag and digest."""
    return image.partition("@")[0].rpartition("/")[2].partition(":")[0]


def source(answer: Any) -> Source:  # noqa: ANN401
    """Return a GitRepository."""
    spec, status = answer["spec"], answer.get("status", {})
    ready, busy, why = _ready(answer)
    artifact = status.get("artifact") or {}
    updated = artifact.get("lastUpdateTime")
    return Source(
        url=line(spec["url"]),
        branch=line((spec.get("ref") or {}).get("branch", "")),
        revision=line(artifact.get("revision", "")),
        updated=datetime.fromisoformat(updated) if updated else None,
        suspended=bool(spec.get("suspend")),
        ready=ready,
        busy=busy,
        why=why,
    )


def reconciler(answer: Any) -> Reconciler:  # noqa: ANN401
    """Return a Kustomization of Flux."""
    spec = answer["spec"]
    ready, busy, why = _ready(answer)
    return Reconciler(
        path=line(spec.get("path", "")),
        source=line(f"{spec['sourceRef']['kind']}/{spec['sourceRef']['name']}"),
        revision=line(answer.get("status", {}).get("lastAppliedRevision", "")),
        prune=bool(spec.get("prune")),
        wait=bool(spec.get("wait")),
        suspended=bool(spec.get("suspend")),
        ready=ready,
        busy=busy,
        why=why,
    )


def _ready(answer: Mapping[str, Any]) -> tuple[bool, bool, str]:
    """Say whether Flux calls an object Ready as it is now, is at it, and what it says of that."""
    status = answer.get("status", {})
    for condition in status.get("conditions", ()):
        if condition["type"] == "Ready":
            current = status.get("observedGeneration") == answer["metadata"].get("generation")
            why = condition.get("message") or condition.get("reason") or "no reason given"
            ready = condition["status"] == "True" and current
            return ready, condition["status"] == "Unknown", line(why)
    return False, False, "no controller has looked at it yet"


def provider(answer: Any) -> Provider:  # noqa: ANN401
    """Return a Provider of notifications."""
    spec = answer["spec"]
    return Provider(
        type=line(spec["type"]),
        address=line(spec.get("address", "")),
        secret=line((spec.get("secretRef") or {}).get("name", "")),
    )


def spaces(answer: Any) -> tuple[Space, ...]:  # noqa: ANN401
    """Return the namespaces of a list."""
    return tuple(
        Space(
            name=item["metadata"]["name"],
            net=line(item["metadata"].get("labels", {}).get("testnet/net", "")),
            enforce=line(item["metadata"].get("labels", {}).get(_ENFORCE, "")),
        )
        for item in items(answer, "Namespace")
    )


def storage(answer: Any) -> tuple[StorageClass, ...]:  # noqa: ANN401
    """Return the StorageClasses of a list."""
    return tuple(
        StorageClass(
            name=item["metadata"]["name"],
            provisioner=line(item["provisioner"]),
            waits=item.get("volumeBindingMode") == "WaitForFirstConsumer",
            expands=bool(item.get("allowVolumeExpansion")),
        )
        for item in items(answer, "StorageClass")
    )


def nodes(answer: Any) -> tuple[Node, ...]:  # noqa: ANN401
    """Return the nodes of a list."""
    return tuple(_node(item) for item in items(answer, "Node"))


def _node(item: Mapping[str, Any]) -> Node:
    spec, status = item.get("spec", {}), item["status"]
    labels = item["metadata"].get("labels", {})
    closed = {"NoSchedule", "NoExecute"} & {taint["effect"] for taint in spec.get("taints", ())}
    return Node(
        name=item["metadata"]["name"],
        region=line(labels.get(_REGION, "")),
        zone=line(labels.get(_ZONE, "")),
        addresses=tuple(
            line(entry["address"])
            for entry in status.get("addresses", ())
            if entry["type"] == "ExternalIP"
        ),
        cpu=_amount(status["allocatable"]["cpu"]),
        memory=int(_amount(status["allocatable"]["memory"])),
        ready=any(
            (entry["type"], entry["status"]) == ("Ready", "True")
            for entry in status.get("conditions", ())
        ),
        open=not closed and not spec.get("unschedulable"),
    )


def _amount(text: str) -> Decimal:
    """Return a quantity as Kubernetes writes it (`129M`, `1500m`, `16Gi`)."""
    return Decimal(parse_quantity(text))  # type: ignore[no-untyped-call]


def allowed(answer: Any) -> bool:  # noqa: ANN401
    """Return the verdict of a SubjectAccessReview."""
    return bool(answer["status"]["allowed"])


def names(answer: Any) -> Iterable[str]:  # noqa: ANN401
    """Return the names in a Table, whose first column they are."""
    columns = [column["name"] for column in answer["columnDefinitions"]]
    return [row["cells"][columns.index("Name")] for row in answer["rows"] or ()]


def line(text: object) -> str:
    """Return what a cluster says as one short line that no terminal obeys."""
    short = _plain(text)
    return short if len(short) <= _LONGEST else f"{short[: _LONGEST - 1]}…"


def _plain(text: object) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in str(text)).split())
