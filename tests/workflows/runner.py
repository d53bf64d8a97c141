"""Plays a workflow: its jobs in order, each in an empty directory, with what GitHub would give it.

It knows what our files use; any other key or action is an error, so that nothing is passed over.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from tests.workflows.expressions import Functions, as_text, fill, holds
from tests.workflows.files import File, Node, read

STEP = {"id", "name", "if", "uses", "with", "run", "shell", "env", "continue-on-error"}
JOB = {"name", "if", "needs", "runs-on", "timeout-minutes", "permissions", "steps", "environment"}
JOB |= {"concurrency"}
# Commands that a runner takes out of what a step prints.
_COMMAND = re.compile(r"::(?P<name>[\w-]+)(?: (?P<properties>.*?))?::(?P<text>.*)", re.DOTALL)
_OLD_COMMAND = re.compile(
    r"##\[(?P<name>[\w-]+)(?: (?P<properties>[^\]]*))?\](?P<text>.*)", re.DOTALL
)
_NAMES = {"error", "warning", "notice", "debug", "add-mask", "set-output", "save-state", "group"}
_NAMES |= {
    "endgroup",
    "echo",
    "stop-commands",
    "add-matcher",
    "remove-matcher",
    "set-env",
    "add-path",
}
# What a step has of the machine's own environment.
_KEPT = ("PATH", "LANG", "LC_ALL", "TMPDIR")
_SECONDS = 900  # far more than any step takes, on the busiest machine


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What starts a run: the event, and the commit and ref whose files it plays."""

    name: str
    sha: str
    ref: str
    payload: Node = field(default_factory=dict)
    fork: bool = False


@dataclass(frozen=True, slots=True)
class Command:
    """A command that a step gave to the runner, such as an annotation."""

    name: str
    properties: Mapping[str, str]
    text: str


@dataclass(slots=True)
class Step:
    """A step that was played: what it got, what it printed, how it ended."""

    what: str
    env: Mapping[str, str] = field(default_factory=dict)
    log: str = ""
    outcome: str = "success"

    @property
    def commands(self) -> list[Command]:
        """Return the commands in its log, as a runner reads them."""
        return [c for line in re.split(r"\r\n|\r|\n", self.log) for c in _commands(line)]


@dataclass(slots=True)
class Job:
    """A job that was played."""

    name: str
    steps: list[Step] = field(default_factory=list)
    result: str = "success"
    summary: str = ""

    def step(self, words: str) -> Step:
        """Return the step whose command has some words."""
        (step,) = [step for step in self.steps if words in step.what]
        return step


@dataclass(slots=True)
class Run:
    """A run of a workflow."""

    id: int
    workflow: str
    event: Event
    jobs: dict[str, Job] = field(default_factory=dict)

    @property
    def conclusion(self) -> str:
        """How it ended."""
        results = {job.result for job in self.jobs.values()}
        return "failure" if "failure" in results else "success"

    @property
    def log(self) -> str:
        """Everything that its steps printed."""
        return "".join(step.log for job in self.jobs.values() for step in job.steps)

    @property
    def annotations(self) -> list[Command]:
        """What it annotated."""
        found = (c for job in self.jobs.values() for step in job.steps for c in step.commands)
        return [command for command in found if command.name in {"error", "warning", "notice"}]


class Host(Protocol):
    """What stands behind a run: repositories, tokens, secrets, what is kept between runs."""

    repository: str
    variables: Mapping[str, str]

    @property
    def urls(self) -> Mapping[str, str]:
        """Where GitHub is, as variables of the environment."""
        ...

    @property
    def artifacts(self) -> Path:
        """What runs keep, by their id."""
        ...

    @property
    def programs(self) -> Path:
        """Programs that stand before those of the machine."""
        ...

    def clone(self, repository: str, ref: str, target: Path, depth: int) -> None:
        """Check a ref out with so many commits, 0 for all; CalledProcessError without one."""
        ...

    def token(self, permissions: Mapping[str, str], event: Event) -> str:
        """Return the token of a job."""
        ...

    def app_token(self, key: str, permissions: Mapping[str, str]) -> str:
        """Return the token of the App whose key it is."""
        ...

    def secrets(self, job: Node, event: Event) -> Mapping[str, str]:
        """Return the secrets that a job may see."""
        ...


def play(file: File, event: Event, host: Host, number: int, directory: Path) -> Run:
    """Play a workflow for an event, below an empty directory, and return what happened."""
    run = Run(number, file.content["name"], event)
    for name, job in file.jobs.items():
        _known(job, JOB)
        needs = {need: {"result": run.jobs[need].result} for need in _listed(job.get("needs"))}
        player = _Player(run, host, job, needs, directory / name)
        run.jobs[name] = player.play(job.get("name", name))
    return run


class _Player:
    """Plays one job."""

    def __init__(self, run: Run, host: Host, job: Node, needs: Node, directory: Path) -> None:
        self._run, self._host, self._job, self._directory = run, host, job, directory
        self._workspace, self._temp = directory / "work", directory / "temp"
        self._path: list[str] = [str(host.programs)]
        self._done = Job("")
        event = run.event
        self._context: dict[str, Any] = {
            "github": {
                "event": event.payload,
                "event_name": event.name,
                "sha": event.sha,
                "ref": event.ref,
                "repository": host.repository,
                "server_url": host.urls["GITHUB_SERVER_URL"],
                "token": host.token(job.get("permissions", {}), event),
                "workflow": run.workflow,
            },
            "needs": needs,
            "vars": host.variables,
            "secrets": host.secrets(job, event),
            "runner": {"temp": str(self._temp), "os": "Linux", "arch": "X64"},
            "inputs": {},
            "steps": {},
        }

    def play(self, name: str) -> Job:
        """Play the steps, unless the job is not to run."""
        self._done.name = name
        needed = [need["result"] == "success" for need in self._context["needs"].values()]
        functions = _functions(good=all(needed))
        if not holds(self._job.get("if", "success()"), self._context, functions):
            self._done.result = "skipped"
            return self._done
        for place in (self._workspace, self._temp, self._directory / "home"):
            place.mkdir(parents=True)
        good = self._steps(self._job["steps"], self._context)
        self._done.result = "success" if good else "failure"
        summary = self._directory / "summary"
        self._done.summary = summary.read_text("utf-8") if summary.exists() else ""
        return self._done

    def _steps(self, steps: list[Node], context: dict[str, Any]) -> bool:
        """Play some steps in a context of their own; tell whether all went well."""
        context["steps"] = {}
        good = True
        for step in steps:
            _known(step, STEP)
            functions = _functions(good=good)
            if not holds(step.get("if", "success()"), context, functions):
                continue
            outputs: dict[str, str] = {}
            fine = self._step(step, context, functions, outputs)
            context["steps"][step.get("id", "")] = {"outputs": outputs}
            good = good and (fine or step.get("continue-on-error", False))
        return good

    def _step(
        self, step: Node, context: dict[str, Any], functions: Functions, outputs: dict[str, str]
    ) -> bool:
        if "run" in step:
            env = {k: as_text(fill(v, context, functions)) for k, v in step.get("env", {}).items()}
            return self._command(step["run"], env, context, outputs)
        name, options = step["uses"], fill(step.get("with", {}), context, functions)
        if name.startswith("./"):
            return self._action(self._workspace / name, options, context)
        known = {
            "actions/checkout": self._checkout,
            "actions/upload-artifact": self._upload,
            "actions/download-artifact": self._download,
            "actions/create-github-app-token": self._app,
            "actions/setup-python": _nothing,
            "actions/cache": _nothing,
        }
        done = Step(name.partition("@")[0])
        self._done.steps.append(done)
        try:
            known[done.what](options, outputs)
        except (OSError, subprocess.CalledProcessError) as error:
            done.log, done.outcome = f"{error}\n", "failure"
        return done.outcome == "success"

    def _action(self, place: Path, options: Node, context: dict[str, Any]) -> bool:
        """Play a composite action of the workspace."""
        try:
            action = read(place.name, (place / "action.yml").read_text("utf-8"))
        except OSError as error:  # a pull request may take it away
            self._done.steps.append(Step(str(place.name), log=f"{error}\n", outcome="failure"))
            return False
        entries: dict[str, Node] = action.content.get("inputs", {})
        unknown = set(options) - set(entries)
        missing = {name for name, entry in entries.items() if entry.get("required")} - set(options)
        if unknown or missing:
            raise AssertionError(f"{place.name}: {unknown} are no inputs, {missing} are missing")
        github = {**context["github"], "action_path": str(place.resolve())}
        inner = {**context, "github": github, "secrets": {}, "needs": {}}
        # An input that is given as nothing is nothing: a default stands for one that is not given.
        inner["inputs"] = {
            name: as_text(
                options[name] if name in options else fill(entry.get("default"), inner, {})
            )
            for name, entry in entries.items()
        }
        return self._steps(action.content["runs"]["steps"], inner)

    def _command(
        self, line: str, env: Mapping[str, str], context: Node, outputs: dict[str, str]
    ) -> bool:
        """Run a command as a runner does; its environment holds nothing but what is named here."""
        files = {name: self._temp / f"_{name.lower()}" for name in ("OUTPUT", "PATH", "ENV")}
        files["STEP_SUMMARY"] = self._directory / "summary"
        for path in files.values():
            path.touch()
        event = self._run.event
        whole = {
            **{name: os.environ[name] for name in _KEPT if name in os.environ},
            **self._host.urls,
            **{f"GITHUB_{name}": str(path) for name, path in files.items()},
            "CI": "true",
            "HOME": str(self._directory / "home"),
            "GITHUB_ACTIONS": "true",
            "GITHUB_ACTION_PATH": context["github"].get("action_path", ""),
            "GITHUB_EVENT_NAME": event.name,
            "GITHUB_REF": event.ref,
            "GITHUB_REPOSITORY": self._host.repository,
            "GITHUB_RUN_ID": str(self._run.id),
            "GITHUB_SHA": event.sha,
            "GITHUB_WORKSPACE": str(self._workspace),
            "RUNNER_TEMP": str(self._temp),
            **env,
        }
        whole["PATH"] = os.pathsep.join([*self._path, whole["PATH"]])
        done = Step(line, whole)
        self._done.steps.append(done)
        ended = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", line],
            cwd=self._workspace,
            env=whole,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=_SECONDS,
            check=False,
        )
        done.log = ended.stdout.decode(errors="replace")
        done.outcome = "failure" if ended.returncode else "success"
        outputs |= dict(line.split("=", 1) for line in _taken(files["OUTPUT"]))
        self._path[:0] = reversed(list(_taken(files["PATH"])))
        return not ended.returncode

    def _checkout(self, options: Node, _: dict[str, str]) -> None:
        repository = options.get("repository", self._host.repository)
        own = repository == self._host.repository
        ref = options.get("ref") or (self._run.event.sha if own else "HEAD")
        depth = options.get("fetch-depth", 1)
        self._host.clone(repository, ref, self._workspace / options.get("path", "."), depth)

    def _upload(self, options: Node, _: dict[str, str]) -> None:
        source = Path(options["path"])
        if not source.is_dir():
            return
        target = self._host.artifacts / str(self._run.id) / options["name"]
        shutil.copytree(source, target, ignore_dangling_symlinks=True)

    def _download(self, options: Node, _: dict[str, str]) -> None:
        source = self._host.artifacts / str(options["run-id"]) / options["name"]
        shutil.copytree(source, options["path"])

    def _app(self, options: Node, outputs: dict[str, str]) -> None:
        if not options["app-id"]:
            raise OSError("no App")
        wanted = {
            name.removeprefix("permission-"): level
            for name, level in options.items()
            if name.startswith("permission-")
        }
        outputs["token"] = self._host.app_token(options["private-key"] or "", wanted)


def _nothing(options: Node, outputs: dict[str, str]) -> None:
    """Do what makes no difference here."""


def _functions(*, good: bool) -> Functions:
    return {
        "always": lambda: True,
        "cancelled": lambda: False,
        "failure": lambda: not good,
        "startsWith": lambda text, start: str(text or "").lower().startswith(start.lower()),
        "success": lambda: good,
    }


def _known(entry: Node, keys: set[str]) -> None:
    if unknown := set(entry) - keys:
        raise NotImplementedError(f"nothing here plays {', '.join(sorted(unknown))}")


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value or ())


def _taken(path: Path) -> Iterator[str]:
    """Yield the lines that a step wrote for its runner, and take them away."""
    lines = path.read_text("utf-8", "replace").splitlines()
    path.write_text("", "utf-8")
    yield from (line for line in lines if line)


def _commands(line: str) -> Iterator[Command]:
    """Yield the command of a line, if it has one, by either of the ways of writing it."""
    found = _COMMAND.match(line.lstrip()) or _OLD_COMMAND.search(line)
    if not found or found["name"] not in _NAMES:
        return
    pairs = (pair.partition("=") for pair in (found["properties"] or "").split(","))
    yield Command(
        found["name"], {name: _plain(value) for name, _, value in pairs}, _plain(found["text"])
    )


def _plain(text: str) -> str:
    for code, sign in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        text = text.replace(code, sign)
    return text
