"""An API server with the cluster `west` on it: what is read by path, what is tried by POST."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from tests.doctor.setups import FLAGS, REVISION, URL
from tests.sync.api_server import TOKEN, status

Object = dict[str, Any]
CLUSTER = "/api/v1/namespaces/testnets/configmaps/cluster"
DEPLOYMENTS = "/apis/apps/v1/deployments"
NAMESPACES, NODES = "/api/v1/namespaces", "/api/v1/nodes"
STORAGE = "/apis/storage.k8s.io/v1/storageclasses"
ROLES = "/apis/rbac.authorization.k8s.io/v1/clusterroles"
REVIEWS = "/apis/authorization.k8s.io/v1/subjectaccessreviews"
TRIAL = "/api/v1/namespaces/testnets/pods"
SECRET = "/api/v1/namespaces/testnets/secrets/github-app"  # noqa: S105 - a path
SOURCE = "/apis/source.toolkit.fluxcd.io/v1/namespaces/{}/gitrepositories/environments"
APPLIED = "/apis/kustomize.toolkit.fluxcd.io/v1/namespaces/flux-system/kustomizations/{}"
PROVIDER = (
    "/apis/notification.toolkit.fluxcd.io/v1beta3/namespaces/testnets/providers/commit-status"
)
REFUSED = 'pods "testnet-doctor" is forbidden: violates PodSecurity "restricted:latest": host...'


@dataclass
class Api:
    """Answers by path, of POST by path too; a test changes them."""

    port: int = 0
    date: str = ""  # of answers; that of now where empty
    objects: dict[str, Object] = field(default_factory=dict)
    answers: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    requests: list[tuple[str, str, str]] = field(default_factory=list)
    reviews: list[Object] = field(default_factory=list)
    may: Callable[[Object], bool] = lambda _: True
    silent: threading.Event | None = None

    def get(self, path: str) -> tuple[int, bytes]:
        if path in self.answers:
            return self.answers[path]
        if path in self.objects:
            return 200, json.dumps(self.objects[path]).encode()
        kind, name = path.split("/")[-2:]
        return 404, status(404, "NotFound", "not found", {"name": name, "kind": kind})

    def post(self, path: str, body: Object) -> tuple[int, bytes]:
        if path in self.answers:
            return self.answers[path]
        if path == TRIAL:
            return 403, status(403, "Forbidden", REFUSED, {"name": "testnet-doctor"})
        assert path == REVIEWS
        self.reviews.append(body["spec"])
        return 201, json.dumps(body | {"status": {"allowed": self.may(body["spec"])}}).encode()


def listed(kind: str, *items: Object) -> Object:
    return {"kind": f"{kind}List", "metadata": {"resourceVersion": "1"}, "items": list(items)}


def deployment(namespace: str, program: str, *arguments: str) -> Object:
    labels = {"app.kubernetes.io/version": "v2.9.4"} if namespace == "flux-system" else {}
    container = {"image": f"example.org/{program}:v1", "args": list(arguments)}
    return {
        "metadata": {"namespace": namespace, "name": program, "labels": labels},
        "spec": {
            "replicas": 2,
            "template": {"spec": {"serviceAccountName": program, "containers": [container]}},
        },
        "status": {"readyReplicas": 2},
    }


def flux_object(why: str, **fields: Any) -> Object:
    ready = {"type": "Ready", "status": "True", "reason": "Succeeded", "message": why}
    stand = {"observedGeneration": 3, "conditions": [{"type": "Other", "status": "x"}, ready]}
    content: Object = {"metadata": {"generation": 3}, "spec": {}, "status": stand}
    content["spec"] |= fields.pop("spec")
    content["status"] |= fields
    return content


def table(*names: str) -> Object:
    columns = [{"name": "Name"}, {"name": "Type"}, {"name": "Data"}, {"name": "Age"}]
    rows = [{"cells": [name, "Opaque", 3, "2d"], "object": None} for name in names]
    return {"kind": "Table", "metadata": {}, "columnDefinitions": columns, "rows": rows or None}


def node(number: int) -> Object:
    return {
        "metadata": {
            "name": f"node-{number}",
            "labels": {
                "topology.kubernetes.io/region": "us-west-2",
                "topology.kubernetes.io/zone": f"us-west-2{'abc'[number % 3]}",
            },
        },
        "spec": {"taints": [{"key": "slow", "effect": "PreferNoSchedule"}]},
        "status": {
            "addresses": [
                {"type": "InternalIP", "address": "10.0.0.1"},
                {"type": "ExternalIP", "address": f"8.8.4.{number}"},
                {"type": "ExternalIP", "address": "2001:4860::1"},
            ],
            "allocatable": {"cpu": "2000000m", "memory": f"{8 * 2**30}Ki"},
            "conditions": [{"type": "Ready", "status": "True"}],
        },
    }


def storage(name: str) -> Object:
    return {
        "metadata": {"name": name},
        "provisioner": "ebs.csi.aws.com",
        "volumeBindingMode": "WaitForFirstConsumer",
        "allowVolumeExpansion": True,
    }


def applied(name: str) -> Object:
    spec = {
        "path": f"./clusters/west/{name}",
        "sourceRef": {"kind": "GitRepository", "name": "environments"},
        "prune": True,
        "wait": name == "platform",
    }
    return flux_object("Applied revision", spec=spec, lastAppliedRevision=REVISION)


def good_objects() -> dict[str, Object]:
    """Everything that a good cluster answers with, by path."""
    from generator.doctor.wanted import KINDS, wanted_of  # noqa: PLC0415
    from tests.doctor.setups import cluster  # noqa: PLC0415

    fetched = flux_object(
        "stored artifact",
        spec={"url": URL, "ref": {"branch": "environments"}},
        artifact={"revision": REVISION, "lastUpdateTime": "2026-12-01T09:30:00Z"},
    )
    dns = ("--source=service", "--txt-owner-id=west", "--domain-filter", "west.example.org")
    found: dict[str, Object] = {
        "/version": {"gitVersion": "v1.37.2-eks-3f2a1b"},
        CLUSTER: {"data": {"name": "west"}},
        DEPLOYMENTS: listed(
            "Deployment",
            deployment("flux-system", "source-controller"),
            deployment("flux-system", "kustomize-controller", *FLAGS),
            deployment("flux-system", "notification-controller"),
            deployment("external-secrets", "external-secrets"),
            deployment("dns", "external-dns", *dns),
            deployment("monitoring", "prometheus-operator"),
            deployment("kube-system", "aws-load-balancer-controller"),
        ),
        SOURCE.format("flux-system"): fetched,
        SOURCE.format("testnets"): fetched,
        APPLIED.format("platform"): applied("platform"),
        APPLIED.format("testnets"): applied("testnets"),
        PROVIDER: {"spec": {"type": "github", "address": URL, "secretRef": {"name": "github-app"}}},
        NAMESPACES: listed(
            "Namespace",
            {"metadata": {"name": "flux-system"}},
            space("testnets", {"pod-security.kubernetes.io/enforce": "restricted"}),
            space(
                "net-smoke",
                {"testnet/net": "smoke", "pod-security.kubernetes.io/enforce": "privileged"},
            ),
        ),
        STORAGE: listed("StorageClass", storage("gp2"), storage("gp3")),
        NODES: listed("Node", node(1), node(2), node(3)),
    }
    for version, kinds in KINDS.items():
        parts = [{"name": kind.lower(), "kind": kind} for kind in (*kinds, "Other")]
        parts.append({"name": f"{kinds[0].lower()}/status", "kind": "Status"})
        found[f"/apis/{version}"] = {"kind": "APIResourceList", "resources": parts}
    for role in wanted_of(cluster()).roles:
        found[f"{ROLES}/{role}"] = {"metadata": {"name": role}}
    for namespace, name in wanted_of(cluster()).secrets:
        found[f"/api/v1/namespaces/{namespace}/secrets/{name}"] = table(name)
    return found


def space(name: str, labels: dict[str, str]) -> Object:
    return {"metadata": {"name": name, "labels": labels}}


@contextmanager
def serve() -> Iterator[Api]:
    """Run the API server of a good cluster."""
    api = Api(objects=good_objects())

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # head and body at once: Nagle would hold the body back for 40 ms

        def do_GET(self) -> None:
            self._answer(api.get(urlsplit(self.path).path))

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            self._answer(api.post(urlsplit(self.path).path, body))

        def date_time_string(self, _: float | None = None) -> str:
            return api.date or formatdate(usegmt=True)

        def _answer(self, answer: tuple[int, bytes]) -> None:
            api.requests.append((self.command, self.path, self.headers.get("Accept", "")))
            if api.silent and not self.path.startswith("/version"):
                api.silent.wait(30)
            code, body = answer
            if self.headers.get("Authorization") != f"Bearer {TOKEN}":
                code, body = 401, status(401, "Unauthorized", "Unauthorized", {})
            self.send_response(code)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        server.block_on_close = False
        api.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield api
        finally:
            if api.silent:
                api.silent.set()
            server.shutdown()
            thread.join()
