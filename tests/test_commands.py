"""The commands as a person or a script runs them."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from generator import __version__
from generator.commands.options import progress_bar
from generator.main import main, make_app
from tests.conftest import Program
from tests.repository import NET, Repository, Run, net
from tests.synthetic import REPOSITORY

NOW = "2026-12-01T12:00:00Z"
COMMANDS = [str(c.callback.__name__) for c in make_app().registered_commands if c.callback]


@pytest.mark.usefixtures("full")
class TestPlan:
    def test_table_names_every_daemon(self, testnet: Program) -> None:
        run = testnet("plan", "full", "--now", NOW)
        assert run.code == 0
        for name in ("seed-l01", "fast-coordinator", "fast-workers x4", "whale-b03", "archive-1"):
            assert name in run.out
        assert "seed-l01.full.west.example.org" in run.out
        assert "expires 2026-12-02T12:00:00Z" in run.out

    def test_brief_leaves_the_daemons_out(self, testnet: Program) -> None:
        run = testnet("plan", "full", "--brief", "--now", NOW)
        assert "whale-b03" not in run.out
        assert "3 block-producer" in run.out or "1 block-producer" in run.out

    def test_json_is_for_scripts(self, testnet: Program) -> None:
        run = testnet("plan", "full", "--output", "json", "--now", NOW)
        plan = json.loads(run.out)
        assert plan["genesis"]["time"] == "2026-12-01T12:30:00Z"
        fast = next(d for d in plan["daemons"] if d["name"] == "fast-coordinator")
        assert "0.00000006" in fast["args"]
        assert {c["name"] for c in plan["clusters"]} == {"west", "center", "east"}
        assert all("e-" not in c["cost_per_hour"] for c in plan["clusters"])

    def test_takes_the_path_of_a_file(self, testnet: Program) -> None:
        run = testnet("plan", "environments/testnets/open.yaml", "--now", NOW)
        assert run.code == 0
        assert "public" in run.out

    def test_takes_a_file_from_elsewhere(self, full: Repository, testnet: Program) -> None:
        elsewhere = full.root / "draft/other.yaml"
        elsewhere.parent.mkdir()
        elsewhere.write_text(net("name: other", "seeds: {keys: [l09..l10]}"), "utf-8")
        run = testnet("plan", "draft/other.yaml", "--now", NOW)
        assert (run.code, "seed-l09" in run.out) == (0, True)

    @pytest.mark.parametrize("name", ["absent", "absent.yaml"])
    def test_refuses_a_net_that_is_not_there(self, testnet: Program, name: str) -> None:
        run = testnet("plan", name)
        assert run.code == 2
        assert "absent" in run.err

    @pytest.mark.parametrize(
        "moment", ["tomorrow", "2026-12-01T12:00:00", "0001-01-01T00:00:00+14:00"]
    )
    def test_refuses_a_moment_without_zone(self, testnet: Program, moment: str) -> None:
        run = testnet("plan", "full", "--now", moment)
        assert (run.code, "--now" in run.err) == (2, True)


@pytest.mark.usefixtures("full")
class TestTree:
    """Of what is not there, nothing could be held to what is published."""

    @pytest.mark.parametrize("words", ["plan full", "join open", "upgrade full", "check"])
    @pytest.mark.parametrize(
        ("tree", "said"),
        [("absent", "no such directory"), ("environments/fleet.yaml", "it is no directory")],
    )
    def test_one_that_is_named_must_be_there(
        self, testnet: Program, words: str, tree: str, said: str
    ) -> None:
        run = testnet(*words.split(), "--tree", tree, "--now", NOW)
        assert (run.code, run.out) == (2, "")
        assert run.err.startswith(f"error: --tree {tree}: {said}; name a clone of ")

    def test_one_in_which_nothing_is_published(self, full: Repository, testnet: Program) -> None:
        assert testnet("plan", "full", "--now", NOW).code == 0
        (full.root / "empty").mkdir()
        assert testnet("plan", "full", "--tree", "empty", "--now", NOW).code == 0


@pytest.mark.usefixtures("full")
class TestKeys:
    def test_free_leaves_out_what_a_net_uses(self, testnet: Program) -> None:
        run = testnet("keys", "--free", "--kind", "block-producer", "--pool", "new", "-o", "json")
        names = [key["name"] for key in json.loads(run.out)["keys"]]
        assert "b03" not in names
        assert "b04" in names

    def test_a_pool_that_is_not_there(self, testnet: Program) -> None:
        run = testnet("keys", "--pool", "nope")
        assert (run.code, "there are: new" in run.err) == (2, True)

    def test_table_names_the_net(self, testnet: Program) -> None:
        run = testnet("keys", "--kind", "snark", "--pool", "new")
        line = next(line for line in run.out.splitlines() if line.startswith("s01"))
        assert "full" in line


@pytest.mark.usefixtures("full")
class TestInit:
    def test_writes_a_file_that_plans(self, full: Repository, testnet: Program) -> None:
        run = testnet("init", "mine", "--regions", "us-west-2", "--producers", "3")
        assert run.code == 0, run.err
        text = (full.root / "environments/testnets/mine.yaml").read_text("utf-8")
        assert text.startswith("# yaml-language-server")
        assert "availability: single" in text
        assert testnet("plan", "mine", "--now", NOW).code == 0

    def test_old_flavours_get_old_keys(self, full: Repository, testnet: Program) -> None:
        run = testnet("init", "old", "--flavour", "coda-kademlia", "--purpose", "public")
        assert run.code == 0, run.err
        text = (full.root / "environments/testnets/old.yaml").read_text("utf-8")
        assert "stake" not in text
        assert "ttl" not in text
        assert testnet("plan", "old", "--now", NOW).code == 0

    def test_never_writes_over_a_file(self, testnet: Program) -> None:
        run = testnet("init", "full")
        assert (run.code, "exists already" in run.err) == (2, True)

    def test_too_few_free_keys(self, full: Repository, testnet: Program) -> None:
        run = testnet("init", "huge", "--producers", "5000")
        assert (run.code, "docs/keys.md" in run.err) == (2, True)
        assert not (full.root / "environments/testnets/huge.yaml").exists()

    def test_what_is_not_valid_is_taken_back(self, full: Repository, testnet: Program) -> None:
        run = testnet("init", "mine", "--ttl", "soon")
        assert (run.code, "schema/pattern" in run.err) == (2, True)
        assert not (full.root / "environments/testnets/mine.yaml").exists()

    @pytest.mark.parametrize("name", ["Not_A_Name", "../../escape", "a" * 31, "-", ""])
    def test_a_name_that_is_none(self, testnet: Program, name: str) -> None:
        run = testnet("init", "--", name)
        assert (run.code, "no name of a net" in run.err) == (2, True)


@pytest.mark.usefixtures("full")
class TestJoin:
    def test_tells_an_outsider_everything(self, testnet: Program) -> None:
        run = testnet("join", "open", "--now", NOW)
        assert run.code == 0
        assert "/dns4/seed-l03.open." in run.out
        assert (
            "--external-port 8302 --libp2p-keypair libp2p-key --peer-list-file peers.txt" in run.out
        )
        assert "svc." not in run.out

    def test_json_has_the_files(self, testnet: Program) -> None:
        run = testnet("join", "open", "--now", NOW, "-o", "json")
        assert set(json.loads(run.out)["files"]) == {"peers.txt", "daemon.json", "README.md"}

    def test_a_qa_net_is_closed(self, testnet: Program) -> None:
        assert testnet("join", "full", "--now", NOW).code == 2


@pytest.mark.usefixtures("full")
class TestSchema:
    @pytest.mark.parametrize("kind", ["testnet", "fleet", "keys", "report"])
    def test_prints_one(self, testnet: Program, kind: str) -> None:
        run = testnet("schema", kind)
        assert json.loads(run.out)["$id"].endswith(f"/{kind}.json")

    def test_writes_those_that_people_edit(self, full: Repository, testnet: Program) -> None:
        assert testnet("schema", "--write").code == 0
        names = {path.name for path in (full.root / "environments/schema").iterdir()}
        assert names == {"testnet.json", "fleet.json", "keys.json"}

    def test_wants_to_know_which(self, testnet: Program) -> None:
        assert testnet("schema").code == 2


class TestProgram:
    @pytest.mark.parametrize(
        ("words", "command"),
        [
            ("--nope", "testnet"),
            ("nope", "testnet"),
            ("plan --nope", "testnet plan"),
            ("keys explain", "testnet keys explain"),
            ("github merge --nope", "testnet github merge"),
        ],
    )
    def test_wrong_usage_names_the_help_of_the_command(
        self, capsys: pytest.CaptureFixture[str], words: str, command: str
    ) -> None:
        assert main(words.split()) == 2
        assert capsys.readouterr().err.endswith(f" See `{command} --help`.\n")

    def test_version(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["--version"]) == 0
        assert capsys.readouterr().out == f"testnet {__version__}\n"

    @pytest.mark.parametrize("command", COMMANDS)
    def test_every_command_has_help_with_examples(
        self, command: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert main([command, "--help"]) == 0
        text = capsys.readouterr().out
        assert "Examples:" in text
        assert f"testnet {command}" in text

    @pytest.mark.parametrize("command", [*COMMANDS, "keys", "github"])
    def test_a_command_needs_no_other(self, command: str) -> None:
        alone = make_app(command)
        names = [c.callback.__name__ for c in alone.registered_commands if c.callback]
        assert [*names, *(group.name for group in alone.registered_groups)] == [command]

    @pytest.mark.parametrize("words", [["--help"], ["--version", "check"], ["nonsense"], []])
    def test_all_are_there_where_none_is_named(self, words: list[str]) -> None:
        app = make_app(next(iter(words), ""))
        assert len(app.registered_commands) == len(COMMANDS) > 10
        assert [group.name for group in app.registered_groups] == ["keys", "github"]

    def test_unknown_command(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["nonsense"]) == 2
        assert "nonsense" in capsys.readouterr().err

    def test_outside_of_a_repository(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.chdir(tmp_path)
        assert main(["keys"]) == 2
        assert "--root" in capsys.readouterr().err
        assert main(["keys", "--root", str(tmp_path)]) == 2

    def test_a_bug_reports_itself(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        def broken(*_: object) -> None:
            raise ZeroDivisionError

        monkeypatch.setattr("generator.commands.keys.load_inputs", broken)
        assert main(["keys", "--root", str(REPOSITORY)]) == 4
        assert "this is a bug" in capsys.readouterr().err

    @pytest.mark.parametrize(("error", "code"), [(KeyboardInterrupt, 130), (BrokenPipeError, 0)])
    def test_interrupted(
        self, monkeypatch: pytest.MonkeyPatch, error: type[BaseException], code: int
    ) -> None:
        def stop(*_: object) -> None:
            raise error

        monkeypatch.setattr("generator.commands.keys.load_inputs", stop)
        monkeypatch.setattr("sys.stderr", io.StringIO())
        assert main(["keys", "--root", str(REPOSITORY)]) == code

    def test_no_color_is_respected(self, full: Repository) -> None:
        command = [sys.executable, "-m", "generator", "plan", "absent", "--root", str(full.root)]
        base = os.environ | {"PYTHONPATH": str(REPOSITORY), "FORCE_COLOR": "1"}
        coloured = subprocess.run(command, env=base, capture_output=True, check=False)
        plain = subprocess.run(
            command, env=base | {"NO_COLOR": "1"}, capture_output=True, check=False
        )
        assert b"\x1b[31m" in coloured.stderr or b"\x1b[1;31m" in coloured.stderr
        assert b"[31m" not in plain.stderr
        assert b"1;31m" not in plain.stderr


def test_the_small_net_of_the_fixtures_is_valid(repository: Repository, testnet: Program) -> None:
    repository.write("environments/testnets/net.yaml", NET)
    assert testnet("keys").code == 0


def test_no_bar_is_shown_where_there_is_no_standard_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", None)
    with progress_bar() as progress:
        progress("build", 0, 1)


def run_as_process(*arguments: str, path: Path = REPOSITORY, script: str = "") -> Run:
    """Run the program as a process, by a script of the shell where there is one."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONUNBUFFERED"}
    done = subprocess.run(
        [*(["sh", "-c", script] if script else []), sys.executable, "-m", "generator", *arguments],
        env=environment | {"PYTHONPATH": f"{path}{os.pathsep}{REPOSITORY}"},
        capture_output=True,
        text=True,
        check=False,
    )
    return Run(done.returncode, done.stdout, done.stderr)


@pytest.mark.parametrize("stream", [">&-", ">/dev/full"])
@pytest.mark.parametrize("words", [["--version"], ["rules"], ["rules", "--format", "json"]])
def test_what_cannot_be_written_is_said_in_one_line(words: list[str], stream: str) -> None:
    root = [] if words == ["--version"] else ["--root", str(REPOSITORY)]
    run = run_as_process(*words, *root, script=f'exec "$0" "$@" {stream}')
    assert run.code == 3
    assert re.fullmatch(r"error: output: .*\n", run.err)


@pytest.mark.parametrize("stop", ["{}", "exec({!r})"], ids=["plain", "text"])
def test_one_that_is_interrupted_as_it_loads(tmp_path: Path, stop: str) -> None:
    text = "import os, signal; os.kill(os.getpid(), signal.SIGINT)"
    (tmp_path / "typer.py").write_text(stop.format(text), "utf-8")
    assert run_as_process("--version", path=tmp_path) == Run(130, "", "")


def test_one_that_ignores_interrupts_loads(tmp_path: Path) -> None:
    text = "import os, signal; os.kill(os.getpid(), signal.SIGINT); print('loaded'); raise OSError"
    (tmp_path / "typer.py").write_text(text, "utf-8")
    run = run_as_process("--version", path=tmp_path, script='trap \'\' INT; exec "$0" "$@"')
    assert "loaded" in run.out
