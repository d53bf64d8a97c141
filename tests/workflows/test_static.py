"""What holds of every workflow and action without running it."""

from __future__ import annotations

import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import ryaml
from typer.main import get_command

from generator.main import make_app
from tests.workflows.expressions import fill
from tests.workflows.files import ACTIONS, GITHUB, REPOSITORY, WORKFLOWS, File, all_files, read
from tests.workflows.rules import RULES, Rule

FILES = {file.name: file for file in all_files()}
BAD: list[dict[str, str]] = ryaml.loads(Path(__file__).with_name("bad.yaml").read_text("utf-8"))
WANTED = {"validate", "comment", "merge", "publish", "reconcile", "audit", "ci", "release"}


@pytest.mark.parametrize("file", FILES.values(), ids=lambda file: file.name)
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_holds_of_every_file(rule: Rule, file: File) -> None:
    assert list(rule(file)) == []


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: f"{bad['rule']}-{bad['says']}")
def test_rules_find_what_breaks_them(bad: dict[str, str]) -> None:
    (rule,) = [rule for rule in RULES if rule.__name__ == bad["rule"]]
    good = FILES[bad["file"]]
    assert bad["old"] in good.text
    broken = read(good.name, good.text.replace(bad["old"], bad["new"], 1))
    assert [text for text in rule(broken) if bad["says"] in text]


def test_every_rule_is_shown_to_find_something() -> None:
    assert {bad["rule"] for bad in BAD} == {rule.__name__ for rule in RULES}


def test_the_workflows_that_must_be_there() -> None:
    assert {path.stem for path in WORKFLOWS.glob("*.yml")} == WANTED


def test_an_action_is_the_same_everywhere() -> None:
    used = {
        (name, commit, version)
        for file in FILES.values()
        for name, commit, version in re.findall(r"uses: (\S+)@(\S+) # (v\S+)", file.text)
    }
    assert len(used) == len({name for name, _, _ in used})


def test_the_documented_workflow_is_ours() -> None:
    page = (REPOSITORY / "docs/pull-requests.md").read_text("utf-8")
    (text,) = re.findall(r"^```yaml\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    text = re.sub(r"o1-labs/testnet-gitops/(\S+)@COMMIT", r"./\1", text)
    ours = FILES["workflows/validate.yml"].content
    jobs = {
        name: {key: value for key, value in job.items() if key != "name"}
        for name, job in ours["jobs"].items()
    }
    assert read("documented", text).content == {**ours, "jobs": jobs}


@cache
def _commands() -> Any:
    return get_command(make_app())


@pytest.mark.parametrize(
    "line",
    sorted(
        {s["run"] for f in FILES.values() for s in f.steps() if s.get("run", "")[:8] == "testnet "}
    ),
)
def test_the_program_has_every_option_that_a_step_names(line: str) -> None:
    command, words = _commands(), line.split()[1:]
    while hasattr(command, "commands") and words and words[0] in command.commands:
        command = command.commands[words.pop(0)]
    known = {name for option in command.params for name in option.opts}
    used = {word for word in words if word.startswith("--")}
    assert used <= known
    positional = [word for word in words if not word.startswith(("--", '"$', ">")) and "/" in word]
    assert not hasattr(command, "commands"), f"no command: {line}"
    assert all(words[words.index(word) - 1].startswith("--") for word in positional)


def _actionlint(*arguments: str) -> subprocess.CompletedProcess[str]:
    program = subprocess.run(
        [REPOSITORY / "tools/build.sh", "actionlint"], capture_output=True, text=True, check=True
    ).stdout.strip()
    return subprocess.run(
        [program, "-shellcheck=", "-pyflakes=", "-no-color", *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=REPOSITORY,
    )


def _as_workflow(action: File) -> str:
    """Return the steps of an action as those of a workflow that takes the same: for actionlint."""
    inputs = {
        name: {"type": "string", "description": entry["description"]}
        for name, entry in action.content.get("inputs", {}).items()
    }
    steps = [
        {key: value for key, value in step.items() if key != "shell"} for step in action.steps()
    ]
    job = {"runs-on": "ubuntu-24.04", "steps": steps}
    return ryaml.dumps({"on": {"workflow_call": {"inputs": inputs}}, "jobs": {"steps": job}})


@pytest.mark.parametrize("path", sorted(WORKFLOWS.glob("*.yml")), ids=lambda path: path.stem)
def test_actionlint_finds_nothing_in_workflows(path: Path) -> None:
    run = _actionlint(str(path))
    assert run.returncode == 0, run.stdout


@pytest.mark.parametrize("path", sorted(ACTIONS.glob("*/action.yml")), ids=lambda p: p.parent.name)
def test_actionlint_finds_nothing_in_steps_of_actions(path: Path, tmp_path: Path) -> None:
    action = FILES[path.relative_to(GITHUB).as_posix()]
    copy = tmp_path / "action.yml"
    copy.write_text(_as_workflow(action), "utf-8")
    run = _actionlint(str(copy))
    assert run.returncode == 0, run.stdout
    copy.write_text(_as_workflow(read(action.name, action.text.replace("inputs.", "imputs."))))
    assert _actionlint(str(copy)).returncode == (1 if "inputs." in action.text else 0)


def _zizmor(directory: Path) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name("zizmor")
    words = ["--offline", "--quiet", "--pedantic", "--strict-collection", str(directory)]
    return subprocess.run([program, *words], capture_output=True, text=True, check=False)


def test_zizmor_finds_nothing() -> None:
    run = _zizmor(GITHUB)
    assert run.returncode == 0, run.stdout


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("workflows/validate.yml", "  pull_request:", "  pull_request_target:"),
        ("actions/validate/action.yml", '"$BASE"', '"${{ inputs.base }}"'),
        ("dependabot.yml", "cooldown: {default-days: 7}", ""),
    ],
)
def test_zizmor_looks_at_all_of_them(name: str, old: str, new: str, tmp_path: Path) -> None:
    target = tmp_path / ".github" / name
    target.parent.mkdir(parents=True)
    text = (GITHUB / name).read_text("utf-8")
    assert old in text
    target.write_text(text.replace(old, new), "utf-8")
    assert _zizmor(tmp_path).returncode != 0


def test_a_run_with_nothing_to_do_takes_nobodys_place() -> None:
    """GitHub lets one run of a group wait, and cancels it for the next."""
    text = FILES["workflows/reconcile.yml"].content["concurrency"]["group"]

    def group(event: str, context: str, run: int) -> str:
        github = {
            "workflow": "reconcile",
            "event_name": event,
            "event": {"context": context},
            "run_id": run,
        }
        starts = {"startsWith": lambda whole, start: (whole or "").startswith(start)}
        return str(fill(text, {"github": github}, starts))

    flux = group("status", "flux/west/one-seeds-1", 1)
    assert flux == group("status", "flux/west/two-seeds-1", 2)
    # Only the schedule proposes removals; of others' statuses, nothing follows.
    others = {flux, group("schedule", "", 3), group("status", "ci", 4), group("status", "ci", 5)}
    assert len(others) == 4
