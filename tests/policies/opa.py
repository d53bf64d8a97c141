"""OPA as its command line is, and the policies of the repository."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from generator.policies import Policies, read_policies
from tests.synthetic import REPOSITORY

DIRECTORY = REPOSITORY / "policies"
SCHEMAS = DIRECTORY / "schemas"
RULE = "rule.rego"
TEST = "rule_test.rego"
REPORT = "data.testnet.main.report"


@cache
def binary() -> str:
    """Return the path of OPA, which is built once per machine."""
    build = [str(REPOSITORY / "tools/build.sh"), "opa"]
    return subprocess.run(build, capture_output=True, check=True, text=True).stdout.strip()


def opa(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run OPA in the repository, whatever it answers."""
    command = [binary(), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, check=False, text=True, cwd=REPOSITORY)


def loaded(directory: Path, facts: Path) -> list[str | Path]:
    """Return the options that load policies and facts.

    Not as a bundle: one without a manifest takes out all other data when it is activated.
    """
    modules = [
        path for path in sorted(directory.rglob("*.rego")) if not path.name.endswith("_test.rego")
    ]
    settings = directory / "settings/data.yaml"
    files: list[str | Path] = [*modules, facts]
    if settings.is_file():
        files.append(f"settings:{settings}")
    return [option for file in files for option in ("--data", file)]


def answer(query: str, facts: Path, more: Sequence[Path] = ()) -> Any:
    """Evaluate a query over the policies and `more`; return its value, or None without one."""
    files = [*loaded(DIRECTORY, facts), *(option for file in more for option in ("--data", file))]
    done = opa("eval", "--format=json", "--strict-builtin-errors", *files, query)
    assert not done.returncode, done.stdout + done.stderr
    result = json.loads(done.stdout).get("result")
    return result[0]["expressions"][0]["value"] if result else None


def written(directory: Path, facts: Mapping[str, object], name: str = "facts.json") -> Path:
    """Write facts as data of OPA, and return the file."""
    path = directory / name
    path.write_text(json.dumps({"facts": facts}), "utf-8")
    return path


@cache
def policies() -> Policies:
    """Return the policies of the repository."""
    return read_policies(REPOSITORY)


def rule_directories() -> list[str]:
    """Return every `category/name` that there is, finished or not."""
    apart = {"example", "lib", "schemas", "settings"}
    return sorted(
        path.relative_to(DIRECTORY).as_posix()
        for path in DIRECTORY.glob("*/*")
        if path.is_dir() and path.parent.name not in apart
    )


def rule_path(rule: str) -> str:
    """Return the reference of a rule's package."""
    category, _, name = rule.partition("/")
    return f'data.testnet.rules["{category}"]["{name}"]'
