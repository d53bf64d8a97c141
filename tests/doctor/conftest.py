"""The API server of a good cluster, and a kubeconfig that leads to it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.doctor.api import Api, serve
from tests.sync.conftest import Connect, connect

__all__ = ["connect"]


@pytest.fixture
def west(connect: Connect) -> Iterator[Api]:
    """The cluster `west`, behind the context of that name."""
    with serve() as api:
        connect({"west": api.port})
        yield api
