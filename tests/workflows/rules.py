"""What holds of every workflow and action: each rule yields what is wrong with a file."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator
from typing import Any

from tests.workflows.files import File, Node

PINNED = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}")
UNVERSIONED = re.compile(
    r"uses: (?P<name>[\w-][\w.-]*+/\S++)(?! # v\d+\.\d+\.\d+$)(?=\s)", re.MULTILINE
)
OURS = ("testnet", "make", "test", ".ci/run", "$GITHUB_ACTION_PATH/../../../.ci/setup")
BARE = re.compile(r"\$\{?\w+")
# What strangers decide, wherever it stands in an event.
STRANGE = re.compile(
    r"github\.(event\.(?!pull_request\.(number|head\.sha|base\.sha)\b"
    r"|merge_group\.base_sha\b|workflow_run\.(id|head_sha|event|conclusion)\b|context\b)"
    r"|head_ref|actor|triggering_actor)"
)
# Events whose runs have no secrets: whoever opens a pull request decides what they run.
UNTRUSTED = {"pull_request", "merge_group"}
# The types of pull_request that start a run where none are named.
USUAL = {"opened", "synchronize", "reopened"}
NEVER = {"pull_request_target", "issue_comment", "issues", "discussion", "fork", "watch"}

Rule = Callable[[File], Iterator[str]]


def pinned(file: File) -> Iterator[str]:
    """Actions of others are named by commit, with the version beside it."""
    for name in UNVERSIONED.findall(file.text):
        yield f"{name} has no version in a comment"
    for step in [*file.steps(), *file.jobs.values()]:
        name = step.get("uses", "./")
        if name.startswith("./"):
            continue
        if not PINNED.fullmatch(name):
            yield f"{name} is not pinned by a commit"


def one_command(file: File) -> Iterator[str]:
    """A step runs one command of ours, with nothing of an event in it."""
    for step in file.steps():
        if "run" not in step:
            continue
        line = step["run"]
        words = _words(line)
        if "${{" in line:
            yield f"an expression in a script: {line}"
        elif "\n" in line.strip() or _operators(words):
            yield f"more than one command: {line}"
        elif words[0] not in OURS:
            yield f"a command that is not ours: {line}"
        if BARE.search(re.sub(r'"[^"]*"', "", line)):
            yield f"a variable outside of quotes: {line}"
        known = {"GITHUB_ACTION_PATH", *step.get("env", {})}
        unknown = [name for name in re.findall(r"\$(\w+)", line) if name not in known]
        if unknown:
            yield f"variables that no env sets: {', '.join(unknown)}"


def _words(line: str) -> list[str]:
    lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    return list(lexer)


def _operators(words: list[str]) -> bool:
    """Whether there is more than a command, and at the end a file for what it prints."""
    punctuation = [word for word in words if set(word) <= set("();<>|&")]
    return punctuation != [] and (punctuation != [">"] or words[-2] != ">")


def permissions(file: File) -> Iterator[str]:
    """Nothing is allowed but what a job asks for, each with its reason."""
    if not file.is_workflow:
        return
    if file.content.get("permissions") != {}:
        yield "`permissions: {}` is not at the top"
    for name, job in file.jobs.items():
        granted = job.get("permissions", {})
        if not isinstance(granted, dict):
            yield f"{name} asks for everything"
            continue
        for scope, level in granted.items():
            line = re.search(rf"^ +{scope}: {level}(.*)$", file.text, re.MULTILINE)
            if not line or not line[1].startswith(" # "):
                yield f"{name} does not say why it needs {scope}: {level}"


def limited(file: File) -> Iterator[str]:
    """Every job ends, on a system that is named, and runs of a workflow do not pile up."""
    if not file.is_workflow:
        return
    concurrency = file.content.get("concurrency", {})
    if "group" not in concurrency or "cancel-in-progress" not in concurrency:
        yield "`concurrency` does not say its group and what becomes of the older run"
    for name, job in file.jobs.items():
        if not isinstance(job.get("timeout-minutes"), int):
            yield f"{name} has no time limit"
        if job.get("runs-on") != "ubuntu-24.04":
            yield f"{name} runs on {job.get('runs-on')}"


def events(file: File) -> Iterator[str]:
    """A required check always starts, and nobody starts a run with rights over another's code."""
    for event in NEVER & set(file.events):
        yield f"{event} lets strangers start it with rights"
    for event in UNTRUSTED & set(file.events):
        narrowed = dict(file.events[event] or {})
        # More types than by default narrow nothing.
        if set(narrowed.get("types", ())) >= USUAL:
            del narrowed["types"]
        if narrowed:
            yield f"{event} is narrowed to {', '.join(narrowed)}"
    if len(UNTRUSTED & set(file.events)) == 1:
        yield "pull_request and merge_group do not come together"


def gate(file: File) -> Iterator[str]:
    """Where checks are required, one job that always runs looks at every other one."""
    if not UNTRUSTED & set(file.events):
        return
    gates = [name for name, job in file.jobs.items() if job.get("if") == "always()"]
    if len(gates) != 1:
        yield f"there are {len(gates)} jobs that always run"
        return
    job = file.jobs[gates[0]]
    others = [name for name in file.jobs if name != gates[0]]
    if job.get("needs") != others:
        yield f"{gates[0]} does not need all of {', '.join(others)}"
    looked = str([step.get("env") for step in job["steps"]])
    for name in others:
        if f"needs.{name}.result" not in looked:
            yield f"{gates[0]} does not look at the result of {name}"


def untrusted(file: File) -> Iterator[str]:
    """What a pull request runs has no secret, no right to write, and no token to look at."""
    if not UNTRUSTED & set(file.events):
        return
    if re.search(r"secrets\.|github\.token|secrets: inherit", file.text):
        yield "a token or secret is in reach of a pull request"
    for name, job in file.jobs.items():
        if "environment" in job:
            yield f"{name} has the secrets of an environment"
        for scope, level in job.get("permissions", {}).items():
            if level != "read":
                yield f"{name} may write {scope}"


def checkout(file: File) -> Iterator[str]:
    """No token is left in the checkout, and a run with rights never checks out another's code."""
    for step in file.steps():
        if not step.get("uses", "").startswith("actions/checkout@"):
            continue
        options: Node = step.get("with", {})
        if options.get("persist-credentials") is not False:
            yield "a checkout keeps its token"
        if "github.event" in str(options.get("ref", "")) + str(options.get("repository", "")):
            yield "a checkout takes what an event names"
        if "allow-unsafe-pr-checkout" in options:
            yield "a checkout of a pull request with rights"


def plain(file: File) -> Iterator[str]:
    """No text of strangers goes into an expression, be it only in `env`."""
    for expression in re.findall(r"\$\{\{.*?\}\}|\bif: .*", file.text):
        if found := STRANGE.search(expression):
            yield f"a text of strangers: {found[0]}"


def described(file: File) -> Iterator[str]:
    """An action says what it is and what it takes, takes all of it in, and runs in bash."""
    if file.is_workflow:
        return
    inputs: dict[str, Any] = file.content.get("inputs", {})
    used = set(re.findall(r"inputs\.([\w-]+)", file.text))
    if not file.content.get("name") or not file.content.get("description"):
        yield "it has no name or description"
    for name, entry in inputs.items():
        if not entry.get("description"):
            yield f"{name} is not described"
        if ("default" in entry) == entry.get("required", False):
            yield f"{name} is neither required nor has a default, or both"
    if set(inputs) != used:
        yield f"inputs differ from those in use: {', '.join(set(inputs) ^ used)}"
    if any("run" in step and step.get("shell") != "bash" for step in file.steps()):
        yield "a step does not run in bash"


RULES: tuple[Rule, ...] = (
    pinned,
    one_command,
    permissions,
    limited,
    events,
    gate,
    untrusted,
    checkout,
    plain,
    described,
)
