"""OPA: a private server on loopback, or one that is named, and the one question it is asked."""

from __future__ import annotations

import importlib.util
import json
import re
import secrets
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import urlsplit

from generator.errors import RemoteError, ToolError, UsageError
from generator.process import OUTPUT, Child, find_built, find_program, start

if TYPE_CHECKING:
    from opa_client.opa import OpaClient

Facts: TypeAlias = Mapping[str, Any]

VERSION_MODULE, SETTINGS_MODULE = "version.rego", "settings.rego"
MEMORY = 512 * 2**20
# Of a private server: it only loads some files. Of a query: far above what any fleet takes.
START_SECONDS, QUERY_SECONDS = 20.0, 120.0
# After an error, nobody waits long for one that may have caused it.
CLEANUP_SECONDS = 5.0
_ATTEMPTS = 5
_RULE = "rule.rego"
# What is judged of objects that were built takes as long as all the rest.
_HEAVY = frozenset({"network", "workload"})
_PORTS = {"http": 8181, "https": 443}
_HOST = re.compile(r"[0-9A-Za-z._-]{1,253}|[0-9A-Fa-f:.]+")
# Only who knows the token may ask: other users of the machine share its loopback.
_AUTHORISATION = """package system.authz

default allow := false

allow if input.identity == "{token}"
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """What is loaded before anything is asked: modules by path, `settings`, and their digest."""

    modules: Mapping[str, str]
    settings: Mapping[str, Any]
    digest: str

    @property
    def loaded(self) -> dict[str, str]:
        """The modules, with the one that says which they are."""
        version = f'package testnet.version\n\ndigest := "{self.digest}"\n'
        others = {p: t for p, t in self.modules.items() if not p.endswith(VERSION_MODULE)}
        # Settings are a module too, and not data: nobody changes a module without its digest.
        words = "\n".join(f"{name} := {json.dumps(v)}" for name, v in self.settings.items())
        settings = f"package settings\n\n{words}\n"
        inside = {_inside(path): text for path, text in others.items()}
        return {**inside, SETTINGS_MODULE: settings, VERSION_MODULE: version}

    @property
    def parts(self) -> tuple[tuple[str, ...], ...]:
        """The categories of rules, in parts that take about as long."""
        paths = map(PurePosixPath, self.modules)
        names = {path.parts[-3] for path in paths if path.name == _RULE and len(path.parts) > 2}  # noqa: PLR2004 - CATEGORY/NAME/rule.rego
        parts = (names & _HEAVY, names - _HEAVY)
        return tuple(tuple(sorted(part)) for part in parts if part)


def _inside(path: str) -> str:
    """Return a path that stays below the directory it is joined to: policies may be anywhere."""
    return PurePosixPath(*(p for p in PurePosixPath(path).parts if p not in ("/", ".."))).as_posix()


@dataclass(frozen=True, slots=True)
class Server:
    """An OPA that has the policies loaded; `connect` waits until it has, the first time."""

    connect: Callable[[], OpaClient]
    name: str
    parts: tuple[tuple[str, ...], ...] = ()

    def ask(self, facts: Facts) -> Mapping[str, Any]:
        """Return the report of `data.testnet.main` on some facts.

        `facts["run"]` comes back with the answer, so that it is known to be about these.

        Raises:
            RemoteError: when the server cannot be reached or refuses.
            ToolError: when it does not start, or the answer is none, or not about these facts and
                policies.
        """
        client = self.connect()
        with _explained(self.name):
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


def find_opa(tools: Path | None = None) -> str:
    """Return the program `opa`: from `tools`, where `make tools` puts it, or on PATH.

    Raises:
        ToolError: when there is none.
    """
    found = (find_built("opa", tools) if tools else None) or find_program("opa")
    if found is None:
        message = (
            "OPA 1.22 is needed to judge policies, and there is none in build/tools or on PATH;"
            " `make tools` builds it. Or name a server with --opa"
        )
        raise ToolError(message)
    return found


@contextmanager
def private_server(program: str, bundle: Bundle) -> Iterator[Server]:
    """Start an OPA of our own that loads the policies, and stop it at the end.

    There is something else to do while it loads them: that it did not start is told when it is
    connected to.
    """
    token = secrets.token_urlsafe(32)
    with tempfile.TemporaryDirectory(prefix="testnet-opa-") as directory, ExitStack() as stack:
        _write(Path(directory), bundle, token)
        private = _Private(program, Path(directory), token, stack)
        yield Server(private.connect, program, bundle.parts)


@contextmanager
def named_server(url: str, bundle: Bundle, *, token: str = "") -> Iterator[Server]:
    """Load the policies into the OPA at `url`, and take the facts out of it, however it ends.

    Raises:
        UsageError: for an address that is no http or https one.
        RemoteError: when it cannot be reached or refuses.
    """
    host, port, secure = _address(url)
    client = _client(host, port, token=token, secure=secure)
    name = f"{'https' if secure else 'http'}://{host}:{port}"
    try:
        with _explained(name):
            _load(client, bundle.loaded)
        try:
            yield Server(lambda: client, name, bundle.parts)
        except BaseException:
            client.timeout = CLEANUP_SECONDS
            with suppress(Exception):  # what went wrong before is to be told
                client.delete_data("facts")
            raise
        with _explained(name):
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


def _load(client: OpaClient, modules: Mapping[str, str]) -> None:
    """Load modules one by one, each after those with the functions that it uses."""
    from opa_client.errors import RegoParseError  # noqa: PLC0415 - as in `_client`

    waiting = modules
    while waiting:
        refused: dict[str, str] = {}
        for path, text in waiting.items():
            try:
                client.update_policy_from_string(text, f"testnet/{path}", rego_compat=False)
            except RegoParseError:
                if len(refused) + 1 == len(waiting):
                    raise
                refused[path] = text
        waiting = refused


class _Private:
    """A server of our own, which starts at once; another may have taken its port before it."""

    def __init__(self, program: str, directory: Path, token: str, stack: ExitStack) -> None:
        self._program = program
        self._directory = directory
        self._token = token
        self._stack = stack
        self._client: OpaClient | None = None
        self._child, self._port = self._start()

    def connect(self) -> OpaClient:
        """Return the client of the server, once it answers.

        Raises:
            ToolError: when it ended instead, with what it said.
        """
        attempts = 0
        while self._client is None:
            client = _client("127.0.0.1", self._port, token=self._token)
            self._stack.callback(client.close_connection)
            if _is_ready(client, self._child):
                self._client = client
                break
            attempts += 1
            said = (self._directory / OUTPUT).read_text("utf-8", errors="replace").strip()
            if attempts == _ATTEMPTS or "address already in use" not in said:
                message = f"{self._program} did not start: {_first_lines(said)}"
                raise ToolError(message)
            self._child, self._port = self._start()
        return self._client

    def _start(self) -> tuple[Child, int]:
        port = _free_port()
        return self._stack.enter_context(_start(self._program, self._directory, port)), port


def _write(directory: Path, bundle: Bundle, token: str) -> None:
    policies = directory / "policies"
    for path, text in bundle.loaded.items():
        target = policies / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, "utf-8")
    (policies / "authorisation.rego").write_text(_AUTHORISATION.format(token=token))


def _start(program: str, directory: Path, port: int) -> AbstractContextManager[Child]:
    command = [program, "run", "--server", "--addr", f"127.0.0.1:{port}", "--log-level", "error"]
    command += ["--authentication", "token", "--authorization", "basic"]
    command += ["--skip-version-check", "policies"]
    # It lives for a second: collecting its garbage less is faster, within its limit.
    environment = {"GOGC": "800", "GOMEMLIMIT": str(MEMORY * 3 // 4), "HOME": str(directory)}
    return start(command, directory=directory, environment=environment, memory=MEMORY)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _skip_init(name: str) -> None:
    """Let modules of a package be imported without what the package itself imports.

    That of opa_client takes a tenth of a second for aiohttp, for a client that nobody here uses.
    """
    found = importlib.util.find_spec(name) if name not in sys.modules else None
    if found is not None:
        package = ModuleType(name)
        package.__path__ = list(found.submodule_search_locations or ())
        sys.modules[name] = package


def _client(host: str, port: int, *, token: str = "", secure: bool = False) -> OpaClient:
    # Here, as it takes a tenth of a second, which commands that judge nothing shall not wait.
    _skip_init("opa_client")
    from opa_client.opa import OpaClient  # noqa: PLC0415

    client = OpaClient(
        host=host, port=port, ssl=secure, token=token or None, timeout=QUERY_SECONDS, retries=0
    )
    if host == "127.0.0.1":
        # A proxy that the environment names has no business between us and our own child.
        client._session.trust_env = False  # noqa: SLF001 - it offers no other way
    return client


def _is_ready(client: OpaClient, child: Child) -> bool:
    """Wait until a server answers; False when it ended instead."""
    deadline = time.monotonic() + START_SECONDS
    while child.poll() is None and time.monotonic() < deadline:
        if client.check_health():
            return True
        time.sleep(0.005)
    return False


def _first_lines(text: str) -> str:
    return " ".join(text.splitlines()[:5]) or "it said nothing"


def _reason(text: str) -> str:
    """Return what an answer of OPA says went wrong, with the place in the policies."""
    try:
        content = json.loads(text)
        errors = content.get("errors") or [content]
        places = [error.get("location", {}) for error in errors]
        return "; ".join(
            f"{place['file']}:{place['row']}: {error['message']}" if place else error["message"]
            for error, place in zip(errors, places, strict=True)
        )
    except (ValueError, LookupError, TypeError, AttributeError):
        return text


@contextmanager
def _explained(name: str) -> Iterator[None]:
    """Turn what the client raises into one line that says what the server said."""
    from opa_client import errors  # noqa: PLC0415 - as above
    from requests import RequestException  # noqa: PLC0415

    refused = (errors.DeleteDataError, errors.RegoParseError, errors.TypeException)
    try:
        yield
    except RequestException as error:
        said = str(error) if error.response is None else _reason(error.response.text)
        raise RemoteError(f"{name}: {_first_lines(said)}") from error
    except (*refused, ValueError, LookupError) as error:
        raise RemoteError(f"{name}: {_first_lines(str(error))}") from error
