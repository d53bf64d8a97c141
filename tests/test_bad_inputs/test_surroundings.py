"""Bad inputs 150 to 158: clocks, streams, locales, and what is missing or planted around it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.repository import Repository, net
from tests.synthetic import REPOSITORY
from tests.test_bad_inputs.program import PATH, Program, measure, refuse


@pytest.fixture
def fine(repository: Repository) -> Repository:
    """A repository in which nothing is wrong."""
    repository.write(PATH, net("name: bad"))
    return repository


@pytest.mark.parametrize("now", ["1970-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "later"])
def test_150_clock_that_is_off(fine: Repository, testnet: Program, now: str) -> None:
    assert "no moment" in refuse(testnet, fine, "diff", "--now", now).err


def test_151_nobody_reads_the_output(fine: Repository) -> None:
    program = f"{sys.executable} -m generator plan bad | true; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        ["bash", "-c", program],
        cwd=fine.root,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        check=False,
    )
    assert done.returncode in {0, 1}
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("locale", ["C", "POSIX", "de_DE.ISO-8859-1"])
def test_154_locale_without_utf_8(fine: Repository, locale: str) -> None:
    fine.write(PATH, net("name: bad", "own\u00e9r: x"))
    run = measure(fine.root, "diff", LC_ALL=locale, PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")
    assert run.code == 2
    assert "Traceback" not in run.err
    assert "schema/unknown-key" in run.err


def test_155_no_git(fine: Repository) -> None:
    run = measure(fine.root, "plan", "bad", PATH="")
    assert run.code == 0, run.err


def test_158_planted_programs(fine: Repository, tmp_path: Path) -> None:
    for name in ("git", "kustomize", "kubectl", "opa", "unshare"):
        planted = fine.write(name, f"#!/bin/sh\ntouch {tmp_path}/planted-{name}\necho v5.8.1\n")
        planted.chmod(0o755)
        tool = fine.write(f"build/tools/{name}", planted.read_bytes())
        tool.chmod(0o755)
    run = measure(fine.root, "diff", PATH=".:/usr/bin:/bin")
    assert run.code != 4
    assert not list(tmp_path.glob("planted-*"))
