"""What a command imports is what it needs: each tenth of a second is one of every run."""

from __future__ import annotations

import subprocess
import sys

import pytest

_SLOW = (
    "asyncio",
    "generator.commands.publish",
    "git",
    "jsonschema",
    "opa_client",
    "requests",
    "rich.text",
)


@pytest.mark.parametrize("module", ["generator.main", "generator.commands.check"])
def test_a_check_waits_for_no_library_that_it_may_not_need(module: str) -> None:
    code = f"import sys, {module}; print([name for name in {_SLOW} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
