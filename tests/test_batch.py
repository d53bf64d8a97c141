"""Many builds in one process: the bytes of the real kustomize, whatever happens to the process."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from selectors import BaseSelector

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator import answering
from generator import kustomize as module
from generator.answering import Answering
from generator.build import build_outputs
from generator.errors import ToolError
from generator.kustomize import Kustomize, find_kustomize
from generator.library import read_library
from generator.limits import Limits
from generator.load import load_inputs
from generator.plan import Allocations, make_plans
from generator.process import Child, stop_all
from generator.render import render_clusters, render_net
from tests.built import ROOT, written
from tests.repository import NOW
from tests.test_process import wait_for

LOOP = "import os, sys\nfor line in sys.stdin:\n    line = line.strip()\n"
# Answers with what it is asked; the empty question with the version.
ECHO = f"""{LOOP}    text = line or 'v5.8.1'
    print(len(text), text, sep='\\n', end='', flush=True)
"""


WORDS = ("<<", "y", "No", "0o17", "1e3", "2026-01-01", "~", "null", "0x1f", "1_000", ".inf", "é")
# What kustomize writes, reads, writes as JSON, reads and writes again.
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(WORDS)
    | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(WORDS) | st.text(), inner, max_size=4)
    ),
)
SIGNS = ("|", "|-", "|+", ">", ">-", ">+", "|2", ">2", "|2-", ">2-", "")
LINES = ("", "a", "a b", "  b", " c", "\td", "- e", "# f", "g: h", "'", "x" * 90)
ODD = [
    *(f" {text}" for text in ("2026-01-01", "2026-01-01T00:00:00Z", "0o17", "017", "1_000")),
    *(f" {text}" for text in ("18446744073709551615", "-9223372036854775809", "1e400", "1.0")),
    *(f" {text}" for text in (".inf", ".NaN", "0x1f", "!!binary aGk=", "!!str 1", "yes", "~")),
    *(f" {text}" for text in ("", "[]", "{}", "{1: a, true: b, ~: c}", "[&a {x: 1}, *a]")),
    " {<<: {a: 1}, b: 2}",
    *(f" |{sign}\n  a\n   b\n\n" for sign in ("", "-", "+")),
    ' "\\u007f"',
    ' "\\u0000"',
    ' "\\uFEFF"',
    " 'a\n\n  b'",
    " >\n  sum(\n    rate(x[5m])\n  ) > 1",
    " >+\n  x\n\n\n",
    " |2\n\n  \ty",
    " >-\n  one line",
    f"\n  ? {'k' * 1100}\n  : 1",
    " # a comment\n  a: 1 # another\n  b: [x, # a third\n    y]",
]


def program(path: Path, code: str) -> str:
    """Write a program, and return its path."""
    path.write_text(f"#!{sys.executable} -I\n{code}")
    path.chmod(0o755)
    return str(path)


@pytest.fixture
def batch() -> str:
    """The program of tools/, which is built once per machine."""
    command = [str(ROOT / "tools/build.sh"), "kustomize", "kustomize-batch"]
    return subprocess.run(command, capture_output=True, check=True, text=True).stdout.strip()


@pytest.fixture
def tree() -> Iterator[Path]:
    """Everything that the shipped nets and clusters consist of."""
    library, inputs = read_library(ROOT), load_inputs(ROOT)
    plans, _ = make_plans(
        inputs.testnets,
        inputs.fleet,
        inputs.inventory,
        Allocations(),
        now=NOW,
        overlays=library.version,
    )
    files = render_clusters(inputs.fleet, library.version)
    for plan in plans:
        files |= render_net(plan)
    with written({p: text for p, (text, _) in files.items()} | library.published()) as root:
        yield root


def overlays(tree: Path) -> list[str]:
    """Return the directories of the clusters that can be built."""
    found = tree.glob("clusters/**/kustomization.yaml")
    return sorted(path.parent.relative_to(tree).as_posix() for path in found)


def builds(kustomize: Kustomize, path: str, root: Path) -> bool:
    """Say whether a directory builds."""
    try:
        return bool(kustomize.build(Path(path), root=root))
    except ToolError:
        return False


class TestAnswering:
    def ask(
        self, tmp_path: Path, code: str, *questions: str, most: int = 100
    ) -> tuple[list[bytes | None], bool]:
        """Return the answers of a program, and whether it is still there."""
        answering = Answering(
            [sys.executable, "-I", "-c", code],
            directory=tmp_path,
            environment={},
            limits=Limits(output=most),
        )
        try:
            timeout = 0.01 if "while" in code else 20
            return [answering.ask(question, timeout=timeout) for question in questions], (
                answering.is_open
            )
        finally:
            answering.close()

    def test_answers_one_after_another(self, tmp_path: Path) -> None:
        large = "x" * 300_000
        answers = self.ask(tmp_path, ECHO, "a/b", large, "é", most=400_000)
        # What is printed is as long as it has characters: the last answer is one byte too long.
        assert answers == ([b"a/b", large.encode(), None], False)

    def test_having_no_answer_is_one(self, tmp_path: Path) -> None:
        assert self.ask(tmp_path, f"{LOOP}    print(-1, flush=True)", "a", "b") == (
            [None, None],
            True,
        )

    @pytest.mark.parametrize(
        "code",
        [
            "",  # it ends
            f"{LOOP}    print('three', flush=True)",
            f"{LOOP}    print(3, 'abcd', sep='\\n', end='', flush=True)",
            f"{LOOP}    print(-1, 'a', sep='\\n', end='', flush=True)",
            f"{LOOP}    print(3, 'ab', sep='\\n', end='', flush=True); sys.exit()",
            f"{LOOP}    print(101, 'x' * 101, sep='\\n', end='', flush=True)",
            f"{LOOP}    print('1' * 1000, flush=True)",
            "while True: pass",
        ],
    )
    def test_what_is_no_answer_ends_it(self, tmp_path: Path, code: str) -> None:
        assert self.ask(tmp_path, code, "a") == ([None], False)

    def test_a_length_without_end_is_not_waited_for(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        read = bytearray()
        more = Answering._more  # noqa: SLF001 - what it waits with

        def count(self: Answering, selector: BaseSelector, end: float) -> bytearray:
            assert len(read) < 20, "no length has as many digits"
            chunk = more(self, selector, end)
            read.extend(chunk)
            return chunk

        monkeypatch.setattr(Answering, "_more", count)
        assert self.ask(tmp_path, f"{LOOP}    print('1' * 1000, flush=True)", "a") == (
            [None],
            False,
        )

    def test_interrupt_is_told(self, tmp_path: Path) -> None:
        answering = Answering(
            [sys.executable, "-I", "-c", "import sys; sys.stdin.readline(); sys.stdin.read()"],
            directory=tmp_path,
            environment={},
            limits=Limits(),
        )
        errors: list[ToolError] = []

        def ask() -> None:
            try:
                answering.ask("a", timeout=20)
            except ToolError as error:
                errors.append(error)

        thread = threading.Thread(target=ask)
        thread.start()

        def is_over() -> bool:
            stop_all()
            return not thread.is_alive()

        wait_for(is_over)
        assert [str(error).endswith("killed by an interrupt") for error in errors] == [True]


class TestServing:
    def test_bytes_are_those_of_kustomize(self, tree: Path, batch: str) -> None:
        real = replace(find_kustomize(), batch="")
        alone = dict(build_outputs(real, overlays(tree), tree))
        # Nothing else could build, and what was built before makes no difference.
        only = Kustomize(("none",), real.version, batch)
        for order in (sorted(alone), sorted(alone, reverse=True)):
            assert dict(build_outputs(only, order, tree, jobs=1)) == alone
        assert len(alone) > 20

    def test_any_value_is_written_as_kustomize_writes_it(self, tmp_path: Path, batch: str) -> None:
        real = replace(find_kustomize(), batch="")
        nobody = Kustomize(("none",), real.version, batch)
        (tmp_path / "a").mkdir()
        (tmp_path / "a/kustomization.yaml").write_text("resources: [x.yaml]")

        def built(kustomize: Kustomize, spec: str) -> bytes | None:
            head = "apiVersion: v1\nkind: X\nmetadata: {name: "
            (tmp_path / "a/x.yaml").write_text(f"{head}x}}\nspec:{spec}\n---\n{head}y}}\n")
            try:
                return kustomize.build(Path("a"), root=tmp_path)
            except ToolError:
                return None

        with nobody.serving() as serving:

            @settings(max_examples=60)
            @given(VALUES)
            def compare(value: object) -> None:
                spec = f" {json.dumps(value)}"
                assert built(serving, spec) == built(real, spec)

            assert built(serving, " 1")

            @settings(max_examples=60)
            @given(st.sampled_from(SIGNS), st.lists(st.sampled_from(LINES), max_size=5))
            def compare_block(sign: str, lines: list[str]) -> None:
                spec = f" {sign}\n" + "".join(f"  {line}\n" for line in lines)
                assert built(serving, spec) == built(real, spec)

            compare()
            compare_block()
            for spec in ODD:
                assert built(serving, spec) == built(real, spec), spec

    def test_what_harms_a_process_is_built_alone(self, tree: Path, batch: str) -> None:
        bomb = ["apiVersion: v1", "kind: X", "metadata: {name: x}", "spec:", "  a0: &a0 [x]"]
        bomb += [f"  a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 8)]
        schema = '{"definitions": {}, "paths": {}, "swagger": "2.0"}'
        for name, texts in {
            "bomb": {"kustomization.yaml": "resources: [x.yaml]", "x.yaml": "\n".join(bomb)},
            "none": {"kustomization.yaml": "resources: [gone.yaml]"},
            "schema": {
                "kustomization.yaml": "openapi: {path: s.json}\nresources: [x.yaml]",
                "s.json": schema,
                "x.yaml": "\n".join(bomb[:3]),
            },
        }.items():
            (tree / name).mkdir()
            for file, text in texts.items():
                (tree / name / file).write_text(text)
        first, *others = overlays(tree)[:3]
        paths = [first, "none", "bomb", "schema", *others]
        nobody = Kustomize(("none",), "v5.8.1", batch)
        with nobody.serving() as serving:
            left = [path for path in paths if not builds(serving, path, tree)]
        assert left == ["none", "bomb", "schema"]
        for path in ("none", "bomb"):
            with pytest.raises(ToolError, match=path):
                dict(build_outputs(replace(find_kustomize(), batch=batch), [first, path], tree))

    @pytest.mark.parametrize(
        "code",
        ["", ECHO.replace("v5.8.1", "v5.8.0"), f"{LOOP}    print(-1, flush=True)"],
    )
    def test_another_program_is_not_used(self, tmp_path: Path, code: str) -> None:
        kustomize = Kustomize(("none",), "v5.8.1", program(tmp_path / "batch", code))
        with kustomize.serving() as serving, pytest.raises(ToolError, match="none"):
            serving.build(Path("a"), root=tmp_path)

    def test_program_that_is_gone_is_not_used(self, tmp_path: Path) -> None:
        kustomize = Kustomize(("none",), "v5.8.1", str(tmp_path / "gone"))
        with kustomize.serving() as serving, pytest.raises(ToolError, match="none"):
            serving.build(Path("a"), root=tmp_path)

    def test_another_process_takes_over_now_and_then(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        code = ECHO.replace("line or", "line and str(os.getpid()) or")
        kustomize = Kustomize(("none",), "v5.8.1", program(tmp_path / "batch", code))
        monkeypatch.setattr(module, "_MOST", 2)
        with kustomize.serving() as serving:
            pids = [serving.build(Path("a"), root=tmp_path) for _ in range(5)]
        assert [pids.index(pid) for pid in pids] == [0, 0, 2, 2, 4]

    def test_processes_are_begun_before_they_are_needed(self, tmp_path: Path) -> None:
        code = ECHO.replace("line or", "line and str(os.getpid()) or")
        begun = tmp_path / "begun"
        code = f"import os; open({str(begun)!r}, 'a').write(f'{{os.getpid()}} ')\n{code}"
        kustomize = Kustomize(("none",), "v5.8.1", program(tmp_path / "batch", code))
        with kustomize.serving(begin=2) as serving:
            wait_for(lambda: begun.exists() and len(begun.read_text().split()) == 2)
            with serving.serving(begin=5) as same:
                pid = same.build(Path("a"), root=tmp_path).decode()
            assert pid in begun.read_text().split()
            # Another build that fails ends them all; the next one begins anew.
            stop_all()
            assert serving.build(Path("a"), root=tmp_path).decode() != pid
        assert len(begun.read_text().split()) == 3

    def test_who_waits_for_a_process_that_is_ended_is_ended(self, tmp_path: Path) -> None:
        begun = tmp_path / "begun"
        code = f"import time; open({str(begun)!r}, 'w').close(); time.sleep(600)"
        kustomize = Kustomize(("none",), "v5.8.1", program(tmp_path / "batch", code))
        with kustomize.serving(begin=1) as serving, ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(serving.build, Path("a"), root=tmp_path)
            wait_for(begun.exists)
            stop_all()
            with pytest.raises(ToolError, match="killed by an interrupt"):
                waiting.result(timeout=60)

    def test_program_that_cannot_be_begun_is_told_by_a_build(self, tmp_path: Path) -> None:
        kustomize = Kustomize(("none",), "v5.8.1", str(tmp_path / "gone"))
        with kustomize.serving(begin=2) as serving, pytest.raises(ToolError, match="none"):
            serving.build(Path("a"), root=tmp_path)

    def test_is_found_beside_kustomize(self, tmp_path: Path) -> None:
        tools = tmp_path / "checkout/build/tools"
        tools.mkdir(parents=True)
        (tools / "kustomize-batch").symlink_to(program(tmp_path / "built", ECHO))
        assert find_kustomize(tools).batch == str(tools / "kustomize-batch")
        assert not find_kustomize().batch


def test_all_processes_are_killed_before_any_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    for name in ("kill", "release"):
        whole = getattr(answering, name)

        def tell(child: Child, name: str = name, whole: Callable[[Child], None] = whole) -> None:
            told.append(name)
            whole(child)

        monkeypatch.setattr(answering, name, tell)
    kustomize = Kustomize(("none",), "v5.8.1", program(tmp_path / "echo", ECHO))
    with kustomize.serving(begin=2) as serving:
        assert serving.build(Path("a"), root=Path("/")) == b"/a"
    assert told == ["kill", "kill", "release", "release"]


def test_one_that_has_ended_is_closed_all_the_same(tmp_path: Path) -> None:
    ended = Answering(
        [sys.executable, "-c", ""], directory=tmp_path, environment={}, limits=Limits()
    )
    wait_for(lambda: ended.is_over)
    ended.end()
    ended.close()
    assert not ended.is_open
