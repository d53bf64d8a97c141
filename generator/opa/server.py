"""An OPA that has the policies loaded: the one question it is asked, and one that is named."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import urlsplit

from generator.errors import ToolError, UsageError
from generator.opa.bundle import Bundle
from generator.opa.client import LOADED, QUERY_SECONDS, explained, make_client

if TYPE_CHECKING:
    from opa_client.opa import OpaClient

Facts: TypeAlias = Mapping[str, Any]

# Of one policy, which takes milliseconds: nobody waits long for a server that never answers.
LOAD_SECONDS = 10.0
# After an error, nobody waits long for one that may have caused it.
CLEANUP_SECONDS = 5.0
_PORTS = {"http": 8181, "https": 443}
# What a header can hold; people mean no white space around it, such as the end of a line.
_TOKEN = re.compile(r"(?:[!-~](?:[ -~]*[!-~])?)?")
_ADVICE = "start an OPA there (`opa run --server`), or name the address of another with --opa"
_HOST = re.compile(r"[0-9A-Za-z._-]{1,253}|[0-9A-Fa-f:.]+")


@dataclass(frozen=True, slots=True)
class Server:
    """An OPA that has the policies loaded; `connect` waits until it has, the first time."""

    connect: Callable[[], OpaClient]
    name: str
    parts: tuple[tuple[str, ...], ...] = ()
    advice: str = ""

    def ask(self, facts: Facts) -> Mapping[str, Any]:
        """Return the report of `data.testnet.main` on some facts.

        `facts["run"]` comes back with the answer, so that it is known to be about these.

        Raises:
            RemoteError: when the server cannot be reached or refuses.
            ToolError: when it does not start, or the answer is none, or not about these facts and
                policies.
        """
        client = self.connect()
        with explained(self.name, client, self.advice):
            client.update_or_create_data(dict(facts), "facts")
            # An answer takes one processor: there is one for each part of the rules.
            with ThreadPoolExecutor(max(1, len(self.parts))) as pool:
                answers = list(pool.map(partial(_query, client), self.parts or ((),)))
        reports = [self._report(answer, facts) for answer in answers]
        if any(
            report.get("categories") != list(part)
            for report, part in zip(reports, self.parts, strict=False)
        ):
            return reports[0]  # earlier policies answer everybody all of it
        return _joined(reports)

    def _report(self, answer: object, facts: Facts) -> Mapping[str, Any]:
        report = answer.get("result") if isinstance(answer, dict) else None
        if not isinstance(report, dict) or report.get("run") != facts["run"]:
            message = f"{self.name}: no report on the facts of this check; is another using it?"
            raise ToolError(message)
        return report


def _query(client: OpaClient, categories: Sequence[str]) -> object:
    return client.query_rule(
        {"categories": categories} if categories else {},
        "testnet.main",
        "report",
        # Otherwise a built-in that fails makes a rule undefined, which finds nothing.
        query_params={"strict-builtin-errors": "true"},
    )


def _joined(reports: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return what reports on parts of the rules say together."""
    first, *others = reports
    joined = dict(first)
    for report in others:
        if report.get("policies") != joined.get("policies"):
            joined["policies"] = None  # nobody's
        joined["violations"] = [*joined["violations"], *report["violations"]]
        joined["judged"] = {**joined["judged"], **report["judged"]}
        joined["answered"] = [*joined["answered"], *report["answered"]]
    return joined


@contextmanager
def named_server(url: str, bundle: Bundle, *, token: str = "") -> Iterator[Server]:
    """Load the policies into the OPA at `url`, and take the facts out of it, however it ends.

    Raises:
        UsageError: for an address that is no http or https one, and a token that is none.
        RemoteError: when it cannot be reached or refuses.
    """
    host, port, secure = _address(url)
    client = make_client(host, port, token=_readable(token), secure=secure)
    name = f"{'https' if secure else 'http'}://{host}:{port}"
    try:
        with explained(name, client, _ADVICE):
            client.timeout = LOAD_SECONDS
            _load(client, bundle.loaded)
            client.timeout = QUERY_SECONDS
        try:
            yield Server(lambda: client, name, bundle.parts, _ADVICE)
        except BaseException:
            client.timeout = CLEANUP_SECONDS
            with suppress(Exception):  # what went wrong before is to be told
                client.delete_data("facts")
            raise
        with explained(name, client, _ADVICE):
            client.delete_data("facts")
    finally:
        client.close_connection()


def _address(url: str) -> tuple[str, int, bool]:
    """Return host, port and whether it is https, of an address that has nothing else in it."""
    refusal = UsageError(f"--opa {json.dumps(url)} is no address such as http://127.0.0.1:8181")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:  # of a port that is none, and of half a pair of brackets
        raise refusal from error
    more = parts.path.strip("/") or parts.query or parts.fragment or "@" in parts.netloc
    if more or parts.scheme not in _PORTS or port == 0 or not _HOST.fullmatch(host):
        raise refusal
    host = f"[{host}]" if ":" in host else host
    return host, port or _PORTS[parts.scheme], parts.scheme == "https"


def _readable(token: str) -> str:
    """Return the token of OPA_TOKEN as a header can hold it; what it is, no message says."""
    found = token.strip()
    if not _TOKEN.fullmatch(found):
        message = (
            "OPA_TOKEN is no token: it has a line break within it, or another character that no"
            " HTTP header can hold; set it to the token alone"
        )
        raise UsageError(message)
    return found


def _load(client: OpaClient, modules: Mapping[str, str]) -> None:
    """Load modules one by one, each after those with the functions that it uses."""
    from opa_client.errors import RegoParseError  # noqa: PLC0415 - as in `make_client`

    waiting = modules
    while waiting:
        refused: dict[str, str] = {}
        for path, text in waiting.items():
            try:
                client.update_policy_from_string(text, f"{LOADED}/{path}", rego_compat=False)
            except RegoParseError:
                if len(refused) + 1 == len(waiting):
                    raise
                refused[path] = text
        waiting = refused
