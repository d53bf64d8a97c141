"""Parts start, pause and end, also when nobody ends them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.clusters.jobs import container_command, container_environment
from tests.clusters.parts import Part, born, end_left, wait_for
from tests.clusters.stages import Delays, stages
from tests.synthetic import REPOSITORY

SLEEP = ["sleep", "600"]


def state(pid: int) -> str:
    """Return the letter that the kernel has for a process, nothing where there is none."""
    try:
        return Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()[0]
    except OSError:
        return ""


def test_a_part_is_paused_and_goes_on(tmp_path: Path) -> None:
    part = Part("sleep", SLEEP, tmp_path)
    part.start()
    part.pause()
    wait_for("the pause", lambda: state(part.pid) == "T", 5)
    part.resume()
    wait_for("the end of the pause", lambda: state(part.pid) == "S", 5)
    first = part.pid
    part.restart()
    assert part.pid not in {0, first}
    part.pause()
    part.kill()
    assert part.pid == 0


def test_what_a_part_uses(tmp_path: Path) -> None:
    part = Part("busy", ["sh", "-c", "while :; do :; done"], tmp_path)
    assert (part.work(), part.memory(), part.peak()) == (0, 0, 0)
    part.start()
    wait_for("some work", lambda: part.work() > 0, 10)
    assert 0 < part.memory() <= part.peak()
    part.kill()


def test_parts_end_with_who_started_them(tmp_path: Path) -> None:
    program = (
        "import os, signal, sys; from pathlib import Path; from tests.clusters.parts import Part;"
        " part = Part('sleep', ['sleep', '600'], Path(sys.argv[1])); part.start();"
        " print(part.pid, flush=True); os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, tmp_path],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    wait_for("the end", lambda: state(int(done.stdout)) in {"", "Z"}, 5)


def test_what_was_left_is_ended_but_no_other_process(tmp_path: Path) -> None:
    with subprocess.Popen(SLEEP, start_new_session=True) as left:
        lines = f"{left.pid} {born(left.pid)} left\n{left.pid} 1 another-of-that-number\n"
        (tmp_path / "started").write_text(lines, "utf-8")
        assert end_left(tmp_path) == ["left"]
        assert left.wait() == -9
    assert end_left(tmp_path) == []


def test_the_command_of_a_job() -> None:
    container = {
        "command": ["sh", "-c", "echo $(A) $(B) ${A}"],
        "args": ["$(A)"],
        "env": [{"name": "A", "value": "1"}, {"name": "C"}],
    }
    environment = container_environment(container)
    assert environment == {"A": "1", "C": ""}
    assert container_command(container, environment) == ["sh", "-c", "echo 1 $(B) ${A}", "1"]


def test_delays_follow_from_the_seed() -> None:
    assert stages(Delays(seed=1)) == stages(Delays(seed=1))
    assert stages(Delays(seed=1)) != stages(Delays(seed=2))
