"""An API server as small as can be: it answers as the published OpenAPI says, on loopback."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import yaml

TOKEN = "Bearer-that-nobody-may-see"  # noqa: S105 - of this server alone
FLUX = "/apis/kustomize.toolkit.fluxcd.io/v1/namespaces/testnets/kustomizations"
CLUSTER = "/api/v1/namespaces/testnets/configmaps/cluster"
PODS = "/api/v1/pods"
STATEFUL_SETS = re.compile("/apis/apps/v1/namespaces/([^/]+)/statefulsets")
KINDS = {
    "deployments": "Deployment",
    "gitrepositories": "GitRepository",
    "kustomizations": "Kustomization",
    "nodes": "Node",
    "pods": "Pod",
    "services": "Service",
    "statefulsets": "StatefulSet",
}

Object = dict[str, Any]


@dataclass
class ApiServer:
    """Objects by path, answers that replace them, and the requests in their order.

    `lists` holds what is listed, by path; `page` is the most that one answer holds of it.
    """

    port: int = 0
    objects: dict[str, Object] = field(default_factory=dict)
    stateful_sets: list[Object] = field(default_factory=list)
    pods: list[Object] = field(default_factory=list)
    lists: dict[str, list[Object]] = field(default_factory=dict)
    page: int = 500
    answers: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    list_metadata: Object = field(default_factory=lambda: {"resourceVersion": "1000"})
    requests: list[str] = field(default_factory=list)
    hang: threading.Event | None = None

    def add_cluster(self, name: str) -> None:
        self.objects[CLUSTER] = {
            "kind": "ConfigMap",
            "apiVersion": "v1",
            "metadata": {"name": "cluster", "namespace": "testnets"},
            "data": {"name": name, "provider": "aws"},
        }

    def add_kustomization(self, name: str, *, spec: Object, status: Object, **meta: object) -> None:
        self.objects[f"{FLUX}/{name}"] = {
            "apiVersion": "kustomize.toolkit.fluxcd.io/v1",
            "kind": "Kustomization",
            "metadata": {"name": name, "namespace": "testnets", "generation": 2, **meta},
            "spec": {"sourceRef": {"kind": "GitRepository", "name": "environments"}} | spec,
            "status": status,
        }

    def add_stateful_set(
        self, namespace: str, name: str, *, drain: str, replicas: int, **status: object
    ) -> None:
        labels = {"testnet/drain": drain} if drain else {}
        self.stateful_sets.append(
            {
                "metadata": {
                    "name": name,
                    "namespace": namespace,
                    "generation": 3,
                    "labels": labels,
                },
                "spec": {"replicas": replicas},
                "status": {"observedGeneration": 3, "replicas": 0} | status,
            }
        )

    def add_pod(self, namespace: str, name: str, key: str, **more: object) -> None:
        meta = {"name": name, "namespace": namespace, "labels": {"testnet/key": key}} | more
        self.pods.append({"metadata": meta, "spec": {}, "status": {"phase": "Running"}})

    def answer(self, path: str, query: Mapping[str, list[str]], token: str) -> tuple[int, bytes]:
        if self.hang:
            self.hang.wait(30)
        if path in self.answers:
            return self.answers[path]
        if token != f"Bearer {TOKEN}":
            return 401, status(401, "Unauthorized", "Unauthorized", {})
        if listed := self._listed(path, query):
            return 200, listed
        if path in self.objects:
            return 200, json.dumps(self.objects[path]).encode()
        kind, name = path.split("/")[-2:]
        details = {"name": name, "kind": kind}
        return 404, status(404, "NotFound", f'{kind} "{name}" not found', details)

    def _listed(self, path: str, query: Mapping[str, list[str]]) -> bytes | None:
        if "limit" in query and (kind := KINDS.get(path.rpartition("/")[2])):
            return self._page(kind, self.lists.get(path, []), query)
        if path == PODS:
            return self._list("Pod", self._pods(query))
        if match := STATEFUL_SETS.fullmatch(path):
            there = [o for o in self.stateful_sets if o["metadata"]["namespace"] == match[1]]
            return self._list("StatefulSet", there)
        return None

    def _pods(self, query: Mapping[str, list[str]]) -> list[Object]:
        [selector] = query["labelSelector"]
        label, _, values = selector.partition(" in ")
        wanted = values.strip("()").split(",")
        return [pod for pod in self.pods if pod["metadata"]["labels"].get(label) in wanted]

    def _page(self, kind: str, items: list[Object], query: Mapping[str, list[str]]) -> bytes:
        """Return a part of a list, as long as was asked for, and where the next one begins."""
        first = int(query.get("continue", ["0"])[0])
        last = first + min(int(query["limit"][0]), self.page)
        more = {"continue": str(last)} if last < len(items) else {}
        content = {"kind": f"{kind}List", "apiVersion": "v1", "items": items[first:last]}
        return json.dumps(content | {"metadata": self.list_metadata | more}).encode()

    def _list(self, kind: str, items: list[Object]) -> bytes:
        content = {"kind": f"{kind}List", "apiVersion": "v1", "items": items}
        return json.dumps(content | {"metadata": self.list_metadata}).encode()


def status(code: int, reason: str, message: str, details: Object) -> bytes:
    """Return the object `Status` that an API server answers with instead."""
    content = {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Failure",
        "message": message,
        "reason": reason,
        "details": details,
        "code": code,
    }
    return json.dumps(content).encode()


@contextmanager
def serve() -> Iterator[ApiServer]:
    """Run an API server without any object."""
    api = ApiServer()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            api.requests.append(self.path)
            parts = urlsplit(self.path)
            token = self.headers.get("Authorization", "")
            code, body = api.answer(parts.path, parse_qs(parts.query), token)
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
            if api.hang:
                api.hang.set()
            server.shutdown()
            thread.join()


def kubeconfig(contexts: Mapping[str, int], token: str = TOKEN) -> str:
    """Return a kubeconfig with contexts by name, each of an API server at a port."""
    return yaml.safe_dump(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [
                {"name": name, "cluster": {"server": f"http://127.0.0.1:{port}"}}
                for name, port in contexts.items()
            ],
            "users": [{"name": "reader", "user": {"token": token}}],
            "contexts": [
                {"name": name, "context": {"cluster": name, "user": "reader"}} for name in contexts
            ],
        }
    )
