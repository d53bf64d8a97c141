"""A repository, a bare remote for its published tree, and the program between them."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import ryaml

from generator.evidence.file import render_observations
from generator.evidence.judge import question
from generator.publish.state import Published, read_published
from generator.register import Lineage
from generator.sync import SOURCE, Applied, Observation, Question, Workload
from tests.repository import Repository, Run, net

NOW = "2026-12-01T12:00:00Z"


def small(name: str, *producers: str, fields: tuple[str, ...] = ()) -> str:
    """Return a net of one seed and groups of producers, each given as a flow mapping."""
    seeds = {"one": "l01", "two": "l02", "three": "l03"}
    return net(
        f"name: {name}",
        "regions: [us-west-2, eu-central-1]",
        "availability: single",
        f"seeds: {{keys: [{seeds[name]}]}}",
        f"block_producers: [{', '.join(producers)}]",
        *fields,
    )


def group(name: str, keys: str, region: str = "us-west-2") -> str:
    """Return a group of producers in one region."""
    return f'{{name: {name}, keys: [{keys}], stake: "0", regions: [{region}]}}'


@dataclass
class Stage:
    """Everything that a publish touches, below one directory."""

    repository: Repository
    run: Callable[..., Run]
    remote: Path
    evidence: Path = field(init=False)

    def __post_init__(self) -> None:
        self.evidence = self.remote.parent / "evidence.json"
        git("init", "--quiet", "--bare", str(self.remote))

    def publish(self, *options: str) -> Run:
        """Run `testnet publish` against the remote."""
        first = () if self.git("for-each-ref") else ("--first",)
        where = ("--environments", str(self.remote))
        return self.run("publish", *where, "--now", NOW, *first, *options)

    def keys(self, *words: str) -> Run:
        """Run `testnet keys ...` against the remote."""
        return self.run("keys", *words, "--environments", str(self.remote))

    def result(self, *options: str, code: int = 0) -> dict[str, Any]:
        """Publish, and return the JSON of it."""
        run = self.publish("--format", "json", *options)
        assert run.code == code, run.err
        return dict(json.loads(run.out))

    def write(self, name: str, text: str) -> None:
        """Write a testnet file."""
        self.repository.write_net(name, text)

    def remove(self, name: str) -> None:
        """Remove a testnet file."""
        (self.repository.root / f"environments/testnets/{name}.yaml").unlink()

    def git(self, *words: str) -> str:
        """Ask git about the remote."""
        return git("-C", str(self.remote), *words)

    @property
    def head(self) -> str:
        """The head of the published branch."""
        return self.git("rev-parse", "environments").strip()

    def files(self) -> dict[str, str]:
        """Return the published tree but the overlays library."""
        paths = self.git("ls-tree", "-r", "--name-only", "environments").splitlines()
        return {
            path: self.git("show", f"environments:{path}")
            for path in paths
            if not path.startswith("overlays/")
        }

    def document(self, path: str) -> dict[str, Any]:
        """Return a published file of one document."""
        return dict(ryaml.loads(self.git("show", f"environments:{path}")))

    def checkout(self) -> tuple[Path, Published]:
        """Return a fresh work tree of the head, and what is published there."""
        tree = self.remote.parent / f"tree-{self.head}"
        if not tree.exists():
            git("clone", "--quiet", "--branch", "environments", str(self.remote), str(tree))
        commits = self.git("rev-list", "--reverse", "environments").split()
        return tree, read_published(tree, Lineage(commits))

    def stopped(self, *, but: Collection[str] = (), revision: str = "") -> tuple[str, str]:
        """Write what clusters would show that have applied the head and stopped every drain.

        `but` are clusters that do not answer. Returns the options that use it.
        """
        _, published = self.checkout()
        seen: dict[str, list[tuple[Question, Applied, Workload]]] = {}
        for wait in published.waiting:
            record, asked = wait.record, question(wait)
            assert isinstance(asked, Question)
            assert record.drain
            overlay = wait.kustomization.removeprefix(f"{record.net}-")
            applied = Applied(
                name=wait.kustomization,
                revision=f"environments@sha1:{revision or self.head}",
                generation=1,
                observed=1,
                suspended=False,
                deleting=False,
                path=f"./clusters/{record.place.cluster}/nets/{record.net}/{overlay}",
                source=SOURCE,
            )
            workload = Workload(
                namespace=record.place.namespace,
                name=record.place.name,
                drain=record.drain.id,
                generation=2,
                observed=2,
                replicas=0,
                counted=0,
            )
            seen.setdefault(record.place.cluster, []).append((asked, applied, workload))
        observations: dict[str, Observation | str] = {
            cluster: "no answer"
            if cluster in but
            else Observation(
                cluster=cluster,
                context=cluster,
                questions=tuple(asked for asked, _, _ in facts),
                kustomizations=tuple({a.name: a for _, a, _ in facts}.values()),
                workloads=tuple(workload for _, _, workload in facts),
                pods=(),
            )
            for cluster, facts in seen.items()
        }
        self.evidence.write_text(render_observations(observations, who="tests", at=NOW), "utf-8")
        return ("--evidence", str(self.evidence))


def git(*words: str) -> str:
    """Run git as somebody without any settings."""
    environment = os.environ | {
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_AUTHOR_NAME": "tests",
        "GIT_AUTHOR_EMAIL": "tests@example.org",
        "GIT_COMMITTER_NAME": "tests",
        "GIT_COMMITTER_EMAIL": "tests@example.org",
    }
    done = subprocess.run(
        ["git", *words], check=True, capture_output=True, text=True, env=environment
    )
    return done.stdout
