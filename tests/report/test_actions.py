"""What is printed in a job of GitHub Actions gives its runner no command."""

from __future__ import annotations

import io
import re
import sys

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from generator.main import main
from generator.report.actions import Guard, guard_log

COMMANDS = "error|warning|notice|debug|add-mask|set-output|stop-commands|group|add-matcher|echo"
PIECES = st.sampled_from(
    ["::", ":", "#", "##", "##[", "[", "]", " ", "\t", "\n", "\r\n", "\r", "\u2028", "\u3000", "x"]
    + [f"::{name}::" for name in COMMANDS.split("|")]
    + ["::error file=a,line=1::", "##[add-mask]", "##[set-output name=a]b"]
)


def commands(log: str) -> list[str]:
    """Return the commands that a runner would obey in a log, as the runner reads it."""
    found = []
    for line in re.split(r"\r\n|\r|\n", log):
        second = re.match(rf"::({COMMANDS})(?: .*?)?::", line.lstrip(), re.DOTALL)
        first = re.search(rf"##\[({COMMANDS})(?: [^\]]*)?\]", line)
        found += [match[1] for match in (second, first) if match]
    return found


def test_the_reader_of_this_test_reads_commands() -> None:
    log = "a ::error::\n \u3000::error file=x::y\rx ##[add-mask]y ::x\n::other::"
    assert commands(log) == ["error", "add-mask"]


@given(st.lists(st.one_of(PIECES, st.text(max_size=3)), max_size=12))
@example([":", ":add-mask::x"])
@example(["a:", ":error::"])
@example(["#", "#", "[add-mask]x"])
@example(["\n", " ", "::", "stop-commands::x"])
def test_no_text_is_a_command_however_it_is_cut(pieces: list[str]) -> None:
    for shown in (False, True):
        stream = io.StringIO(newline="")
        guard = Guard(stream, annotations=shown)
        for piece in pieces:
            assert guard.write(piece) == len(piece)
        text = "".join(pieces)
        allowed = {"error", "warning", "notice"} if shown else set()
        assert set(commands(stream.getvalue())) <= allowed
        if not re.search(r"::|##\[", text):
            assert stream.getvalue() == text


def test_annotations_are_let_through_on_standard_output_alone() -> None:
    line = "::error file=a.yaml,line=1::text ##[debug]x\n::add-mask::x\nplain :: text\n"
    stream = io.StringIO()
    Guard(stream, annotations=True).write(line)
    assert stream.getvalue() == (
        "::error file=a.yaml,line=1::text ## [debug]x\n: :add-mask::x\nplain :: text\n"
    )


def test_the_program_guards_its_log_in_actions_and_nowhere_else(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    word = "x\n::add-mask::x ##[debug]"
    for where, broken in (("true", True), ("", False)):
        monkeypatch.setenv("GITHUB_ACTIONS", where)
        with monkeypatch.context() as context:
            context.setattr(sys, "stdout", sys.stdout)
            context.setattr(sys, "stderr", sys.stderr)
            assert main([word]) == 2
        log = capsys.readouterr().err
        assert "add-mask" in log
        assert bool(commands(log)) is not broken


def test_a_guarded_stream_is_otherwise_the_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    before = sys.stdout
    monkeypatch.setattr(sys, "stdout", before)
    monkeypatch.setattr(sys, "stderr", sys.stderr)
    guard_log()
    assert sys.stdout is not before
    assert sys.stdout.fileno() == before.fileno()
    assert sys.stdout.isatty() == before.isatty()
