"""What policies judge of a pod: its security, host ports, resources and probes, in one form.

A shape is what many daemons share, so nothing is here that tells one daemon from the next of
its kind: no port numbers, images, arguments or labels. Equal pods have equal projections, in
whatever order they were written. Kubernetes takes a null for a field that is absent, and so
does this; what has another type than Kubernetes gives it is listed under `malformed`, which
the rule workload/pod-security takes for a violation: what cannot be read is never fine.
"""

from __future__ import annotations

import json
import marshal
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from generator.check.fields import (
    LIMIT,
    MAPPING,
    Complain,
    join,
    read_boolean,
    read_entries,
    read_field,
    read_integer,
    read_mapping,
    read_text,
    read_texts,
)

Projection = dict[str, object]

APPARMOR = "container.apparmor.security.beta.kubernetes.io/"
# What a node may give away: peers dial these ports of it.
PEER_PORTS = frozenset({"p2p", "discovery"})
LISTS = ("containers", "ephemeralContainers", "initContainers")
PROBES = ("liveness", "readiness", "startup")
HOOKS = ("postStart", "preStop")
# The fields of a container of which anything is judged.
_JUDGED = (
    *("name", "securityContext", "ports", "resources", "lifecycle"),
    *(f"{probe}Probe" for probe in PROBES),
)
_PLAIN = 2  # the version of marshal without references: equal values are equal bytes
HANDLERS = ("exec", "grpc", "httpGet", "tcpSocket")


def project_pod(
    spec: Mapping[str, Any], metadata: Mapping[str, Any] | None = None
) -> dict[str, object]:
    """Return the projection of a PodSpec, and of the annotations that its template has.

    Total: whatever `spec` holds, it is projected, and what is not understood is in
    `malformed` by its path.
    """
    malformed: set[str] = set()
    complain = malformed.add
    pod = read_mapping(spec, "spec", complain)
    head = read_mapping(metadata, "metadata", complain)
    projection: Projection = {
        field: read_boolean(pod, field, "", complain) is True
        for field in ("hostIPC", "hostNetwork", "hostPID")
    }
    # Only a plain `false` puts the pod into a user namespace, which relaxes the standard.
    projection["hostUsers"] = read_boolean(pod, "hostUsers", "", complain) is not False
    system = read_mapping(pod.get("os"), "os", complain)
    projection["os"] = read_text(system, "name", "os", complain) or ""
    projection |= _identity(pod, complain)
    projection["securityContext"] = _pod_security(pod, complain)
    projection["volumes"] = _volumes(pod, complain)
    containers = [
        _container(entry, kind, path, complain)
        for kind in LISTS
        for path, entry in read_entries(pod, kind, "", complain)
    ]
    projection["containers"] = sorted(containers, key=_canonical)
    projection["appArmorAnnotations"] = _apparmor(head, complain)
    projection["malformed"] = sorted(malformed)
    return projection


def _identity(pod: Mapping[Any, Any], complain: Complain) -> Projection:
    """What a pod may call itself, to the API and to others, whatever its tokens are used for."""
    names = [read_text(pod, f"serviceAccount{end}", "", complain) for end in ("Name", "")]
    audiences = {""}
    for path, volume in read_entries(pod, "volumes", "", complain):
        projected = read_mapping(volume.get("projected"), f"{path}.projected", complain)
        for inner, source in read_entries(projected, "sources", f"{path}.projected", complain):
            where = f"{inner}.serviceAccountToken"
            token = read_mapping(source.get("serviceAccountToken"), where, complain)
            audiences.add(read_text(token, "audience", where, complain) or "")
    return {
        "account": names[0] or names[1] or "",
        "automount": read_boolean(pod, "automountServiceAccountToken", "", complain) is not False,
        "audiences": sorted(audiences - {""}),
    }


def _apparmor(metadata: Mapping[Any, Any], complain: Complain) -> Projection:
    path = "metadata.annotations"
    annotations = read_mapping(metadata.get("annotations"), path, complain)
    names = [name for name in annotations if isinstance(name, str) and name.startswith(APPARMOR)]
    return {
        name.removeprefix(APPARMOR): read_text(annotations, name, path, complain) or ""
        for name in sorted(names)
    }


def _canonical(value: object) -> str:
    return json.dumps(value, sort_keys=True)


def _security(parent: Mapping[Any, Any], path: str, complain: Complain) -> Projection:
    """What the standard judges in the security context of a pod as in that of a container."""
    where = join(path, "securityContext")
    context = read_mapping(parent.get("securityContext"), where, complain)
    found: Projection = {
        "runAsNonRoot": read_boolean(context, "runAsNonRoot", where, complain),
        "runAsUser": read_integer(context, "runAsUser", where, complain),
    }
    selinux_path = f"{where}.seLinuxOptions"
    selinux = read_mapping(context.get("seLinuxOptions"), selinux_path, complain)
    found["seLinuxOptions"] = {
        field: text
        for field in ("role", "type", "user")
        if (text := read_text(selinux, field, selinux_path, complain))
    } or None
    for field in ("appArmorProfile", "seccompProfile"):
        profile = read_mapping(context.get(field), f"{where}.{field}", complain)
        if context.get(field) is not None:
            # A profile without a type is none that is allowed.
            kind = read_text(profile, "type", f"{where}.{field}", complain)
            found[field] = {"type": kind or ""}
    windows_path = f"{where}.windowsOptions"
    windows = read_mapping(context.get("windowsOptions"), windows_path, complain)
    if read_boolean(windows, "hostProcess", windows_path, complain):
        found["windowsOptions"] = {"hostProcess": True}
    return _present(found)


def _present(fields: Projection) -> Projection:
    return {field: value for field, value in fields.items() if value is not None}


def _pod_security(pod: Mapping[Any, Any], complain: Complain) -> Projection:
    found = _security(pod, "", complain)
    context = pod.get("securityContext")
    if isinstance(context, MAPPING):
        entries = read_entries(context, "sysctls", "securityContext", complain)
        names = [read_text(entry, "name", path, complain) or "" for path, entry in entries]
        if names:
            found["sysctls"] = sorted(set(names))
    return found


def _container_security(container: Mapping[Any, Any], path: str, complain: Complain) -> Projection:
    found = _security(container, path, complain)
    context = container.get("securityContext")
    if not isinstance(context, MAPPING):
        return found
    where = join(path, "securityContext")
    for field in ("allowPrivilegeEscalation", "privileged"):
        found[field] = read_boolean(context, field, where, complain)
    found["procMount"] = read_text(context, "procMount", where, complain)
    inner = f"{where}.capabilities"
    capabilities = read_mapping(context.get("capabilities"), inner, complain)
    found["capabilities"] = _present(
        {
            field: read_texts(capabilities, field, inner, complain) or None
            for field in ("add", "drop")
        }
    )
    return _present({**found, "capabilities": found["capabilities"] or None})


def _volumes(pod: Mapping[Any, Any], complain: Complain) -> list[Projection]:
    """Every source of every volume, as its name; one that says none is an emptyDir."""
    found = {
        (read_text(volume, "name", path, complain) or "", source)
        for path, volume in read_entries(pod, "volumes", "", complain)
        for source in _sources(volume)
    }
    return [{"name": name, "type": source} for name, source in sorted(found)]


def _sources(volume: Mapping[Any, Any]) -> list[str]:
    keys = [key for key, value in volume.items() if key != "name" and value is not None]
    sources = [key if isinstance(key, str) else "malformed" for key in keys]
    return sources or ["emptyDir"]


def _container(
    container: Mapping[Any, Any], kind: str, path: str, complain: Complain
) -> Projection:
    """What is judged of a container: of those of many daemons, the same."""
    part = {field: container[field] for field in _JUDGED if field in container}
    try:
        # Exact, unlike JSON: a number is no text, a whole one no other, and `true` is neither.
        packed = marshal.dumps(part, _PLAIN)
    except ValueError:  # something that YAML does not give
        return _project_container(part, kind, path, complain)
    projection, malformed = _projected(packed, kind, path)
    for field in malformed:
        complain(field)
    return projection


@lru_cache(maxsize=1024)
def _projected(packed: bytes, kind: str, path: str) -> tuple[Projection, frozenset[str]]:
    malformed: set[str] = set()
    # Only what has just been packed is unpacked.
    part = marshal.loads(packed)  # noqa: S302
    return _project_container(part, kind, path, malformed.add), frozenset(malformed)


def _project_container(
    container: Mapping[Any, Any], kind: str, path: str, complain: Complain
) -> Projection:
    return {
        "name": read_text(container, "name", path, complain) or "",
        "list": kind,
        "init": kind == "initContainers",
        "securityContext": _container_security(container, path, complain),
        "hostPorts": _host_ports(container, path, complain),
        "resources": _resources(container.get("resources")),
        "probes": [name for name in PROBES if _asks(container.get(f"{name}Probe"))],
        "hosts": sorted(_hosts(container, path, complain)),
    }


def _host_ports(container: Mapping[Any, Any], path: str, complain: Complain) -> list[str]:
    """The ports of the node: by name where peers dial them unchanged, else by number."""
    found = set()
    for where, port in read_entries(container, "ports", path, complain):
        number = read_integer(port, "hostPort", where, complain)
        if number:
            name = read_text(port, "name", where, complain) or ""
            unchanged = number == read_integer(port, "containerPort", where, complain)
            found.add(name if unchanged and name in PEER_PORTS else f"other:{number}")
    return sorted(found)


def _resources(value: object) -> Projection:
    return {
        part: {
            name: _amount(read_field(read_field(value, part), name)) for name in ("cpu", "memory")
        }
        for part in ("limits", "requests")
    }


def _amount(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        return ""
    return str(value) if abs(value) < LIMIT else ""


def _asks(probe: object) -> bool:
    """Say whether a probe is one: without a handler it asks nobody anything."""
    return any(read_field(probe, handler) is not None for handler in HANDLERS)


def _hosts(container: Mapping[Any, Any], path: str, complain: Complain) -> Iterable[str]:
    """Return the fields that send the kubelet to another host than the pod."""
    lifecycle = read_mapping(container.get("lifecycle"), join(path, "lifecycle"), complain)
    asked = {f"{name}Probe": container.get(f"{name}Probe") for name in PROBES}
    asked |= {f"lifecycle.{name}": lifecycle.get(name) for name in HOOKS}
    for field, value in asked.items():
        where = join(path, field)
        handlers = read_mapping(value, where, complain)
        for handler in ("httpGet", "tcpSocket"):
            inner = f"{where}.{handler}"
            if read_text(
                read_mapping(handlers.get(handler), inner, complain), "host", inner, complain
            ):
                yield f"{field}.{handler}.host"
