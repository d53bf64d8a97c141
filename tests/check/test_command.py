"""`testnet check` as a person or a script runs it: paths, formats, exit codes."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from generator import process
from generator.commands import judging
from generator.errors import ToolError
from generator.kustomize import find_kustomize
from generator.main import main
from generator.opa import Bundle, Server, find_opa, private_server
from generator.process import Child
from generator.program import cache_directory
from tests.check.repositories import FLEET, NET, GitRepository
from tests.policies.checking import TOOLS, write_repository
from tests.repository import Run
from tests.synthetic import REPOSITORY

Testnet = Callable[..., Run]

NOW = ("--now", "2026-12-01T12:00:00Z")
POLICIES = ("--policies", str(REPOSITORY / "policies"))
PLAIN = "nothing wrong"
REPORT = jsonschema_rs.validator_for(
    json.loads((REPOSITORY / "generator/schemas/report.json").read_text("utf-8"))
)


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example, in which there are warnings and notes; no test changes it."""
    return write_repository(tmp_path_factory.mktemp("example") / "root")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_repository(tmp_path / "root")


@pytest.fixture(scope="module")
def caches(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("caches")


@pytest.fixture
def check(
    judge_server: Server,
    caches: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Testnet:
    """The command in a repository, asking an OPA that runs already."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(caches))
    monkeypatch.setattr(judging, "private_server", lambda *_: nullcontext(judge_server))
    monkeypatch.setattr(judging, "find_opa", lambda *_: "opa")
    monkeypatch.setattr(judging, "resolve_kustomize", lambda _: find_kustomize(TOOLS))

    def run(root: Path, *arguments: str, policies: tuple[str, ...] = POLICIES) -> Run:
        monkeypatch.chdir(root)
        capsys.readouterr()
        code = main(["check", *NOW, *policies, *arguments])
        captured = capsys.readouterr()
        return Run(code, captured.out, captured.err)

    return run


def edit(root: Path, old: str, new: str, path: str = NET) -> None:
    text = (root / path).read_text("utf-8")
    assert old in text
    (root / path).write_text(text.replace(old, new), "utf-8")


def found(run: Run) -> set[tuple[str, str]]:
    """Return path and rule of all findings that count, of a report in JSON."""
    return {(f["path"], f["rule"]) for f in json.loads(run.out)["findings"]}


class TestExitCodes:
    def test_warnings_do_not_fail(self, check: Testnet, example: Path) -> None:
        run = check(example)
        assert run.code == 0
        assert "warning[images/pinned]" in run.out
        assert run.err == ""

    def test_unless_they_shall(self, check: Testnet, example: Path) -> None:
        assert check(example, "--fail-on", "warning").code == 1

    def test_errors_do(self, check: Testnet, root: Path) -> None:
        edit(root, "ttl: 72h", "ttl: 9000h")
        run = check(root)
        assert run.code == 1
        assert "error[lifecycle/ttl]: " in run.out
        assert f"--> {NET}:5:6" in run.out

    def test_what_cannot_be_read(self, check: Testnet, root: Path) -> None:
        edit(root, "flavour: mina", "flavour: absent")
        run = check(root)
        assert run.code == 2
        assert f"--> {NET}:6" in run.out

    def test_in_every_format(self, check: Testnet, root: Path) -> None:
        edit(root, "flavour: mina", "flavour: absent")
        for form in ("json", "sarif", "github", "markdown"):
            run = check(root, "--format", form)
            assert (run.code, "flavour" in run.out) == (2, True), form

    def test_a_net_that_cannot_be_rendered_hides_no_other(self, check: Testnet, root: Path) -> None:
        text = (root / NET).read_text("utf-8").replace("name: example", "name: other")
        for old, new in (
            ("whale-1..whale-6", "whale-7..whale-9"),
            ("seed-1..seed-3", "seed-4"),
            ("snark-1,", "snark-3,"),
            ("snark-2,", "snark-4,"),
            ("us-west-2, eu-central-1", "us-west-2, us-east-1, eu-central-1"),
        ):
            text = text.replace(old, new)
        (root / "environments/testnets/other.yaml").write_text(text, "utf-8")
        edit(root, "ttl: 72h", "ttl: 9000h")
        run = check(root, "--format", "json")
        assert run.code == 1
        rules = found(run)
        assert (NET, "lifecycle/ttl") in rules
        assert ("environments/testnets/other.yaml", "testnet/region") in rules
        assert json.loads(run.out)["summary"]["nets"] == 2

    @pytest.mark.parametrize("name", ["absent", "absent.yaml", "environments/testnets/absent.yaml"])
    def test_a_path_that_is_not_there(self, check: Testnet, example: Path, name: str) -> None:
        run = check(example, name)
        assert (run.code, f"{name}: no such file" in run.err) == (2, True)

    @pytest.mark.parametrize("option", [("--format", "xml"), ("--fail-on", "note"), ("--now", "x")])
    def test_what_no_option_takes(
        self, check: Testnet, example: Path, option: tuple[str, str]
    ) -> None:
        assert check(example, *option).code == 2


class TestPaths:
    @pytest.mark.parametrize(
        ("path", "wanted"),
        [
            (".", {NET, FLEET}),
            ("environments", {NET, FLEET}),
            ("environments/testnets", {NET}),
            (NET, {NET}),
            (FLEET, {FLEET}),
            ("overlays", set()),
        ],
    )
    def test_inside(self, check: Testnet, example: Path, path: str, wanted: set[str]) -> None:
        run = check(example, path, "--format", "json")
        assert {path for path, _ in found(run)} == wanted

    def test_all_of_several(self, check: Testnet, example: Path) -> None:
        run = check(example, FLEET, NET, "--format", "json")
        assert {path for path, _ in found(run)} == {NET, FLEET}
        run = check(example, FLEET, ".", "--format", "json")
        assert {path for path, _ in found(run)} == {NET, FLEET}

    def draft(self, path: Path, example: Path) -> Path:
        text = (example / NET).read_text("utf-8").replace("name: example", f"name: {path.stem}")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        return path

    def test_a_draft_elsewhere_is_judged_with_the_others(
        self, check: Testnet, example: Path, tmp_path: Path
    ) -> None:
        path = self.draft(tmp_path / "drafts/second.yaml", example)
        for argument in (path, path.parent):
            run = check(example, str(argument), "--format", "json")
            assert run.code == 1
            assert (path.as_posix(), "keys/unique") in found(run)

    def test_a_draft_in_another_directory_of_the_repository(
        self, check: Testnet, root: Path
    ) -> None:
        self.draft(root / "drafts/second.yaml", root)
        run = check(root, "drafts/second.yaml", "--format", "json")
        assert run.code == 1
        assert ("drafts/second.yaml", "keys/unique") in found(run)
        assert check(root).code == 0

    def test_files_that_are_no_testnets_are_fine(self, check: Testnet, root: Path) -> None:
        (root / "README.md").write_text("# Text\n")
        assert check(root, "README.md").code == 0
        assert check(root, "overlays/components/daemon/kustomization.yaml").code == 0


class TestFormats:
    def test_json_is_by_its_schema(self, check: Testnet, example: Path) -> None:
        run = check(example, "--format", "json")
        report = json.loads(run.out)
        assert REPORT.is_valid(report)
        assert report["counts"]["error"] == 0
        assert report["judged"]["keys/unique"] > 0
        assert check(example, "--format", "json").out == run.out

    def test_sarif(self, check: Testnet, example: Path) -> None:
        [run] = json.loads(check(example, "--format", "sarif").out)["runs"]
        assert {result["ruleId"] for result in run["results"]} >= {"images/pinned"}

    def test_github(self, check: Testnet, example: Path) -> None:
        run = check(example, "--format", "github")
        assert re.search(rf"^::warning file={NET},line=7", run.out, re.MULTILINE)

    def test_markdown(self, check: Testnet, example: Path) -> None:
        assert "images/pinned" in check(example, "--format", "markdown").out

    def test_the_summary_of_a_job_is_added_to(
        self, check: Testnet, example: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        summary = tmp_path / "summary.md"
        summary.write_text("# Before\n")
        monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
        check(example, "--format", "json")
        assert summary.read_text() == "# Before\n"
        run = check(example, "--format", "github")
        assert run.out.startswith("::")
        assert summary.read_text() == "# Before\n" + check(example, "--format", "markdown").out

    def test_no_colour_where_nobody_looks(
        self, check: Testnet, example: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert "\x1b" not in check(example).out
        monkeypatch.setenv("FORCE_COLOR", "1")
        monkeypatch.setenv("NO_COLOR", "1")
        assert "\x1b[3" not in check(example).out


class TestCache:
    def test_is_kept_in_the_directory_for_caches(
        self, check: Testnet, example: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "own"))
        assert check(example, "--no-cache").code == 0
        assert not (tmp_path / "own").exists()
        assert check(example).code == 0
        assert (tmp_path / "own/testnet-gitops/check/swept").exists()

    @pytest.mark.parametrize("home", ["", "relative"])
    def test_is_below_home_without(
        self, home: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("XDG_CACHE_HOME", home)
        monkeypatch.setenv("HOME", str(tmp_path))
        directory = cache_directory()
        assert directory == tmp_path / ".cache/testnet-gitops"

    def test_is_not_without_a_home(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def homeless(_: object = None) -> Path:
            raise RuntimeError

        monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
        monkeypatch.setattr(Path, "home", homeless)
        assert cache_directory() is None


class TestPolicies:
    @pytest.fixture
    def own(self, tmp_path: Path) -> Path:
        """Policies of this repository, to be changed."""
        return Path(shutil.copytree(REPOSITORY / "policies", tmp_path / "policies"))

    @pytest.fixture
    def with_own(self, check: Testnet, own: Path, monkeypatch: pytest.MonkeyPatch) -> Testnet:
        monkeypatch.setattr(judging, "private_server", private_server)
        monkeypatch.setattr(judging, "find_opa", lambda _: find_opa(TOOLS))

        def run(root: Path, *arguments: str) -> Run:
            return check(root, *arguments, policies=("--policies", str(own)))

        return run

    def test_of_another_directory(self, with_own: Testnet, own: Path, example: Path) -> None:
        shutil.rmtree(own / "images/pinned")
        run = with_own(example, "--format", "json")
        assert run.code == 0
        assert {rule for _, rule in found(run)} == {"network/egress"}

    @pytest.mark.parametrize(
        ("old", "new", "said"),
        [
            (r"judged := .*", "judged := 0", "judged 0 of"),
            (r"judged := .*", "", 'rule "images/pinned"'),
            (r"violations contains \{", "violations contains nonsense if {", "pinned"),
            (
                r"\Z",
                '\nviolations contains {"at": -1, "subject": "x", "message": "m"}\n',
                "violation",
            ),
        ],
    )
    def test_one_that_does_not_do_its_work(  # noqa: PLR0913 - fixtures and cases
        self, with_own: Testnet, own: Path, example: Path, old: str, new: str, said: str
    ) -> None:
        path = own / "images/pinned/rule.rego"
        text, count = re.subn(old, new, path.read_text("utf-8"), count=1)
        assert count
        path.write_text(text, "utf-8")
        run = with_own(example)
        assert run.code in {2, 3}
        said_all = run.err + run.out
        assert said in said_all
        assert PLAIN not in said_all
        assert "this is a bug" not in said_all

    def test_one_that_judges_nothing_is_said_in_one_line(
        self, with_own: Testnet, own: Path, example: Path
    ) -> None:
        path = own / "keys/unique/rule.rego"
        path.write_text(re.sub(r"judged := .*", "judged := 0", path.read_text("utf-8")), "utf-8")
        run = with_own(example)
        assert (run.code, run.out) == (3, "")
        assert "keys/unique" in " ".join(run.err.split())

    def test_no_directory(self, check: Testnet, example: Path, tmp_path: Path) -> None:
        run = check(example, policies=("--policies", str(tmp_path / "none")))
        assert run.code == 2


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[tuple[str, str]]:
    """The address and token of an OPA that knows no policies."""
    other = Bundle(modules={"o.rego": "package other\n\nx := 1\n"}, settings={}, digest="")
    with private_server(find_opa(TOOLS), other) as started:
        started.connect().delete_policy("policies/version.rego")
        token = started.connect().headers["Authorization"].split()[1]
        yield started.connect().root_url.removesuffix("/v1"), token


class TestOpa:
    def test_one_that_runs_elsewhere(
        self,
        check: Testnet,
        example: Path,
        elsewhere: tuple[str, str],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        url, token = elsewhere
        monkeypatch.setenv("OPA_TOKEN", token)
        for _ in range(2):
            run = check(example, "--opa", url)
            assert (run.code, "warning[images/pinned]" in run.out) == (0, True)

    def test_that_refuses(self, check: Testnet, example: Path, elsewhere: tuple[str, str]) -> None:
        run = check(example, "--opa", elsewhere[0])
        assert (run.code, "nauthorized" in run.err) == (3, True)

    @pytest.mark.parametrize(("url", "code"), [("http://127.0.0.1:9", 3), ("nonsense", 2)])
    def test_that_is_not_there(self, check: Testnet, example: Path, url: str, code: int) -> None:
        run = check(example, "--opa", url)
        assert (run.code, run.out) == (code, "")
        assert url in run.err

    def test_one_of_our_own_that_dies(
        self, check: Testnet, example: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(judging, "private_server", private_server)
        monkeypatch.setattr(judging, "find_opa", lambda _: find_opa(TOOLS))
        started: list[Child] = []
        start, ask = process.start, Server.ask

        @contextmanager
        def starting(*arguments: Any, **options: Any) -> Iterator[Child]:
            with start(*arguments, **options) as child:
                started.append(child)
                yield child

        def killed(server: Server, facts: Mapping[str, Any]) -> Mapping[str, Any]:
            started[-1].kill()
            started[-1].wait()
            return ask(server, facts)

        monkeypatch.setattr("generator.opa.private.start", starting)
        monkeypatch.setattr(Server, "ask", killed)
        run = check(example)
        assert (run.code, run.out) == (3, "")
        assert "error: " in run.err


class TestTools:
    def test_without_kustomize(
        self, check: Testnet, example: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def none(_: Path) -> None:
            message = "kustomize v5.8.x is needed"
            raise ToolError(message)

        monkeypatch.setattr(judging, "resolve_kustomize", none)
        run = check(example)
        assert (run.code, "kustomize v5.8.x is needed" in run.err) == (3, True)

    def test_without_opa(
        self, check: Testnet, example: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setattr(judging, "find_opa", find_opa)
        monkeypatch.setenv("PATH", str(tmp_path))
        run = check(example)
        assert (run.code, "make tools" in run.err) == (3, True)

    def test_an_overlay_that_does_not_build(self, check: Testnet, root: Path) -> None:
        path = root / "overlays/components/daemon/statefulset.yaml"
        path.write_text(path.read_text("utf-8") + "- {op: remove, path: /spec/absent}\n", "utf-8")
        run = check(root)
        assert (run.code, run.out) == (3, "")
        assert re.search(r"clusters/\w+/nets/example/\w", run.err)


@pytest.fixture(scope="module")
def git(tmp_path_factory: pytest.TempPathFactory) -> GitRepository:
    return GitRepository(tmp_path_factory.mktemp("git") / "top")


class TestChangedSince:
    def test_nothing_new(self, check: Testnet, git: GitRepository) -> None:
        run = check(git.root, "--changed-since", "HEAD", "--fail-on", "warning")
        assert run.code == 0
        assert "found before" in run.out

    def test_in_json(self, check: Testnet, git: GitRepository) -> None:
        run = check(git.root, "--changed-since", "HEAD", "--format", "json")
        report = json.loads(run.out)
        assert REPORT.is_valid(report)
        assert (report["findings"], bool(report["before"])) == ([], True)

    def test_an_empty_word_is_not_none_at_all(self, check: Testnet, git: GitRepository) -> None:
        run = check(git.root, "--changed-since", "")
        assert (run.code, run.out) == (2, "")
        assert run.err.startswith("error: --changed-since is given no revision")

    @pytest.mark.parametrize("revision", ["--output=x", "absent", "-1"])
    def test_what_is_no_revision(self, check: Testnet, git: GitRepository, revision: str) -> None:
        run = check(git.root, f"--changed-since={revision}")
        assert (run.code, "revision" in run.err) == (2, True)
        assert not (git.root / "x").exists()
