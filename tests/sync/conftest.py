"""API servers, and a kubeconfig that leads to them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from tests.sync.api_server import TOKEN, ApiServer, kubeconfig, serve

Connect = Callable[..., None]


@pytest.fixture
def api() -> Iterator[ApiServer]:
    """A running API server without any object."""
    with serve() as server:
        yield server


@pytest.fixture
def connect(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Connect:
    """Writes a kubeconfig; nothing of the person who runs the tests is read."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "kubeconfig"))

    def write(contexts: Mapping[str, int], token: str = TOKEN) -> None:
        (tmp_path / "kubeconfig").write_text(kubeconfig(contexts, token), encoding="utf-8")

    return write
