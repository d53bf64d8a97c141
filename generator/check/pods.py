"""What policies judge of a pod: its security, host ports, resources and probes, in one form.

A shape is what many daemons share, so nothing is here that tells one daemon from the next of
its kind: no port numbers, images, arguments or labels. Equal pods have equal projections, in
whatever order they were written. Kubernetes takes a null for a field that is absent, and so
does this; what has another type than Kubernetes gives it is listed under `malformed`, which
the rule workload/pod-security takes for a violation: what cannot be read is never fine.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

Projection = dict[str, object]
# Says that the field of a path is no thing of the type that Kubernetes gives it.
Complain = Callable[[str], None]

APPARMOR = "container.apparmor.security.beta.kubernetes.io/"
# What a node may give away: peers dial these ports of it.
PEER_PORTS = frozenset({"p2p", "discovery"})
LISTS = ("containers", "ephemeralContainers", "initContainers")
PROBES = ("liveness", "readiness", "startup")
HOOKS = ("postStart", "preStop")
# No number of Kubernetes is longer, and Python refuses to write out the longest ones.
LIMIT = 2**63
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
    pod = _mapping(spec, "spec", complain)
    head = _mapping(metadata, "metadata", complain)
    projection: Projection = {
        field: _boolean(pod, field, "", complain) is True
        for field in ("hostIPC", "hostNetwork", "hostPID")
    }
    # Only a plain `false` puts the pod into a user namespace, which relaxes the standard.
    projection["hostUsers"] = _boolean(pod, "hostUsers", "", complain) is not False
    projection["os"] = _text(_mapping(pod.get("os"), "os", complain), "name", "os", complain) or ""
    projection |= _identity(pod, complain)
    projection["securityContext"] = _pod_security(pod, complain)
    projection["volumes"] = _volumes(pod, complain)
    containers = [
        _container(entry, kind, path, complain)
        for kind in LISTS
        for path, entry in _entries(pod, kind, "", complain)
    ]
    projection["containers"] = sorted(containers, key=_canonical)
    projection["appArmorAnnotations"] = _apparmor(head, complain)
    projection["malformed"] = sorted(malformed)
    return projection


def _identity(pod: Mapping[Any, Any], complain: Complain) -> Projection:
    """What a pod may call itself, to the API and to others, whatever its tokens are used for."""
    names = [_text(pod, f"serviceAccount{end}", "", complain) for end in ("Name", "")]
    audiences = {""}
    for path, volume in _entries(pod, "volumes", "", complain):
        projected = _mapping(volume.get("projected"), f"{path}.projected", complain)
        for inner, source in _entries(projected, "sources", f"{path}.projected", complain):
            where = f"{inner}.serviceAccountToken"
            token = _mapping(source.get("serviceAccountToken"), where, complain)
            audiences.add(_text(token, "audience", where, complain) or "")
    return {
        "account": names[0] or names[1] or "",
        "automount": _boolean(pod, "automountServiceAccountToken", "", complain) is not False,
        "audiences": sorted(audiences - {""}),
    }


def _apparmor(metadata: Mapping[Any, Any], complain: Complain) -> Projection:
    path = "metadata.annotations"
    annotations = _mapping(metadata.get("annotations"), path, complain)
    names = [name for name in annotations if isinstance(name, str) and name.startswith(APPARMOR)]
    return {
        name.removeprefix(APPARMOR): _text(annotations, name, path, complain) or ""
        for name in sorted(names)
    }


def _canonical(value: object) -> str:
    return json.dumps(value, sort_keys=True)


def _get(value: object, field: str) -> object:
    return value.get(field) if isinstance(value, Mapping) else None


def _join(path: str, field: str) -> str:
    return f"{path}.{field}" if path else field


def _mapping(value: object, path: str, complain: Complain) -> Mapping[Any, Any]:
    if isinstance(value, Mapping):
        return value
    if value is not None:
        complain(path)
    return {}


def _entries(
    parent: Mapping[Any, Any], field: str, path: str, complain: Complain
) -> Iterable[tuple[str, Mapping[Any, Any]]]:
    """Return the entries of a list that are mappings, each with its path."""
    where = _join(path, field)
    for index, entry in enumerate(_list(parent, field, path, complain)):
        if isinstance(entry, Mapping):
            name = entry.get("name")
            yield f"{where}[{name if isinstance(name, str) and name else index}]", entry
        else:
            complain(f"{where}[{index}]")


def _list(parent: Mapping[Any, Any], field: str, path: str, complain: Complain) -> list[Any]:
    value = parent.get(field)
    if isinstance(value, list | tuple):
        return list(value)
    if value is not None:
        complain(_join(path, field))
    return []


def _boolean(parent: Mapping[Any, Any], field: str, path: str, complain: Complain) -> bool | None:
    value = parent.get(field)
    if value is None or isinstance(value, bool):
        return value
    complain(_join(path, field))
    return None


def _text(parent: Mapping[Any, Any], field: str, path: str, complain: Complain) -> str | None:
    value = parent.get(field)
    if value is None or isinstance(value, str):
        return value
    complain(_join(path, field))
    return None


def _integer(parent: Mapping[Any, Any], field: str, path: str, complain: Complain) -> int | None:
    value = parent.get(field)
    if value is None:
        return None
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < LIMIT:
        return value
    complain(_join(path, field))
    return None


def _texts(parent: Mapping[Any, Any], field: str, path: str, complain: Complain) -> list[str]:
    values = _list(parent, field, path, complain)
    if not all(isinstance(value, str) for value in values):
        complain(_join(path, field))
    return sorted({value for value in values if isinstance(value, str)})


def _security(parent: Mapping[Any, Any], path: str, complain: Complain) -> Projection:
    """What the standard judges in the security context of a pod as in that of a container."""
    where = _join(path, "securityContext")
    context = _mapping(parent.get("securityContext"), where, complain)
    found: Projection = {
        "runAsNonRoot": _boolean(context, "runAsNonRoot", where, complain),
        "runAsUser": _integer(context, "runAsUser", where, complain),
    }
    selinux_path = f"{where}.seLinuxOptions"
    selinux = _mapping(context.get("seLinuxOptions"), selinux_path, complain)
    found["seLinuxOptions"] = {
        field: text
        for field in ("role", "type", "user")
        if (text := _text(selinux, field, selinux_path, complain))
    } or None
    for field in ("appArmorProfile", "seccompProfile"):
        profile = _mapping(context.get(field), f"{where}.{field}", complain)
        if context.get(field) is not None:
            # A profile without a type is none that is allowed.
            kind = _text(profile, "type", f"{where}.{field}", complain)
            found[field] = {"type": kind or ""}
    windows_path = f"{where}.windowsOptions"
    windows = _mapping(context.get("windowsOptions"), windows_path, complain)
    if _boolean(windows, "hostProcess", windows_path, complain):
        found["windowsOptions"] = {"hostProcess": True}
    return _present(found)


def _present(fields: Projection) -> Projection:
    return {field: value for field, value in fields.items() if value is not None}


def _pod_security(pod: Mapping[Any, Any], complain: Complain) -> Projection:
    found = _security(pod, "", complain)
    context = pod.get("securityContext")
    if isinstance(context, Mapping):
        entries = _entries(context, "sysctls", "securityContext", complain)
        names = [_text(entry, "name", path, complain) or "" for path, entry in entries]
        if names:
            found["sysctls"] = sorted(set(names))
    return found


def _container_security(container: Mapping[Any, Any], path: str, complain: Complain) -> Projection:
    found = _security(container, path, complain)
    context = container.get("securityContext")
    if not isinstance(context, Mapping):
        return found
    where = _join(path, "securityContext")
    for field in ("allowPrivilegeEscalation", "privileged"):
        found[field] = _boolean(context, field, where, complain)
    found["procMount"] = _text(context, "procMount", where, complain)
    inner = f"{where}.capabilities"
    capabilities = _mapping(context.get("capabilities"), inner, complain)
    found["capabilities"] = _present(
        {field: _texts(capabilities, field, inner, complain) or None for field in ("add", "drop")}
    )
    return _present({**found, "capabilities": found["capabilities"] or None})


def _volumes(pod: Mapping[Any, Any], complain: Complain) -> list[Projection]:
    """Every source of every volume, as its name; one that says none is an emptyDir."""
    found = {
        (_text(volume, "name", path, complain) or "", source)
        for path, volume in _entries(pod, "volumes", "", complain)
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
    return {
        "name": _text(container, "name", path, complain) or "",
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
    for where, port in _entries(container, "ports", path, complain):
        number = _integer(port, "hostPort", where, complain)
        if number:
            name = _text(port, "name", where, complain) or ""
            unchanged = number == _integer(port, "containerPort", where, complain)
            found.add(name if unchanged and name in PEER_PORTS else f"other:{number}")
    return sorted(found)


def _resources(value: object) -> Projection:
    return {
        part: {name: _amount(_get(_get(value, part), name)) for name in ("cpu", "memory")}
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
    return any(_get(probe, handler) is not None for handler in HANDLERS)


def _hosts(container: Mapping[Any, Any], path: str, complain: Complain) -> Iterable[str]:
    """Return the fields that send the kubelet to another host than the pod."""
    lifecycle = _mapping(container.get("lifecycle"), _join(path, "lifecycle"), complain)
    asked = {f"{name}Probe": container.get(f"{name}Probe") for name in PROBES}
    asked |= {f"lifecycle.{name}": lifecycle.get(name) for name in HOOKS}
    for field, value in asked.items():
        where = _join(path, field)
        handlers = _mapping(value, where, complain)
        for handler in ("httpGet", "tcpSocket"):
            inner = f"{where}.{handler}"
            if _text(_mapping(handlers.get(handler), inner, complain), "host", inner, complain):
                yield f"{field}.{handler}.host"
