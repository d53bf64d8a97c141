"""A survey as the objects of an API server, in Kubernetes' own words."""

from __future__ import annotations

from typing import Any

from generator.sync import survey as live
from tests.sync.api_server import FLUX, ApiServer

Object = dict[str, Any]
_LISTS = {
    "kustomizations": "/apis/kustomize.toolkit.fluxcd.io/v1/namespaces/{}/kustomizations",
    "sources": "/apis/source.toolkit.fluxcd.io/v1/namespaces/{}/gitrepositories",
}


def show(api: ApiServer, survey: live.Survey) -> None:
    """Have an API server say what a survey holds, beside a little that is nobody's business."""
    api.add_cluster(survey.cluster)
    shown: dict[str, list[Object]] = {
        "/api/v1/pods": [_pod(pod) for pod in survey.pods],
        "/api/v1/services": [_service(service) for service in survey.services],
        "/api/v1/nodes": [_node(node) for node in survey.nodes],
        "/apis/apps/v1/statefulsets": [],
        "/apis/apps/v1/deployments": [],
    }
    for namespace in ("testnets", "flux-system"):
        shown[_LISTS["kustomizations"].format(namespace)] = [
            _kustomization(k) for k in survey.kustomizations if k.namespace == namespace
        ]
        shown[_LISTS["sources"].format(namespace)] = [
            _source(s) for s in survey.sources if s.namespace == namespace
        ]
    for workload in survey.workloads:
        shown[f"/apis/apps/v1/{workload.kind.lower()}s"].append(_workload(workload))
    other = {"metadata": _meta("kube-system", "x"), "spec": {"type": "ClusterIP"}, "status": {}}
    other["metadata"]["generation"] = 1
    for path in ("/api/v1/pods", "/api/v1/services", "/apis/apps/v1/deployments"):
        shown[path].append(other)
    api.lists = shown
    # As they are read for evidence: one by one, by namespace, by label.
    kustomizations = shown[_LISTS["kustomizations"].format("testnets")]
    api.objects |= {
        f"{FLUX}/{item['metadata']['name']}": {"kind": "Kustomization"} | item
        for item in kustomizations
    }
    api.stateful_sets = shown["/apis/apps/v1/statefulsets"]
    api.pods = [pod for pod in shown["/api/v1/pods"] if pod["metadata"]["labels"]]


def _meta(namespace: str, name: str, *, deleting: bool = False, **labels: str) -> Object:
    wanted = {f"testnet/{label}": value for label, value in labels.items() if value}
    gone = {"deletionTimestamp": "2026-12-01T12:00:00Z"} if deleting else {}
    return {"namespace": namespace, "name": name, "labels": wanted} | gone


def _conditions(ready: live.Ready) -> list[Object]:
    if not ready.status:
        return []
    words = {"reason": ready.reason, "message": ready.message}
    return [{"type": "Healthy", "status": "x"}, {"type": "Ready", "status": ready.status} | words]


def _source(source: live.Source) -> Object:
    artifact = {"artifact": {"revision": source.revision}} if source.revision else {}
    return {
        "metadata": _meta(source.namespace, source.name),
        "spec": {"suspend": True} if source.suspended else {},
        "status": {"conditions": _conditions(source.ready)} | artifact,
    }


def _kustomization(found: live.Kustomization) -> Object:
    meta = _meta(
        found.namespace, found.name, deleting=found.deleting, net=found.net, drain=found.drain
    )
    kind, name = found.source.split("/")[-2:]
    return {
        "metadata": meta | {"generation": found.generation},
        "spec": {
            "path": found.path,
            "suspend": found.suspended,
            "sourceRef": {"kind": kind, "name": name},
        },
        "status": {
            "observedGeneration": found.observed,
            "conditions": _conditions(found.ready),
            "history": [
                {
                    "digest": snapshot.digest,
                    "lastReconciledStatus": snapshot.status,
                    "metadata": {"revision": snapshot.revision},
                }
                for snapshot in found.history
            ],
        }
        | ({"lastAppliedRevision": found.revision} if found.revision else {}),
    }


def _spec(images: live.Images) -> Object:
    """Return the spec of a pod: every second container runs before the others."""
    made = [{"name": name, "image": image} for name, image in images]
    return {"initContainers": made[1::2], "containers": made[::2]}


def _workload(found: live.Workload) -> Object:
    meta = _meta(found.namespace, found.name, deleting=found.deleting, drain=found.drain)
    return {
        "metadata": meta | {"generation": found.generation},
        "spec": {"replicas": found.replicas, "template": {"spec": _spec(found.images)}},
        "status": {
            "observedGeneration": found.observed,
            "replicas": found.counted,
            "updatedReplicas": found.updated,
            "readyReplicas": found.ready,
        },
    }


def _pod(found: live.Pod) -> Object:
    kind, _, name = found.owner.partition("/")
    if kind == "Deployment":
        kind, name = "ReplicaSet", f"{name}-5b8f9c"
    owners = [{"kind": kind, "name": name, "controller": True}] if name else []
    ready = {"type": "Ready", "status": "False" if found.why else "True"}
    return {
        "metadata": _meta(found.namespace, found.name, deleting=found.deleting, key=found.key)
        | {"ownerReferences": [{"kind": "Node", "name": "n"}, *owners]},
        "spec": _spec(found.images) | ({"nodeName": found.node} if found.node else {}),
        "status": {"phase": found.phase, "conditions": [ready]},
    }


def _service(found: live.Service) -> Object:
    ingress = [
        {"ip": address} if address[0].isdigit() else {"hostname": address}
        for address in found.addresses
    ]
    return {
        "metadata": _meta(found.namespace, found.name),
        "spec": {"type": "LoadBalancer"},
        "status": {"loadBalancer": {"ingress": ingress} if ingress else {}},
    }


def _node(found: live.Node) -> Object:
    external = [{"type": "ExternalIP", "address": address} for address in found.addresses]
    inner = {"type": "InternalIP", "address": "10.0.0.1"}
    return {"metadata": {"name": found.name}, "status": {"addresses": [inner, *external]}}
