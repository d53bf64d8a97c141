"""The client of an OPA, and what it says of one that does not answer."""

from __future__ import annotations

import importlib.util
import json
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from types import ModuleType
from typing import TYPE_CHECKING, Any

from generator.errors import RemoteError

if TYPE_CHECKING:
    from opa_client.errors import RegoParseError
    from opa_client.opa import OpaClient

# Of a query: far above what any fleet takes.
QUERY_SECONDS = 120.0
# What goes before the paths of policies in an OPA that has others' as well.
LOADED = "testnet"
# The same, or the directory in which an OPA of our own has its copies: see `private`.
_COPIED = re.compile(rf"(?<!\S)(?:{LOADED}|policies)/(?=\S+\.rego:\d)")


def make_client(host: str, port: int, *, token: str = "", secure: bool = False) -> OpaClient:
    """Return a client of the OPA at an address, which need not answer yet."""
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


def _skip_init(name: str) -> None:
    """Let modules of a package be imported without what the package itself imports.

    That of opa_client takes a tenth of a second for aiohttp, for a client that nobody here uses.
    """
    found = importlib.util.find_spec(name) if name not in sys.modules else None
    if found is not None:
        package = ModuleType(name)
        package.__path__ = list(found.submodule_search_locations or ())
        sys.modules[name] = package


@contextmanager
def explained(name: str, client: OpaClient, advice: str = "") -> Iterator[None]:
    """Turn what the client raises into one line that says what went wrong, without the token.

    `advice` is what to do where the server cannot be reached, or is no OPA.
    """
    from opa_client import errors  # noqa: PLC0415 - as above
    from requests import RequestException  # noqa: PLC0415

    refused = (errors.DeleteDataError, errors.RegoParseError, errors.TypeException)
    try:
        yield
    except (*refused, RequestException, ValueError, LookupError, AttributeError) as error:
        said = _without_token(_one_line(_told(error, client, advice)), client)
        raise RemoteError(f"{name}: {said}") from error


def _told(error: Exception, client: OpaClient, advice: str) -> str:
    from opa_client.errors import RegoParseError  # noqa: PLC0415 - as in `make_client`
    from requests import JSONDecodeError, RequestException  # noqa: PLC0415

    after = f"; {advice}" if advice else ""
    foreign = f"it does not answer as an OPA does{after}"
    if isinstance(error, RegoParseError):
        return _refusal(error) or foreign
    # What the client stumbles over in an answer is that of no OPA.
    if isinstance(error, (JSONDecodeError, LookupError, AttributeError)):
        return foreign
    if not isinstance(error, RequestException):
        return str(error)
    if error.response is None:
        return f"cannot be reached: {_obstacle(error, client.timeout)}{after}"
    return _reason(error.response.text) or foreign


def first_lines(text: str) -> str:
    """Return the first lines of what a program said, as one, with policies as people know them."""
    return _COPIED.sub("", _one_line(text))


def _one_line(text: str) -> str:
    lines = (line.strip() for line in text.splitlines() if line.strip("\t ^"))
    return " ".join(islice(lines, 5)) or "it said nothing"


def _without_token(text: str, client: OpaClient) -> str:
    """Return a text without the token, which a server or a library may repeat."""
    token = ((client.headers or {}).get("Authorization") or "").removeprefix("Bearer ").strip()
    return text.replace(token, "***") if token else text


def _obstacle(error: BaseException, seconds: float) -> str:
    """Return why a server was not reached, in the words of the system where it has any."""
    inner: BaseException | None = error
    while inner is not None:
        if isinstance(inner, OSError) and inner.strerror:
            return inner.strerror[:1].lower() + inner.strerror[1:]
        if isinstance(inner, TimeoutError):
            return f"no answer within {seconds:g} s"
        inner = inner.__cause__ or inner.__context__
    return "the connection broke off"


def _refusal(error: RegoParseError) -> str:
    """Return why an OPA took no policy; empty where no OPA says so."""
    content = {"code": error.expression, "message": error.message, "errors": error.errors}
    return _reason(json.dumps(content))


def _reason(text: str) -> str:
    """Return what an answer of OPA says went wrong, with its place; empty for another's."""
    try:
        content = json.loads(text)
        errors = content.get("errors") or [content]
        return "; ".join(_fault(error) for error in errors)
    except (ValueError, LookupError, TypeError, AttributeError):
        return ""


def _fault(error: Mapping[str, Any]) -> str:
    message, code, place = error["message"], error.get("code"), error.get("location")
    if not isinstance(message, str):
        raise TypeError
    if place:
        return _COPIED.sub("", f"{place['file']}:{place['row']}: {message}")
    return f"{message} ({code})" if code else message
