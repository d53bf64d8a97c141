"""A thin client of the API server, and streams of what changes there."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Iterator
from http.client import HTTPException, HTTPResponse, HTTPSConnection
from pathlib import Path
from typing import Any

Object = dict[str, Any]
_PATCH = {
    "merge": "application/merge-patch+json",
    "apply": "application/apply-patch+yaml",
    "strategic": "application/strategic-merge-patch+json",
}


class ApiError(Exception):
    """An answer that is none of success."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


class Api:
    """The API server on a port of loopback, as the holder of a token."""

    def __init__(self, port: int, authority: Path, token: str) -> None:
        self.port = port
        self.authority = authority
        self.token = token
        self._tls = ssl.create_default_context(cafile=str(authority))

    def get(self, path: str, seconds: float = 30) -> Object:
        return self.ask("GET", path, seconds=seconds)

    def find(self, path: str) -> Object | None:
        """Return an object, or None where there is none."""
        try:
            return self.get(path)
        except ApiError as error:
            if error.code == 404:
                return None
            raise

    def items(self, path: str, seconds: float = 30) -> list[Object]:
        return list(self.get(path, seconds)["items"])

    def create(self, path: str, body: Object) -> Object:
        return self.ask("POST", path, body)

    def delete(self, path: str, body: Object | None = None) -> Object:
        return self.ask("DELETE", path, body)

    def patch(self, path: str, body: Object, kind: str = "merge", seconds: float = 30) -> Object:
        return self.ask("PATCH", path, body, content=_PATCH[kind], seconds=seconds)

    def apply(self, path: str, body: Object) -> Object:
        """Apply an object on the server's side."""
        where = f"{path}?fieldManager=tests&force=true"
        return self.ask("PATCH", where, body, content=_PATCH["apply"])

    def ask(
        self,
        method: str,
        path: str,
        body: Object | None = None,
        *,
        content: str = "application/json",
        seconds: float = 30,
    ) -> Object:
        """Return the answer to one request."""
        connection = self._connect(seconds)
        try:
            response = self._send(connection, method, path, body, content)
            text = response.read()
        finally:
            connection.close()
        if response.status >= 300:
            raise ApiError(response.status, text.decode("utf-8", "replace")[:2000])
        parsed: Object = json.loads(text) if text[:1] in {b"{", b"["} else {"text": text.decode()}
        return parsed

    def follow(self, path: str, stop: threading.Event) -> Iterator[tuple[str, Object]]:
        """Yield what is there, then each change in order, also over an API server that restarts.

        The word is ADDED, MODIFIED or DELETED; what vanished unseen is DELETED as it last was.
        """
        known: dict[str, Object] = {}
        while not stop.is_set():
            try:
                listing = self.get(path, seconds=10)
                fresh = {item["metadata"]["uid"]: item for item in listing["items"]}
                for uid in [uid for uid in known if uid not in fresh]:
                    yield "DELETED", known.pop(uid)
                for uid, item in fresh.items():
                    if _version(known.get(uid, {})) != _version(item):
                        word = "MODIFIED" if uid in known else "ADDED"
                        known[uid] = item
                        yield word, item
                for event in self._stream(path, listing["metadata"]["resourceVersion"]):
                    word, item = event["type"], event["object"]
                    if word == "ERROR":
                        break
                    uid = item["metadata"]["uid"]
                    if word == "DELETED":
                        known.pop(uid, None)
                    else:
                        known[uid] = item
                    yield word, item
                    if stop.is_set():
                        return
            except (OSError, HTTPException, ApiError, ValueError):
                stop.wait(0.2)

    def _stream(self, path: str, version: str) -> Iterator[Object]:
        connection = self._connect(None)
        joined = "&" if "?" in path else "?"
        where = f"{path}{joined}watch=1&timeoutSeconds=300&resourceVersion={version}"
        try:
            response = self._send(connection, "GET", where, None, "")
            if response.status != 200:
                return
            for line in response:
                yield json.loads(line)
        finally:
            connection.close()

    def _connect(self, seconds: float | None) -> HTTPSConnection:
        return HTTPSConnection("127.0.0.1", self.port, timeout=seconds, context=self._tls)

    def _send(
        self,
        connection: HTTPSConnection,
        method: str,
        path: str,
        body: Object | None,
        content: str,
    ) -> HTTPResponse:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        if body is not None:
            headers["Content-Type"] = content
        connection.request(method, path, json.dumps(body) if body is not None else None, headers)
        return connection.getresponse()


def _version(item: Object) -> str:
    return str(item.get("metadata", {}).get("resourceVersion", ""))


def kubeconfig(users: dict[str, Api], current: str = "") -> str:
    """Return a kubeconfig, as JSON, with one context a name."""
    return json.dumps(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": current or next(iter(users), ""),
            "clusters": [
                {
                    "name": name,
                    "cluster": {
                        "server": f"https://127.0.0.1:{api.port}",
                        "certificate-authority": str(api.authority),
                    },
                }
                for name, api in users.items()
            ],
            "users": [{"name": name, "user": {"token": api.token}} for name, api in users.items()],
            "contexts": [
                {"name": name, "context": {"cluster": name, "user": name}} for name in users
            ],
        },
        indent=1,
    )
