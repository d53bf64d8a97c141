"""A repository with a real bare remote, the small GitHub before it, and the program."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.conftest import Program
from tests.github.fake import NAME, FakeGitHub
from tests.publish.stage import git, small
from tests.repository import FLEET, IMAGE, Repository, Run, with_fields

NOW = "2026-12-01T12:00:00Z"
POLICY = 'merging: {method: merge, automatic: {budget_month: "50000", daemons: 40, warnings: true}}'
IMAGE_HERE = "gcr.io/o1labs-192920/mina-daemon:3.0.3-bullseye-devnet"
IDENTITY = "testnet-flux[bot]"


def sound(name: str, *producers: str) -> str:
    """Return a small net in which no rule finds an error."""
    return small(name, *producers).replace(IMAGE, IMAGE_HERE)


def fleet(*fields: str) -> str:
    """Return a fleet whose published tree is a branch of the repository itself."""
    return with_fields(
        FLEET,
        f'environments: {{url: "https://github.com/{NAME}", branch: environments}}',
        f'notifications: {{type: github, secret: github-app, flux_identity: "{IDENTITY}"}}',
        POLICY,
        *fields,
    )


@dataclass
class Desk:
    """The checkout of main, its remote, and who talks to whom."""

    repository: Repository
    run: Program
    fake: FakeGitHub
    remote: Path

    def git(self, *words: str) -> str:
        """Run git in the checkout."""
        return git("-C", str(self.repository.root), *words).strip()

    def begin(self) -> None:
        """Commit what is there as the first commit of main."""
        git("init", "--quiet", "--bare", "--initial-branch", "main", str(self.remote))
        self.git("init", "--quiet", "--initial-branch", "main")
        self.git("remote", "add", "origin", str(self.remote))
        self.repository.write("environments/fleet.yaml", fleet())
        self.repository.write(".gitignore", "build/\n")
        self.repository.write("environments/testnets/three.yaml", sound("three"))
        self.commit("Begin")

    def commit(self, subject: str) -> str:
        """Commit everything to the branch that is checked out, and push it."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", subject)
        self.git("push", "--quiet", "origin", "HEAD")
        return self.git("rev-parse", "HEAD")

    def propose(self, branch: str, files: Mapping[str, str | None], *, green: bool = True) -> int:
        """Open a pull request from main with other files, and go back to main."""
        self.git("checkout", "--quiet", "-b", branch, "main")
        for path, text in files.items():
            if text is None:
                (self.repository.root / path).unlink()
            else:
                self.repository.write(path, text)
        self.commit(f"Change {branch}")
        self.git("checkout", "--quiet", "main")
        number = self.fake.open_pull(branch)
        if green:
            self.fake.check(number)
        return number

    def propose_net(self, name: str, *producers: str, **options: bool) -> int:
        """Open a pull request with one small net."""
        text = sound(name, *producers)
        return self.propose(name, {f"environments/testnets/{name}.yaml": text}, **options)

    def pull(self) -> str:
        """Bring the checkout of main up to date, and return its head."""
        self.git("pull", "--quiet", "origin", "main")
        return self.git("rev-parse", "HEAD")

    def publish(self, *options: str) -> Run:
        """Publish what main wants to the branch `environments` of the remote."""
        there = "environments" in self.git("ls-remote", "--heads", "origin")
        first = () if there else ("--first",)
        where = ("--environments", str(self.remote), "--now", NOW)
        return self.run("publish", *where, *first, *options)

    def github(self, *words: str, code: int = 0) -> Run:
        """Run `testnet github ...`, which has to exit with a code."""
        done = self.run("github", *words)
        assert done.code == code, f"{done.out}\n{done.err}"
        assert "Traceback" not in done.err
        return done

    def asked(self, *words: str, code: int = 0) -> Any:
        """Run it for JSON."""
        return json.loads(self.github(*words, "--output", "json", code=code).out)

    def main_has(self, net: str) -> bool:
        """Say whether main has a net on the remote."""
        listed = git("-C", str(self.remote), "ls-tree", "-r", "--name-only", "main")
        return f"environments/testnets/{net}.yaml" in listed.splitlines()

    @property
    def published(self) -> str:
        """The head of the published branch."""
        return git("-C", str(self.remote), "rev-parse", "environments").strip()
