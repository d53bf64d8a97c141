"""The client of an OPA, and what it says of one that does not answer."""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import TYPE_CHECKING

from generator.errors import RemoteError

if TYPE_CHECKING:
    from opa_client.opa import OpaClient

# Of a query: far above what any fleet takes.
QUERY_SECONDS = 120.0


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
def explained(name: str) -> Iterator[None]:
    """Turn what the client raises into one line that says what the server said."""
    from opa_client import errors  # noqa: PLC0415 - as above
    from requests import RequestException  # noqa: PLC0415

    refused = (errors.DeleteDataError, errors.RegoParseError, errors.TypeException)
    try:
        yield
    except RequestException as error:
        said = str(error) if error.response is None else _reason(error.response.text)
        raise RemoteError(f"{name}: {first_lines(said)}") from error
    except (*refused, ValueError, LookupError) as error:
        raise RemoteError(f"{name}: {first_lines(str(error))}") from error


def first_lines(text: str) -> str:
    """Return the first lines of what a program said, as one."""
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
