"""What is seen in a workload: its pod's shape, and what the plan says something about."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from generator.check.observe.model import (
    Object,
    Observed,
    Seen,
    digest_of,
    entries,
    labels_of,
    mapping,
    whole,
    words,
)
from generator.check.observe.mounts import see_mounts
from generator.check.observe.placement import see_placement
from generator.check.observe.volumes import see_volumes, states
from generator.check.pods import LISTS, project_pod

DAEMON, ROLE = "testnet/daemon", "testnet/role"
# Every pod of a net is held to this level, whatever its namespace enforces: see design of ports.
LEVEL = "restricted"
_PORT = re.compile(r"[0-9]{1,5}")


def pod_template(kind: str, item: Object) -> Mapping[str, Any]:
    """Return the template of the pods of a workload, with their metadata and spec."""
    spec = mapping(item.get("spec"))
    if kind == "Pod":
        return item
    if kind == "CronJob":
        spec = mapping(mapping(spec.get("jobTemplate")).get("spec"))
    return mapping(spec.get("template"))


def see_workload(name: str, item: Object, seen: Observed) -> None:
    """See a workload."""
    kind = name.split("/")[1]
    spec = mapping(item.get("spec"))
    template = pod_template(kind, item)
    pod = mapping(template.get("spec"))
    labels = labels_of(item)
    role = str(labels.get(ROLE, ""))
    shape = _shape(kind, role, spec, template)
    digest = digest_of(shape)
    seen["shapes"].setdefault(digest, shape | {"object": name})
    seen["workloads"][name] = {
        "daemon": str(labels.get(DAEMON, "")),
        "role": role,
        "labels": sorted({_identity(labels), _identity(labels_of(template))}),
        "kind": kind,
        "shape": digest,
        "replicas": _replicas(kind, spec),
        "containers": {
            str(container.get("name", "")): [
                digest_of(container.get("args", [])),
                str(container.get("image", "")),
                digest_of(container.get("resources", {})),
            ]
            for container in entries(pod.get("containers"))
        },
        "states": states(spec, pod),
        **_peer_ports(pod),
    }
    _see_images(name, pod, seen)
    _see_host_ports(name, labels, pod, seen)
    see_mounts(name, pod, seen)
    see_volumes(name, spec, pod, seen)
    see_placement(name, pod, seen)


def _identity(labels: Mapping[str, Any]) -> str:
    """Return by what policies of the network and components know a daemon."""
    return f"{labels.get(DAEMON, '')} {labels.get(ROLE, '')}"


def _see_images(name: str, pod: Mapping[str, Any], seen: Observed) -> None:
    for kind in LISTS:
        for container in entries(pod.get(kind)):
            fields = seen["images"].setdefault(str(container.get("image") or ""), {})
            path = f"spec.template.spec.{kind}[{container.get('name', '')}].image"
            fields.setdefault(path, name)


def _replicas(kind: str, spec: Mapping[str, Any]) -> int:
    if kind not in ("StatefulSet", "Deployment", "ReplicaSet"):
        return 1
    replicas = spec.get("replicas", 1)
    return replicas if isinstance(replicas, int) and not isinstance(replicas, bool) else -1


def _shape(kind: str, role: str, spec: Mapping[str, Any], template: Mapping[str, Any]) -> Seen:
    pod = mapping(template.get("spec"))
    strategy = mapping(spec.get("updateStrategy") or spec.get("strategy"))
    rolling = mapping(strategy.get("rollingUpdate"))
    grace = pod.get("terminationGracePeriodSeconds", 30)
    return {
        "role": role,
        "kind": kind,
        "strategy": str(strategy.get("type", "")),
        "partition": _partition(rolling.get("partition")),
        # A Deployment starts the new pod first unless it is told not to.
        "surge": (kind == "Deployment" and strategy.get("type") != "Recreate")
        or str(rolling.get("maxSurge", 0)) not in ("0", "0%"),
        "grace": grace if isinstance(grace, int) and not isinstance(grace, bool) else -1,
        "level": LEVEL,
        "pod": project_pod(pod, mapping(template.get("metadata"))),
    }


def _partition(value: object) -> int:
    """Return from which pod on an update goes, -1 where that cannot be said."""
    return whole(value) if value is None or whole(value) or value == 0 else -1


def _peer_ports(pod: Mapping[str, Any]) -> Seen:
    """Return flags and ports of the container `daemon`, where there is one."""
    for container in entries(pod.get("containers")):
        if container.get("name") == "daemon":
            return {
                "flags": dict(_port_flags(words(container.get("args")))),
                "ports": {
                    str(port.get("name", "")): [
                        whole(port.get("containerPort")),
                        whole(port.get("hostPort")),
                        str(port.get("protocol", "TCP")),
                    ]
                    for port in entries(container.get("ports"))
                },
            }
    return {}


def _port_flags(args: list[str]) -> Iterable[tuple[str, int]]:
    """Yield the peer-to-peer ports that flags name; one dash or two, by the age of a release."""
    for index, arg in enumerate(args[:-1]):
        flag = arg.lstrip("-")
        if arg.startswith("-") and flag in ("external-port", "discovery-port"):
            value = args[index + 1]
            yield flag, int(value) if _PORT.fullmatch(value) else 0


def _see_host_ports(
    name: str, labels: Mapping[str, Any], pod: Mapping[str, Any], seen: Observed
) -> None:
    for container in [*entries(pod.get("initContainers")), *entries(pod.get("containers"))]:
        for port in entries(container.get("ports")):
            number = whole(port.get("hostPort"))
            if number or (pod.get("hostNetwork") is True and port.get("containerPort")):
                seen["exposed"].append(
                    {
                        "object": name,
                        "daemon": str(labels.get(DAEMON, "")),
                        "via": "hostPort" if number else "hostNetwork",
                        "port": str(port.get("name", "")),
                        "number": number or whole(port.get("containerPort")),
                        "protocol": str(port.get("protocol", "TCP")),
                    }
                )
