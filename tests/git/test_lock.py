"""One run at a time works in a clone."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Queue

import pytest

from generator.repository import command, open_environments
from tests.git.bare import BRANCH, Bare
from tests.git.conftest import Opener
from tests.git.test_environments import publish, write

HOLDER = """
import sys
from generator.repository import open_environments
with open_environments(sys.argv[1], "environments") as opened:
    print("open", flush=True)
    sys.stdin.read()
"""


def test_another_process_is_waited_for_and_told(bare: Bare) -> None:
    said: Queue[str] = Queue()
    root = Path(command.__file__).parents[2]
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, bare.url],
        cwd=root,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == b"open\n"
        with ThreadPoolExecutor() as pool:

            def wait() -> str:
                with open_environments(bare.url, BRANCH, say=said.put) as opened:
                    return str(opened.head)

            waiting = pool.submit(wait)
            assert "waiting for another run" in said.get(timeout=60)
            with pytest.raises(TimeoutError):
                waiting.result(timeout=0.5)
            holder.communicate()
            assert waiting.result(timeout=60) == ""
    assert said.empty()


def test_a_killed_process_holds_nothing(bare: Bare, opened: Opener) -> None:
    publish(opened, {"a": "1\n"})
    root = Path(command.__file__).parents[2]
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, bare.url],
        cwd=root,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == b"open\n"
        holder.kill()
        holder.communicate()
    with opened() as environments:
        assert environments.head == bare.head()


def test_git_that_outlives_a_killed_run_keeps_the_next_one_waiting(
    bare: Bare, opened: Opener, home: Path, tmp_path: Path
) -> None:
    """The signing program of a commit stands for any git operation on this machine."""
    publish(opened, {"a": "1\n"})
    fifo = tmp_path / "fifo"
    subprocess.run(["mkfifo", str(fifo)], check=True)
    signer = tmp_path / "signer"
    signer.write_text(f"#!/bin/sh\necho signing\nkill -9 $HOLDER\nread line < {fifo}\n")
    signer.chmod(0o755)
    config = home / ".gitconfig"
    plain = config.read_text()
    config.write_text(f"{plain}[commit]\ngpgsign = true\n[gpg]\nprogram = {signer}\n")
    code = HOLDER.replace(
        "sys.stdin.read()",
        "import os; os.environ['HOLDER'] = str(os.getpid());"
        " (opened.tree / 'a').write_text('2'); opened.commit('x')",
    )
    root = Path(command.__file__).parents[2]
    subprocess.run([sys.executable, "-c", code, bare.url], cwd=root, check=False, timeout=60)
    config.write_text(plain)
    said: Queue[str] = Queue()
    with ThreadPoolExecutor() as pool:

        def publish_again() -> bool:
            with open_environments(bare.url, BRANCH, say=said.put) as environments:
                write(environments.tree, "a", "3\n")
                environments.commit("again")
                return environments.push()

        waiting = pool.submit(publish_again)
        assert "waiting" in said.get(timeout=60)
        fifo.write_text("go\n")
        assert waiting.result(timeout=60)
    assert bare.log() == ["again", "a message"]
