"""Fixtures by noun."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from generator.cache import Cache
from generator.opa import Bundle, Server, find_opa, private_server
from tests.policies.checking import TOOLS, policies


@pytest.fixture(scope="session")
def judge_server() -> Iterator[Server]:
    """An OPA with the policies of this repository."""
    known = policies()
    bundle = Bundle(modules=known.modules, settings=known.settings, digest=known.digest)
    with private_server(find_opa(TOOLS), bundle) as server:
        yield server


@pytest.fixture(scope="session")
def judge_cache(tmp_path_factory: pytest.TempPathFactory) -> Cache:
    """What was seen in overlays by any test: it goes by their content."""
    return Cache(tmp_path_factory.mktemp("cache"))
