"""A GitHub on loopback."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.hub.github_server import HubServer, serve


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    """A running GitHub without any status."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with serve() as running:
        yield running
