"""A GitHub on this machine: a bare repository with its pull requests, events, tokens and runs."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from tests.github.fake import serve
from tests.repository import FLEET, pools
from tests.workflows.commits import Files, git, write_commit
from tests.workflows.desk import ACTIONS, BOT, NAME, Desk
from tests.workflows.files import REPOSITORY, File, Node, read
from tests.workflows.runner import Event, Run, play

TREE = "environments"
FLUX = "testnet-flux[bot]"
KEY = "-----BEGIN KEY----- that of the App"
# Runs for an hour of what is tested elsewhere, and makes releases.
NOT_PLAYED = {"ci", "release"}
KEPT = (".ci", ".github", ".gitignore", "Makefile", "generator", "overlays", "policies", "tools")
FLEET_TEXT = (
    FLEET.replace("https://example.org/environments", f"https://github.com/{NAME}").replace(
        "secret: github-app}", f'secret: github-app, flux_identity: "{FLUX}"}}'
    )
    + 'merging: {automatic: {daemons: 20, budget_month: "2000"}}\n'
)
BIRTH = "2026-01-01T12:00:00Z"

MAKE = """\
#!/usr/bin/env bash
# Stands for `make -C ROOT tools`: what that would install is here already.
set -euo pipefail
test "$1 $3" = "-C tools"
mkdir -p "$2/.venv/bin" "$2/build/tools"
ln -sf {repository}/build/tools/* "$2/build/tools/"
cat >"$2/.venv/bin/testnet" <<END
#!/bin/sh
PYTHONPATH=$2 PYTHONSAFEPATH=1 exec {python} -m generator "\\$@"
END
chmod +x "$2/.venv/bin/testnet"
"""


@dataclass
class World:
    """Everything behind the runs: what `runner.Host` asks for, and the events that start them."""

    directory: Path
    desk: Desk
    tell: Callable[[str], None] = lambda _: None
    runs: list[Run] = field(default_factory=list)
    repository: str = NAME
    variables: Mapping[str, str] = field(default_factory=lambda: {"TESTNET_APP_ID": "4242"})

    @property
    def remote(self) -> Path:
        """The bare repository, with main, the published tree and the pull requests."""
        return self.directory / "remotes" / NAME

    @property
    def artifacts(self) -> Path:
        """What runs keep."""
        return self.directory / "artifacts"

    @property
    def programs(self) -> Path:
        """Programs that stand before those of the machine."""
        return self.directory / "programs"

    @property
    def urls(self) -> Mapping[str, str]:
        """Where GitHub is."""
        return {
            "GITHUB_SERVER_URL": (self.directory / "remotes").as_uri(),
            "GITHUB_API_URL": self.desk.url,
            "GITHUB_GRAPHQL_URL": f"{self.desk.url}/graphql",
        }

    def git(self, *words: str, data: bytes = b"") -> str:
        """Run git on the bare repository."""
        return git("-C", str(self.remote), *words, data=data)

    # What a runner asks for.

    def clone(self, repository: str, ref: str, target: Path, depth: int) -> None:
        """Check out as actions/checkout does, without the token."""
        url = f"{self.urls['GITHUB_SERVER_URL']}/{repository}"
        git("init", "--quiet", str(target))
        git("-C", str(target), "remote", "add", "origin", url)
        refs = [ref] if len(ref) == 40 else [f"+refs/heads/{ref}:refs/remotes/origin/{ref}"]
        refs += [] if depth else ["+refs/heads/*:refs/remotes/origin/*"]
        limit = [f"--depth={depth}"] if depth else []
        git("-C", str(target), "fetch", "--quiet", "--no-tags", *limit, "origin", *refs)
        what = ref if len(ref) == 40 else f"origin/{ref}"
        git("-C", str(target), "checkout", "--quiet", "--force", "--detach", what)

    def token(self, permissions: Mapping[str, str], event: Event) -> str:
        """Return a new token of a run; for the pull request of a fork it may only read."""
        return self.desk.grant("ghs_run", ACTIONS, {} if event.fork else permissions)

    def app_token(self, key: str, permissions: Mapping[str, str]) -> str:
        """Return a new token of the App."""
        if key != KEY:
            raise OSError("that is not the App's key")
        return self.desk.grant("ghs_app", BOT, permissions)

    def secrets(self, job: Node, event: Event) -> Mapping[str, str]:
        """Return the secrets of the environment `testnets`, which only main may use."""
        may = job.get("environment") == "testnets" and event.ref == "refs/heads/main"
        return {"TESTNET_APP_KEY": KEY} if may else {}

    # What people do.

    def __post_init__(self) -> None:
        self.told = self.main

    def commit(self, branch: str, files: Files, message: str = "Change nets") -> str:
        """Commit files to a branch, which begins at main; None removes one."""
        return write_commit(self.remote, branch, files, message)

    def open(self, branch: str, files: Files, *, title: str = "", **fields: Any) -> int:
        """Open a pull request with some files, and play what that starts."""
        head = self.commit(branch, files, title or "Change nets")
        title = title or f"Change of {branch}"
        number = self.desk.open_pull(branch, title=title, head=head, **fields)
        self.tell(f"#{number} is opened: {branch}")
        self._pull_request(number, "opened")
        return number

    def push(self, number: int, files: Files) -> None:
        """Push files to the branch of a pull request, and play what that starts."""
        self.desk.push(number, self.commit(self.desk.pulls[number].branch, files))
        self.tell(f"#{number} is pushed to")
        self._pull_request(number, "synchronize")

    def merge(self, number: int) -> None:
        """Merge a pull request as a person does, and play what that starts."""
        self.tell(f"#{number} is merged by a person")
        self.desk.merge(number)
        self._pushed()

    def queue(self, number: int) -> Run:
        """Play the check of a merge queue for a pull request, and return it."""
        pull, base = self.desk.pulls[number], self.main
        group = self._merged(base, pull.head)
        ref = f"refs/heads/gh-readonly-queue/main/pr-{number}-{base}"
        self.git("update-ref", ref, group)
        payload = {"merge_group": {"base_sha": base, "head_sha": group, "base_ref": "main"}}
        (run,) = self.fire(Event(name="merge_group", sha=group, ref=ref, payload=payload))
        return run

    def schedule(self, workflow: str) -> Run:
        """Play a workflow whose time has come, and return its run."""
        event = Event(name="schedule", sha=self.main, ref="refs/heads/main")
        (run,) = self.fire(event, only=workflow)
        return run

    def status(self, commit: str, context: str, **fields: Any) -> list[Run]:
        """Post a commit status as Flux does, and play what that starts."""
        self.desk.status(commit, context, creator={"login": FLUX}, **fields)
        payload = {"sha": commit, "context": context, "state": fields.get("state", "success")}
        event = Event(name="status", sha=self.main, ref="refs/heads/main", payload=payload)
        return self.fire(event)

    def publish_long_ago(self, files: Files) -> None:
        """Have files on main that were published by hand when the repository began."""
        self.told = self.commit("main", files)
        desk = self.directory / "desk"
        git("clone", "--quiet", str(self.remote), str(desk))
        by_hand("publish", "--environments", str(self.remote), "--now", BIRTH, root=desk)
        shutil.rmtree(desk)

    # What follows from it.

    @property
    def main(self) -> str:
        """The head of main."""
        return self.git("rev-parse", "main").strip()

    def _pull_request(self, number: int, action: str) -> None:
        pull = self.desk.pulls[number]
        merged = self._merged(self.main, pull.head)
        ref = f"refs/pull/{number}/merge"
        self.git("update-ref", ref, merged)
        payload = {
            "action": action,
            "number": number,
            "pull_request": {
                "number": number,
                "title": pull.title,
                "head": {"sha": pull.head, "ref": pull.branch},
                "base": {"sha": self.main, "ref": "main"},
            },
        }
        event = Event(name="pull_request", sha=merged, ref=ref, payload=payload, fork=pull.fork)
        self.fire(event, head=pull.head)

    def _merged(self, base: str, head: str) -> str:
        tree = self.git("merge-tree", "--write-tree", base, head).split()[0]
        return self.git("commit-tree", tree, "-p", base, "-p", head, "-m", "Merge").strip()

    def fire(self, event: Event, *, head: str = "", only: str = "") -> list[Run]:
        """Play every workflow that an event starts, then what the runs start themselves."""
        runs = []
        for file in list(self._workflows(event)):
            if only in {"", file.content["name"]} and _starts(file, event):
                known = set(self.desk.pulls)
                runs.append(self._play(file, event, head or event.sha))
                self._pushed()
                for number in sorted(set(self.desk.pulls) - known):
                    self.tell(f"#{number} is opened by {self.desk.pulls[number].author}")
                    self._pull_request(number, "opened")
        return runs

    def _play(self, file: File, event: Event, head: str) -> Run:
        number = len(self.runs) + 1
        run = play(file, event, self, number, self.directory / "runs" / str(number))
        self.runs.append(run)
        self.tell(f"  {run.workflow} on {event.name}: {run.conclusion}")
        if event.name in {"pull_request", "merge_group"}:
            for job in run.jobs.values():
                self.desk.check(conclusion=job.result, head_sha=head, name=job.name)
        if event.name != "workflow_run":
            told = {"id": number, "event": event.name, "head_sha": head, "name": run.workflow}
            payload = {"workflow_run": {**told, "conclusion": run.conclusion}}
            after = Event(
                name="workflow_run", sha=self.main, ref="refs/heads/main", payload=payload
            )
            self.fire(after)
        return run

    def _pushed(self) -> None:
        """Play what a push to main starts, once for each."""
        if self.main != self.told:
            self.told = self.main
            self.fire(Event(name="push", sha=self.main, ref="refs/heads/main"))

    def _workflows(self, event: Event) -> Iterator[File]:
        """Yield the workflows of the commit of an event; one that cannot be read starts nothing."""
        listed = self.git("ls-tree", "--name-only", event.sha, ".github/workflows/")
        for path in listed.splitlines():
            name = Path(path).stem
            if name in NOT_PLAYED or not path.endswith(".yml"):
                continue
            yield read(name, self.git("show", f"{event.sha}:{path}"))

    def last(self, workflow: str) -> Run:
        """Return the newest run of a workflow."""
        return next(run for run in reversed(self.runs) if run.workflow == workflow)

    def bodies(self, number: int) -> list[str]:
        """Return the comments on a pull request."""
        return self.desk.bodies(number)

    def published(self, path: str = "") -> list[str]:
        """Return the paths of the published tree below a path."""
        return self.git("ls-tree", "-r", "--name-only", TREE, path).splitlines()


def _starts(file: File, event: Event) -> bool:
    """Tell whether an event starts a workflow."""
    if event.name not in file.events:
        return False
    if event.name != "workflow_run":
        return True
    return event.payload["workflow_run"]["name"] in file.events[event.name]["workflows"]


def by_hand(*words: str, root: Path) -> str:
    """Run the program in a checkout as a person does, and return what it prints."""
    environment = {**os.environ, "XDG_CACHE_HOME": str(root.parent / "cache")}
    done = subprocess.run(
        [sys.executable, "-m", "generator", *words, "--root", str(root)],
        cwd=REPOSITORY,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@cache
def template(directory: Path) -> Path:
    """Make the repository that every world begins with, once: our files, a small fleet, no nets."""
    desk = directory / "desk"
    for name in KEPT:
        source = REPOSITORY / name
        ignored = shutil.ignore_patterns("__pycache__")
        if source.is_dir():
            shutil.copytree(source, desk / name, ignore=ignored)
        else:
            desk.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, desk / name)
    texts = {"fleet": FLEET_TEXT} | {f"keys/{name}": text for name, text in pools().items()}
    for name, text in texts.items():
        path = desk / f"environments/{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    testnets = desk / "environments/testnets"
    testnets.mkdir()
    (testnets / ".gitkeep").touch()
    remote = directory / "remotes" / NAME
    git("init", "--quiet", "--bare", "--initial-branch=main", str(remote))
    for setting in ("allowAnySHA1InWant", "allowFilter"):
        git("-C", str(remote), "config", f"uploadpack.{setting}", "true")
    git("init", "--quiet", "--initial-branch=main", str(desk))
    git("-C", str(desk), "add", "--all")
    git("-C", str(desk), "commit", "--quiet", "--message", "Begin")
    git("-C", str(desk), "remote", "add", "origin", str(remote))
    git("-C", str(desk), "push", "--quiet", "origin", "main")
    by_hand("publish", "--first", "--environments", str(remote), "--now", BIRTH, root=desk)
    return directory


@contextmanager
def world(
    directory: Path, made: Path, tell: Callable[[str], None] = lambda _: None
) -> Iterator[World]:
    """Have a GitHub of one's own below a directory, out of the one that was made once."""
    shutil.copytree(made / "remotes", directory / "remotes", symlinks=True)
    programs = directory / "programs"
    programs.mkdir()
    make = programs / "make"
    make.write_text(MAKE.format(repository=REPOSITORY, python=sys.executable), "utf-8")
    make.chmod(0o755)
    desk = Desk(directory / "remotes" / NAME)
    desk.settings["allow_auto_merge"] = True
    with serve(desk):
        yield World(directory, desk, tell)
