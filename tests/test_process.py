"""Programs that are run: their limits, their surroundings, and that nothing of them stays."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from generator import process
from generator.errors import ToolError
from generator.kustomize import find_kustomize
from generator.limits import MIB, Limits
from generator.process import (
    OUTPUT,
    private_directory,
    run,
    start,
    stop_all,
)

PYTHON = sys.executable
on_linux = pytest.mark.skipif(sys.platform != "linux", reason="the limits are those of Linux")

# The limits come from outside, after the start; that of files is the last.
LIMITED = """
import resource, time
while resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY: time.sleep(0.001)
"""


def python(code: str) -> list[str]:
    return [PYTHON, "-I", "-c", code]


def is_alive(pid: int) -> bool:
    """Say whether a process runs; one that has ended and nobody waits for does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def wait_for(condition: Callable[[], bool]) -> None:
    """Wait for what another process does; ten seconds are far more than it takes."""
    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


# Prints the id of a process of its own that would run for an hour.
PARENT = f"import subprocess; p=subprocess.Popen(['{PYTHON}','-c','import time;time.sleep(3600)'])"


class TestRun:
    def test_output_is_returned(self) -> None:
        assert run(python("print('x' * 300000)")) == b"x" * 300_000 + b"\n"

    def test_what_it_says_is_in_the_error(self) -> None:
        code = "import sys; print('out'); sys.exit('first\\nsecond')"
        with pytest.raises(ToolError, match=r"first second$"):
            run(python(code))

    def test_silent_failure_tells_its_code(self) -> None:
        with pytest.raises(ToolError, match=r"exit code 7$"):
            run(python("raise SystemExit(7)"))

    def test_what_is_not_there_is_told(self, tmp_path: Path) -> None:
        with pytest.raises(ToolError, match="none"):
            run([str(tmp_path / "none")])

    def test_environment_is_closed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        code = "import os; print(sorted(os.environ.items()))"
        seen = run(python(code), environment={"MORE": "1"}).decode()
        assert "secret" not in seen
        assert "('MORE', '1')" in seen
        assert "('PATH', '')" in seen
        assert f"('HOME', '{private_directory()}')" in seen
        assert f"('TMPDIR', '{private_directory()}')" in seen
        assert seen.count("127.0.0.1") == 6

    def test_private_directory_is_only_its_owners(self) -> None:
        assert private_directory() == private_directory()
        assert private_directory().stat().st_mode & 0o777 == 0o700
        assert not list(private_directory().iterdir())

    def test_private_directory_goes_with_the_process(self) -> None:
        code = "from generator.process import private_directory as d; print(d())"
        done = subprocess.run([PYTHON, "-c", code], capture_output=True, check=True, text=True)
        assert "testnet-private-" in done.stdout
        assert not Path(done.stdout.strip()).exists()

    def test_no_answer_kills_it_and_what_it_started(self, tmp_path: Path) -> None:
        note = tmp_path / "pid"
        code = f"{PARENT}; open('{note}', 'w').write(str(p.pid)); p.wait()"
        with pytest.raises(ToolError, match="no answer within 1 s"):
            run(python(code), timeout=1)
        wait_for(lambda: not is_alive(int(note.read_text())))

    def test_one_that_closes_its_streams_is_not_waited_for(self) -> None:
        with pytest.raises(ToolError, match=r"no answer within 0.5 s"):
            run(python("import os,time; os.close(1); os.close(2); time.sleep(3600)"), timeout=0.5)

    def test_interrupt_kills_it(self, tmp_path: Path) -> None:
        note = tmp_path / "pid"
        code = f"import os,time; open('{note}', 'w').write(str(os.getpid())); time.sleep(3600)"

        def interrupt() -> None:
            wait_for(lambda: note.exists() and bool(note.read_text()))
            os.kill(os.getpid(), signal.SIGINT)

        thread = threading.Thread(target=interrupt)
        thread.start()
        with pytest.raises(KeyboardInterrupt):
            run(python(code))
        thread.join()
        assert not is_alive(int(note.read_text()))

    def test_stop_all_ends_what_other_threads_wait_for(self, tmp_path: Path) -> None:
        note = tmp_path / "pid"
        code = f"import time; open('{note}', 'w'); time.sleep(3600)"
        errors: list[ToolError] = []

        def wait() -> None:
            with pytest.raises(ToolError) as caught:
                run(python(code))
            errors.append(caught.value)

        thread = threading.Thread(target=wait)
        thread.start()
        wait_for(note.exists)
        stop_all()
        thread.join()
        assert "killed" in str(errors[0])
        assert "\n" not in str(errors[0])


class TestLimits:
    @on_linux
    def test_memory(self) -> None:
        with pytest.raises(ToolError, match="MemoryError"):
            run(
                python(f"{LIMITED}bytearray(200_000_000)"),
                limits=Limits(memory=64 * MIB),
                timeout=30,
            )
        assert run(python("x = bytearray(200_000_000)"), limits=Limits(memory=512 * MIB)) == b""

    @on_linux
    def test_processor_time(self) -> None:
        with pytest.raises(ToolError, match="1 s of processor time"):
            run(python("while True: pass"), limits=Limits(processor=1), timeout=30)

    @on_linux
    def test_size_of_a_file(self, tmp_path: Path) -> None:
        code = f"{LIMITED}open('{tmp_path}/x', 'wb').write(bytes(2_000_000))"
        with pytest.raises(ToolError, match="a file of more than 1 MiB"):
            run(python(code), limits=Limits(file=MIB), timeout=30)
        assert (tmp_path / "x").stat().st_size <= MIB

    def test_size_of_the_output(self) -> None:
        code = "import sys\nwhile True: sys.stdout.write('x' * 65536)"
        with pytest.raises(ToolError, match="printed more than 1 MiB"):
            run(python(code), limits=Limits(output=MIB))
        assert len(run(python("print('x' * 1048575)"), limits=Limits(output=MIB))) == MIB

    def test_what_is_said_of_a_crash_is_kept_short(self) -> None:
        code = "import sys; sys.stderr.write(('x' * 99 + '\\n') * 100_000); sys.exit(1)"
        with pytest.raises(ToolError) as caught:
            run(python(code))
        assert len(str(caught.value)) < 1000

    @on_linux
    @pytest.mark.parametrize(
        ("changed", "meant"),
        [
            ((), True),
            (("\truntime", "\t/usr/lib/go/src/runtime"), True),
            (("addr=0x0", "addr=0x8"), False),
            (("goroutine 0 ", "goroutine 7 "), False),
            (("mgcmark_greenteagc.go", "panic.go"), False),
            (("exit(2)", "exit(1)"), False),  # what another program says that it was given
        ],
    )
    def test_collector_of_go_that_was_given_no_memory(
        self, changed: tuple[str, ...], *, meant: bool
    ) -> None:
        # As kubectl 1.37.1, built with Go 1.26, ended at this limit.
        said = (
            "SIGSEGV: segmentation violation\nPC=0x43783d m=4 sigcode=1 addr=0x0\n\n"
            "goroutine 0 gp=0xa m=4 mp=0xb [idle]:\n"
            "runtime.(*spanQueue).tryDrain(0x2000?, 0x0?, 0x0?)\n"
            "\truntime/mgcmark_greenteagc.go:520 +0x5d fp=0xab sp=0xac pc=0x43783d\n"
        )
        code = f"import sys; print({said!r}, file=sys.stderr); sys.exit(2)"
        if changed:
            old, new = (repr(text)[1:-1] for text in changed)
            assert old in code
            code = code.replace(old, new)
        with pytest.raises(ToolError) as raised:
            run(python(code))
        assert str(raised.value).endswith("it needs more than 512 MiB of memory") == meant

    @on_linux
    def test_no_dump_of_what_is_in_memory(self) -> None:
        code = f"{LIMITED}print(resource.getrlimit(resource.RLIMIT_CORE))"
        assert run(python(code), timeout=30) == b"(0, 0)\n"

    @on_linux
    def test_no_network_where_the_system_can_take_it(self) -> None:
        if not process.without_network():
            pytest.skip("the system gives no network of its own")
        code = "import socket; print([name for _, name in socket.if_nameindex()])"
        assert run(python(code)) == b"['lo']\n"

    def test_without_unshare_there_is_no_command_before(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        # Without what it remembers.
        monkeypatch.setattr(process, "_before", process._before.__wrapped__)  # noqa: SLF001
        monkeypatch.setattr("generator.process.shutil.which", lambda *_, **__: None)
        assert process.without_network() == ()
        monkeypatch.setattr("generator.process.shutil.which", lambda *_, **__: "/bin/false")
        assert process.without_network() == ()

    @pytest.mark.parametrize(
        ("code", "patience", "told"),
        [("kill -9 $$", 60, "killed"), ("exec sleep 60", 0.05, "no answer within")],
    )
    def test_a_look_that_was_killed_is_not_the_last(
        self,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        code: str,
        patience: float,
        told: str,
    ) -> None:
        program = tmp_path / "unshare"
        program.write_text(f"#!/bin/sh\nPATH=/usr/bin:/bin\n{code}\n")
        program.chmod(0o755)
        monkeypatch.setattr("generator.process.shutil.which", lambda *_, **__: str(program))
        # With nothing remembered yet.
        monkeypatch.setattr(process, "_before", cache(process._before.__wrapped__))  # noqa: SLF001
        monkeypatch.setattr(process, "_PATIENCE", patience)
        with pytest.raises(ToolError, match=told):
            run(python("print(1)"))
        with pytest.raises(ToolError, match=told):
            find_kustomize()
        program.write_text("#!/bin/sh\nexit 0\n")
        monkeypatch.setattr(process, "_PATIENCE", 60)
        assert process.without_network()[0] == str(program)

    def test_systems_without_these_limits_go_on(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delattr(resource, "prlimit", raising=False)
        assert run(python("print(1)")) == b"1\n"


@on_linux
class TestKustomize:
    def test_alias_bomb_meets_the_limit_of_memory(self, tmp_path: Path) -> None:
        (tmp_path / "kustomization.yaml").write_text("resources: [bomb.yaml]\n")
        lines = ["apiVersion: v1", "kind: X", "metadata: {name: x}", "spec:", "  a0: &a0 [x]"]
        lines += [f"  a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 8)]
        (tmp_path / "bomb.yaml").write_text("\n".join(lines))
        with pytest.raises(ToolError, match=r"more than 512 MiB of memory$"):
            find_kustomize().build(Path(), root=tmp_path)

    def test_remote_base_is_not_fetched(self, tmp_path: Path) -> None:
        (tmp_path / "kustomization.yaml").write_text(
            "resources: ['https://example.org/x?ref=main', 'https://example.org/a.yaml']\n"
        )
        with pytest.raises(ToolError):
            find_kustomize().build(Path(), root=tmp_path)

    def test_one_of_a_relative_path_is_not_taken(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        planted = tmp_path / "kustomize"
        planted.write_text("#!/bin/sh\ntouch planted\necho v5.8.1\n")
        planted.chmod(0o755)
        monkeypatch.chdir(tmp_path)
        for path in ("", ".", "./"):
            monkeypatch.setenv("PATH", f"{path}{os.pathsep}{os.environ['PATH']}")
            assert Path(find_kustomize().command[0]).is_absolute()
        assert not (tmp_path / "planted").exists()


class TestStart:
    def test_it_runs_and_ends_with_the_context(self, tmp_path: Path) -> None:
        code = f"{PARENT}; print(p.pid, flush=True); p.wait()"
        with start(python(code), directory=tmp_path, environment={}, memory=256 * MIB) as child:
            wait_for(lambda: (tmp_path / OUTPUT).read_text().endswith("\n"))
            pid = int((tmp_path / OUTPUT).read_text())
            assert child.poll() is None
            assert is_alive(pid)
        assert child.returncode == -signal.SIGKILL
        wait_for(lambda: not is_alive(pid))

    def test_one_that_ended_is_no_trouble(self, tmp_path: Path) -> None:
        command = python("import sys; sys.exit('gone')")
        with start(command, directory=tmp_path, environment={}, memory=MIB * 256) as child:
            assert child.wait() == 1
        assert (tmp_path / OUTPUT).read_text() == "gone\n"

    @on_linux
    def test_limits(self, tmp_path: Path) -> None:
        code = f"{LIMITED}bytearray(200_000_000)"
        with start(python(code), directory=tmp_path, environment={}, memory=64 * MIB) as child:
            assert child.wait(30) == 1
        assert "MemoryError" in (tmp_path / OUTPUT).read_text()

    def test_what_is_not_there_is_told(self, tmp_path: Path) -> None:
        with (
            pytest.raises(ToolError, match="cannot run"),
            start(["/none"], directory=tmp_path / "none", environment={}, memory=1),
        ):
            pass

    @pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
    def test_signal_to_the_program_kills_it(self, tmp_path: Path, name: str) -> None:
        # As main does it: a signal becomes an exception.
        code = (
            "import signal, sys, time; from pathlib import Path\n"
            "from generator.process import start\n"
            "signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))\n"
            f"with start(['{PYTHON}', '-c', 'import time; time.sleep(3600)'],"
            f" directory=Path('{tmp_path}'), environment={{}}, memory=1 << 30) as child:\n"
            f"    Path('{tmp_path}/pid').write_text(str(child.pid)); time.sleep(3600)\n"
        )
        note = tmp_path / "pid"
        with subprocess.Popen([PYTHON, "-c", code], stderr=subprocess.DEVNULL) as parent:
            wait_for(lambda: note.exists() and bool(note.read_text()))
            parent.send_signal(signal.Signals[name])
            parent.wait()
        assert not is_alive(int(note.read_text()))
