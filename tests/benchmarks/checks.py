"""`testnet check` of a fleet, beside bare kustomize and the pipeline of `peer`."""

from __future__ import annotations

import json
import random
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import mkdtemp

from generator.kustomize import Kustomize
from tests.benchmarks.measured import Measured, link_tools, measure, ratio, together
from tests.benchmarks.peer import Tools, run_pipeline, write_schemas
from tests.synthetic import REPOSITORY, write_fleet

NOW = "2026-01-01T00:00:00Z"
MINOR = "1.37"
# Of more overlays than these the pipeline is measured on a tenth.
_ALL = 40
_GIT = ("git", "-c", "user.name=bench", "-c", "user.email=bench@example.org")
_NET = "environments/testnets/net000.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """A repository with its published tree, both in git and with a cache of their own."""

    root: Path
    tree: Path
    cache: Path
    nets: int
    daemons: int

    @property
    def overlays(self) -> list[str]:
        """The overlays that Flux applies for the nets."""
        found = self.tree.glob("clusters/*/nets/*/*/kustomization.yaml")
        return sorted(path.parent.relative_to(self.tree).as_posix() for path in found)

    def run(self, *arguments: str) -> Measured:
        """Measure a command of the program."""
        command = [sys.executable, "-m", "generator", *arguments, "--root", str(self.root)]
        environment = {"XDG_CACHE_HOME": str(self.cache)}
        return measure([*command, "--now", NOW], REPOSITORY, environment=environment)

    def check(self, *arguments: str) -> Measured:
        """Measure a check."""
        return self.run("check", "--tree", str(self.tree), "--format", "json", *arguments)

    def git(self, *arguments: str) -> None:
        """Run git in the repository."""
        measure([*_GIT, *arguments], self.root)


@contextmanager
def make_fleet(nets: int, daemons: int) -> Iterator[Fleet]:
    """Yield a fleet of so many nets of so many daemons, all of them published."""
    base = Path(mkdtemp(prefix="testnet-bench-"))
    try:
        root = write_fleet(base / "repository", nets, daemons)
        shutil.copytree(REPOSITORY / "policies", root / "policies")
        link_tools(root)
        (root / ".gitignore").write_text("build\n", "utf-8")
        fleet = Fleet(
            root=root, tree=base / "tree", cache=base / "cache", nets=nets, daemons=daemons
        )
        fleet.git("init", "--quiet", "--initial-branch=main")
        fleet.git("add", ".")
        fleet.git("commit", "--quiet", "--message=All nets")
        fleet.run("generate", "--output", str(fleet.tree))
        yield fleet
    finally:
        shutil.rmtree(base)


def measure_checks(fleet: Fleet, kustomize: Kustomize, tools: Tools | None) -> None:
    """Measure everything, and print it with its ratios."""
    overlays = fleet.overlays
    print(f"check of {fleet.nets} nets x {fleet.daemons} daemons, {len(overlays)} overlays of nets")
    bare = together(lambda path: measure([*kustomize.command, path], fleet.tree), overlays)
    _print("bare kustomize", bare)
    cold = fleet.check("--no-cache")
    _print("check, nothing known", cold, ratio(cold, bare, "bare kustomize"))
    fleet.check()
    warm = fleet.check()
    _print("check again, all known", warm, ratio(warm, cold, "the first"))
    _measure_changes(fleet, cold)
    _measure_policies(fleet)
    if tools is None:
        print("  the pipeline is left out: conftest or kubeconform is not built yet (full builds)")
        return
    pipeline, note = _measure_pipeline(fleet, overlays, tools)
    _print("pipeline a user would write", pipeline, ratio(pipeline, cold, "check") + note)


def _measure_changes(fleet: Fleet, cold: Measured) -> None:
    """Measure pull requests that change one net, of which nothing is known yet."""
    changes: dict[str, Callable[[str], str]] = {
        "change of one pool's fee": lambda text: text.replace('"0.001"', '"0.002"'),
        "change of one net's image": lambda text: text.replace(":3.0.3-", ":3.0.4-"),
    }
    path = fleet.root / _NET
    for name, change in changes.items():
        fleet.git("checkout", "--quiet", "-B", "change", "main")
        text = path.read_text("utf-8")
        changed = change(text)
        assert changed != text
        path.write_text(changed, "utf-8")
        fleet.git("commit", "--quiet", "--all", f"--message={name}")
        run = fleet.check("--changed-since", "HEAD~1")
        nets = json.loads(run.output)["summary"]["nets"]
        of = f"{nets} of {fleet.nets} nets judged"
        _print(name, run, f"{ratio(run, cold, 'a whole check')}, {of}")
    fleet.git("checkout", "--quiet", "main")


def _measure_policies(fleet: Fleet) -> None:
    command = [sys.executable, "-m", "tests.benchmarks.policies", str(fleet.root)]
    command += [str(fleet.tree), str(fleet.cache / "testnet-gitops/check"), NOW]
    result = json.loads(measure(command, REPOSITORY).output)
    seconds = result["put"] + result["query"]
    print(
        f"  policies alone: {seconds:.2f} s for {result['megabytes']:.1f} MB of facts"
        f" ({result['put']:.2f} s to hand over, {result['query']:.2f} s to judge;"
        f" {result['processor']:.2f} s of processors with its start),"
        f" peak of OPA {result['peak_mib']:.0f} MiB, {result['violations']} violations",
        flush=True,
    )


def _measure_pipeline(fleet: Fleet, overlays: Sequence[str], tools: Tools) -> tuple[Measured, str]:
    """Measure the pipeline, of a large fleet on a tenth of its overlays; and say so."""
    chosen, note = list(overlays), ""
    if len(overlays) > _ALL:
        chosen = random.Random(1).sample(chosen, max(_ALL, len(overlays) // 10))  # noqa: S311
        note = f" (measured on {len(chosen)} overlays, chosen at random, and scaled to all)"
    schemas = fleet.cache / "schemas"
    write_schemas(schemas, MINOR)
    run = together(lambda path: run_pipeline(tools, path, fleet.tree, schemas), chosen)
    scale = len(overlays) / len(chosen)
    return replace(run, seconds=run.seconds * scale, processor=run.processor * scale), note


def _print(what: str, run: Measured, note: str = "") -> None:
    print(
        f"  {what:28} {run.seconds:7.2f} s  {run.processor:7.2f} s of processors"
        f"  peak {run.peak:4.0f} MiB  {note}".rstrip(),
        flush=True,
    )
