"""What is seen in one object: a function for each kind that some rule asks about."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from generator.check.observe.model import (
    Object,
    Observed,
    entries,
    labels_of,
    mapping,
    text_of,
    words,
)
from generator.check.observe.mounts import see_fetched
from generator.check.observe.network import see_ingress, see_policy, see_service
from generator.check.observe.volumes import see_claim
from generator.check.observe.workload import see_workload

# What Kubernetes refuses to change in an object that exists.
_FIXED: Mapping[str, tuple[str, ...]] = {
    "StatefulSet": ("serviceName", "selector", "podManagementPolicy", "volumeClaimTemplates"),
    "PersistentVolumeClaim": ("storageClassName", "accessModes", "volumeMode", "dataSource"),
    "Deployment": ("selector",),
    "DaemonSet": ("selector",),
    "Job": ("selector", "template", "completions", "completionMode"),
    "RoleBinding": ("roleRef",),
    "ClusterRoleBinding": ("roleRef",),
}
# Fields that stand beside `spec`.
_TOP = frozenset({"roleRef"})
_DEFAULTS = {"podManagementPolicy": "OrderedReady", "volumeMode": "Filesystem"}

_GENESIS_PART = re.compile(r"genesis-([0-9]{1,4})")

OPT_OUTS = tuple(
    f"kustomize.toolkit.fluxcd.io/{name}" for name in ("reconcile", "prune", "ssa", "force")
)


def see_fixed(kind: str, item: Object) -> dict[str, str]:
    """Return the fields of an object that cannot change while it exists, as texts."""
    spec = mapping(item.get("spec"))
    fields: dict[str, str] = {}
    for name in _FIXED.get(kind, ()):
        value = (item if name in _TOP else spec).get(name, _DEFAULTS.get(name))
        if value is not None:
            fields[name if name in _TOP else f"spec.{name}"] = text_of(value)
    if kind == "Service":
        # Headless for ever, or never: the address of a Service is given once.
        fields["spec.clusterIP"] = "None" if spec.get("clusterIP") == "None" else "given"
    return fields


def see_annotations(name: str, role: str, item: Object, seen: Observed) -> None:
    """See the annotations, or labels, by which an object opts out of Flux."""
    metadata = mapping(item.get("metadata"))
    for mark in OPT_OUTS:
        for kind in ("annotations", "labels"):
            marks = mapping(metadata.get(kind))
            if mark in marks:
                row = {"object": name, "role": role, "map": kind, "name": mark}
                seen["annotations"].append(row | {"value": str(marks[mark])})


def _see_claim(name: str, item: Object, seen: Observed) -> None:
    annotations = mapping(mapping(item.get("metadata")).get("annotations"))
    seen["claims"][name] = annotations.get("kustomize.toolkit.fluxcd.io/prune") == "disabled"
    see_claim(name, mapping(item.get("spec")), seen)


def _see_config_map(name: str, item: Object, seen: Observed) -> None:
    data = mapping(item.get("data"))
    short = name.rpartition("/")[2]
    if short == "net":
        seen["genesis"]["time"] = str(data.get("GENESIS_TIME", ""))
        seen["genesis"]["object"] = name
    elif match := _GENESIS_PART.fullmatch(short):
        seen["genesis"].setdefault("parts", {})[match[1]] = str(data.get("part", ""))


def _see_secret(name: str, item: Object, seen: Observed) -> None:
    values = len(mapping(item.get("data"))) + len(mapping(item.get("stringData")))
    row = {"object": name, "kind": "Secret", "values": values, "store": ""}
    seen["secrets"].append(row | {"policy": "", "field": "data"})


def _see_external_secret(name: str, item: Object, seen: Observed) -> None:
    spec = mapping(item.get("spec"))
    # What makes one in many namespaces says the same, further in.
    see_fetched(name, mapping(spec.get("externalSecretSpec")) or spec, seen)


def _see_autoscaler(name: str, item: Object, seen: Observed) -> None:
    target = mapping(mapping(item.get("spec")).get("scaleTargetRef"))
    # A ScaledObject that names no kind means a Deployment: https://keda.sh/docs/latest/reference/
    kind = str(target.get("kind", "Deployment"))
    row = {"object": name, "kind": kind, "target": str(target.get("name", ""))}
    seen["autoscalers"].append(row)


def _see_kustomization(name: str, item: Object, seen: Observed) -> None:
    spec = mapping(item.get("spec"))
    source = mapping(spec.get("sourceRef"))
    namespace = name.partition("/")[0]
    labels = labels_of(item)
    seen["kustomizations"].append(
        {
            "name": name.rpartition("/")[2],
            "namespace": namespace,
            "phase": str(labels.get("testnet/phase", "")),
            "source": "/".join(
                (str(source.get("kind", "")), str(source.get("namespace", namespace)),
                 str(source.get("name", "")))
            ),
            "account": str(spec.get("serviceAccountName", "")),
            "prune": spec.get("prune") is True,
            "force": spec.get("force") is True,
            "suspend": spec.get("suspend") is True,
            "post_build": "postBuild" in spec,
            "target_namespace": str(spec.get("targetNamespace", "")),
            "interval": str(spec.get("interval", "")),
            "timeout": str(spec.get("timeout", "")),
            "depends": [
                {
                    "namespace": str(entry.get("namespace", namespace)),
                    "name": str(entry.get("name", "")),
                    "ready_expression": "readyExpr" in entry,
                }
                for entry in entries(spec.get("dependsOn"))
            ],
        }
    )  # fmt: skip


def _see_binding(name: str, item: Object, seen: Observed) -> None:
    role = mapping(item.get("roleRef"))
    namespace, kind, _ = name.split("/")
    for subject in entries(item.get("subjects")):
        if subject.get("kind") == "ServiceAccount":
            seen["bindings"].append(
                {
                    "namespace": "" if kind == "ClusterRoleBinding" else namespace,
                    "role": f"{role.get('kind', '')}/{role.get('name', '')}",
                    "account": f"{subject.get('namespace', namespace)}/{subject.get('name', '')}",
                }
            )


def _see_role(name: str, item: Object, seen: Observed) -> None:
    _, kind, short = name.split("/")
    seen["roles"][f"{kind}/{short}"] = [
        {
            "apis": words(rule.get("apiGroups")),
            "resources": words(rule.get("resources")),
            "verbs": words(rule.get("verbs")),
        }
        for rule in entries(item.get("rules"))
    ]


See = Callable[[str, Object, Observed], None]

BY_KIND: Mapping[str, See] = {
    "StatefulSet": see_workload,
    "Deployment": see_workload,
    "DaemonSet": see_workload,
    "ReplicaSet": see_workload,
    "Job": see_workload,
    "CronJob": see_workload,
    "Pod": see_workload,
    "Service": see_service,
    "Ingress": see_ingress,
    "NetworkPolicy": see_policy,
    "PersistentVolumeClaim": _see_claim,
    "ConfigMap": _see_config_map,
    "Secret": _see_secret,
    "ExternalSecret": _see_external_secret,
    "ClusterExternalSecret": _see_external_secret,
    "HorizontalPodAutoscaler": _see_autoscaler,
    "ScaledObject": _see_autoscaler,
    "Kustomization": _see_kustomization,
    "RoleBinding": _see_binding,
    "ClusterRoleBinding": _see_binding,
    "Role": _see_role,
    "ClusterRole": _see_role,
}


def object_name(item: Object) -> str:
    """Return the name of an object among those of its cluster: `namespace/kind/name`.

    It has these three parts whatever the object says: no valid one has a slash in them.
    """
    metadata = mapping(item.get("metadata"))
    parts = (metadata.get("namespace"), item.get("kind"), metadata.get("name"))
    return "/".join("" if part is None else str(part).replace("/", "\\") for part in parts)
