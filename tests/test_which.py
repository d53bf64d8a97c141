"""Which program is run: never one that came with somebody's change."""

from __future__ import annotations

from pathlib import Path

import pytest

from generator.which import find_built, find_program


def test_program_of_a_checkout_is_not_taken(tmp_path: Path) -> None:
    tools = tmp_path / "checkout/build/tools"
    tools.mkdir(parents=True)
    planted = tools / "kustomize"
    planted.write_text("#!/bin/sh\n")
    planted.chmod(0o755)
    assert find_built("kustomize", tools) is None
    planted.rename(tools.parent.parent / "planted")
    planted.symlink_to(tools.parent.parent / "planted")
    assert find_built("kustomize", tools) is None


def test_program_that_was_built_is_taken(tmp_path: Path) -> None:
    tools = tmp_path / "checkout/build/tools"
    tools.mkdir(parents=True)
    (tmp_path / "cache").mkdir()
    built = tmp_path / "cache/kustomize"
    built.write_text("#!/bin/sh\n")
    built.chmod(0o755)
    (tools / "kustomize").symlink_to(built)
    assert find_built("kustomize", tools) == str(tools / "kustomize")
    assert find_built("opa", tools) is None


def test_nothing_on_no_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert find_program("sh") is None
    monkeypatch.setenv("PATH", ".:/bin:/usr/bin")
    assert find_program("sh") in {"/bin/sh", "/usr/bin/sh"}
