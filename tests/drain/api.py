"""An API server on loopback that is just enough for `kubectl get` of pods and StatefulSets."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

Object = dict[str, Any]


@dataclass
class Api:
    """What the server has, and how it answers lists; it answers once all changes are used up."""

    pods: list[Object] = field(default_factory=list)
    sets: list[Object] = field(default_factory=list)
    page: int = 500
    fails: Callable[[str], bytes | None] = lambda _: None
    asked: list[str] = field(default_factory=list)
    looked: Callable[[], None] = lambda: None

    def answer(self, target: str) -> tuple[int, bytes]:
        """Return status and body of a request."""
        url = urlsplit(target)
        if url.path in _DISCOVERY:
            return 200, json.dumps(_DISCOVERY[url.path]).encode()
        self.asked.append(target)
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        kind = "Pod" if url.path == "/api/v1/pods" else "StatefulSet"
        if kind == "Pod":
            self.looked()
        broken = self.fails(kind)
        if broken is not None:
            return (200 if broken[:1] != b"!" else 403), broken.removeprefix(b"!")
        name, _, value = query.get("labelSelector", "=").partition("=")
        found = [p for p in self.pods if p["metadata"]["labels"].get(name) == value]
        if kind == "StatefulSet":
            _, _, wanted = query["fieldSelector"].partition("=")
            namespace = url.path.split("/")[5]
            found = [
                s
                for s in self.sets
                if (s["metadata"]["namespace"], s["metadata"]["name"]) == (namespace, wanted)
            ]
        return 200, self._list(kind, found, query)

    def _list(self, kind: str, found: list[Object], query: dict[str, str]) -> bytes:
        start = int(query.get("continue", "0"))
        end = start + min(self.page, int(query.get("limit", "500")))
        head = {"resourceVersion": "7"}
        if end < len(found):
            head["continue"] = str(end)
        version = "v1" if kind == "Pod" else "apps/v1"
        body = {"kind": f"{kind}List", "apiVersion": version, "metadata": head}
        return json.dumps(body | {"items": found[start:end]}).encode()


@contextmanager
def serve(api: Api) -> Iterator[str]:
    """Serve an API on loopback, and give its URL."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = api.answer(self.path)
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def _resources(version: str, name: str, kind: str) -> Object:
    resource = {"name": name, "singularName": "", "namespaced": True, "kind": kind}
    return {
        "kind": "APIResourceList",
        "groupVersion": version,
        "resources": [resource | {"verbs": ["get", "list"]}],
    }


_APPS = {"groupVersion": "apps/v1", "version": "v1"}
_DISCOVERY: dict[str, Object] = {
    "/api": {"kind": "APIVersions", "versions": ["v1"]},
    "/apis": {
        "kind": "APIGroupList",
        "apiVersion": "v1",
        "groups": [{"name": "apps", "versions": [_APPS], "preferredVersion": _APPS}],
    },
    "/api/v1": _resources("v1", "pods", "Pod"),
    "/apis/apps/v1": _resources("apps/v1", "statefulsets", "StatefulSet"),
}
