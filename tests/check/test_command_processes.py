"""`testnet check` as a process: what it leaves behind, however it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.policies.checking import write_repository
from tests.synthetic import REPOSITORY

TESTNET = (sys.executable, "-m", "generator", "check", "--now", "2026-12-01T12:00:00Z")


class Process:
    """A checkout of its own, in which a program is run with files of its own."""

    def __init__(self, directory: Path) -> None:
        self.root = write_repository(directory / "root")
        (self.root / "policies").symlink_to(REPOSITORY / "policies")
        self.temporary = directory / "temporary"
        self.temporary.mkdir()
        self.environment = {
            "PATH": os.pathsep.join([str(REPOSITORY / "build/tools"), os.environ["PATH"]]),
            "PYTHONPATH": str(REPOSITORY),
            "HOME": str(directory),
            "TMPDIR": str(self.temporary),
            "NO_COLOR": "1",
        }

    def start(self, *arguments: str, output: int = subprocess.PIPE) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*TESTNET, *arguments],
            cwd=self.root,
            env=self.environment,
            stdout=output,
            stderr=subprocess.PIPE,
            text=True,
        )

    def wait_for(self, pattern: str) -> Path:
        """Wait until a temporary file is there."""
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            for path in self.temporary.glob(pattern):
                return path
            time.sleep(0.01)
        message = f"no {pattern} in {self.temporary}"
        raise TimeoutError(message)

    def assert_gone(self) -> None:
        """Nothing runs in any directory of ours, and there is none."""
        assert not [*self.temporary.iterdir()]
        for link in Path("/proc").glob("[0-9]*/cwd"):
            try:
                where = str(link.readlink())
            except OSError:
                continue
            assert not where.startswith(str(self.temporary))


@pytest.fixture
def process(tmp_path: Path) -> Iterator[Process]:
    made = Process(tmp_path)
    yield made
    made.assert_gone()


def test_a_check_leaves_nothing_but_its_cache(process: Process) -> None:
    child = process.start()
    out, err = child.communicate(timeout=60)
    assert (child.returncode, err) == (0, "")
    assert "warning[images/pinned]" in out
    assert (process.root.parent / ".cache/testnet-gitops/check").is_dir()


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["int", "term"]
)
@pytest.mark.parametrize("moment", ["testnet-opa-*/output.txt", "testnet-*/now/*"])
def test_one_that_is_stopped(process: Process, moment: str, number: int, code: int) -> None:
    child = process.start()
    process.wait_for(moment)
    child.send_signal(number)
    child.communicate(timeout=30)
    assert child.returncode == code


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["int", "term"]
)
def test_one_that_is_stopped_while_git_reads(process: Process, number: int, code: int) -> None:
    directory = process.root.parent / "bin"
    directory.mkdir()
    git = directory / "git"
    began = process.temporary / "began"
    git.write_text(f"#!/bin/sh\n: > {began}\ncd {process.temporary}\nexec /bin/sleep 60\n")
    git.chmod(0o755)
    process.environment["PATH"] = f"{directory}{os.pathsep}{process.environment['PATH']}"
    child = process.start("--changed-since", "HEAD")
    process.wait_for("began")
    child.send_signal(number)
    child.communicate(timeout=30)
    assert child.returncode == code
    began.unlink()


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_reader_that_leaves_does_not_change_the_verdict(process: Process, form: str) -> None:
    for fail_on, code in (("error", 0), ("warning", 1)):
        reading, writing = os.pipe()
        os.close(reading)
        child = process.start("--format", form, "--fail-on", fail_on, output=writing)
        os.close(writing)
        _, err = child.communicate(timeout=60)
        assert (child.returncode, err) == (code, "")


@pytest.mark.parametrize("form", ["text", "json", "github"])
def test_a_verdict_that_nobody_can_be_told_fails(process: Process, form: str) -> None:
    process.environment["GITHUB_ACTIONS"] = "true"
    command = ["sh", "-c", 'exec "$0" "$@" >&-', *TESTNET, "--format", form]
    done = subprocess.run(
        command,
        cwd=process.root,
        env=process.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (3, "error: output: Bad file descriptor\n")
