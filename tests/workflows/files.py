"""The workflow and action files, read as YAML 1.2: `on` is a word."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ryaml

REPOSITORY = Path(__file__).resolve().parents[2]
GITHUB = REPOSITORY / ".github"
WORKFLOWS = GITHUB / "workflows"
ACTIONS = GITHUB / "actions"

Node = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class File:
    """A file by name, as text and as what it says."""

    name: str
    text: str
    content: Node

    @property
    def is_workflow(self) -> bool:
        """Whether it is a workflow, and not an action."""
        return "jobs" in self.content

    @property
    def events(self) -> Node:
        """The events that start it, with what they are narrowed to."""
        events = self.content.get("on", {})
        if isinstance(events, str):
            return {events: None}
        return events if isinstance(events, dict) else dict.fromkeys(events)

    @property
    def jobs(self) -> Mapping[str, Node]:
        """The jobs of a workflow; none of an action."""
        jobs: Mapping[str, Node] = self.content.get("jobs", {})
        return jobs

    def steps(self) -> Iterator[Node]:
        """Yield the steps of all jobs, or those of an action."""
        for job in self.jobs.values():
            yield from job.get("steps", ())
        yield from self.content.get("runs", {}).get("steps", ())

    def runs(self) -> Iterator[str]:
        """Yield the commands of all steps."""
        yield from (step["run"] for step in self.steps() if "run" in step)


def read(name: str, text: str) -> File:
    """Return a file of a text."""
    return File(name, text, ryaml.loads(text))


def all_files(root: Path = GITHUB) -> list[File]:
    """Return all workflows and actions below a `.github`."""
    paths = sorted([*root.glob("workflows/*.yml"), *root.glob("actions/*/action.yml")])
    return [read(path.relative_to(root).as_posix(), path.read_text("utf-8")) for path in paths]
