"""What notification-controller does with an event, for Alerts and a Provider of type github.

Its module is not served. The rules are those of its documentation and of its github notifier:
which Alerts match, what the state and the description of a status are, what is left out.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Object = dict[str, Any]
_REVISION = re.compile(r"[^@]+@sha1:([0-9a-f]{40})")
_CAMEL = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_TERM = re.compile(r"\s*(?:'([^']*)'|((?:event|alert|provider)(?:\.\w+)+))\s*")


@dataclass(frozen=True, slots=True)
class Status:
    """A commit status as it is posted."""

    commit: str
    context: str
    state: str
    description: str


def statuses(
    event: Object, alerts: Sequence[Object], providers: Mapping[str, Object]
) -> Iterator[Status]:
    """Return what an event posts; providers are those of the Alerts' namespace, by name."""
    if event.get("reason") == "Progressing":
        return
    for alert in alerts:
        provider = providers.get(alert["spec"]["providerRef"]["name"])
        if provider is None or provider["spec"]["type"] != "github" or not matches(alert, event):
            continue
        own = event.get("metadata") or {}
        group = event["involvedObject"].get("apiVersion", "").partition("/")[0]
        cleaned = {name.removeprefix(f"{group}/"): value for name, value in own.items()}
        # What the event itself says goes before what the Alert adds.
        metadata = (alert["spec"].get("eventMetadata") or {}) | cleaned
        revision = _REVISION.fullmatch(metadata.get("revision", ""))
        if not revision:
            continue
        state = {"info": "success", "error": "failure"}[event["severity"]]
        words = " ".join(_CAMEL.findall(event["reason"])).lower()
        described = {"event": event | {"metadata": metadata}, "alert": alert, "provider": provider}
        context = evaluate(provider["spec"]["commitStatusExpr"], described)
        yield Status(revision[1], context, state, words)


def matches(alert: Object, event: Object) -> bool:
    """Say whether an Alert forwards an event."""
    spec = alert["spec"]
    message = event.get("message", "")
    if spec.get("suspend"):
        return False
    if spec.get("eventSeverity", "info") == "error" and event["severity"] != "error":
        return False
    if not any(_is_source(alert, source, event) for source in spec["eventSources"]):
        return False
    included = spec.get("inclusionList") or []
    if included and not any(re.search(pattern, message) for pattern in included):
        return False
    return not any(re.search(pattern, message) for pattern in spec.get("exclusionList") or [])


def _is_source(alert: Object, source: Object, event: Object) -> bool:
    involved = event["involvedObject"]
    namespace = source.get("namespace") or alert["metadata"]["namespace"]
    return (involved["kind"], involved["namespace"]) == (source["kind"], namespace) and (
        source["name"] in {"*", involved["name"]}
    )


def evaluate(expression: str, variables: Mapping[str, Any]) -> str:
    """Evaluate the little of CEL that our Providers have: `('text' + a.field + ...).lowerAscii()`.

    Raises:
        ValueError: for anything else.
    """
    lower = expression.endswith(").lowerAscii()") and expression.startswith("(")
    inner = expression[1 : -len(").lowerAscii()")] if lower else expression
    text = ""
    for term in inner.split("+"):
        match = _TERM.fullmatch(term)
        if not match:
            raise ValueError(f"CEL that is not understood here: {expression}")
        if match[2]:
            value: Any = variables
            for name in match[2].split("."):
                value = value[name]
            text += value
        else:
            text += match[1]
    return text.lower() if lower else text


@contextmanager
def receiver(take: Callable[[Object], None]) -> Iterator[str]:
    """Yield the address that events are sent to, until the end of the context."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            take(json.loads(body))
            self.send_response(202)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/"
        finally:
            server.shutdown()
            thread.join()
