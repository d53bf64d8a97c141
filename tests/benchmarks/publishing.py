"""`testnet publish` of a fleet, beside what else would do: generate, then commit and push."""

from __future__ import annotations

import json

from tests.benchmarks.checks import Fleet
from tests.benchmarks.measured import Measured, measure, ratio

_NET = "environments/testnets/net000.yaml"
_GIT = ("git", "-c", "user.name=bench", "-c", "user.email=bench@example.org")


def measure_publishing(fleet: Fleet) -> None:
    """Measure the first publish, one that has nothing to do, and one of a changed net."""
    remote = fleet.root.parent / "environments.git"
    measure(["git", "init", "--quiet", "--bare", str(remote)])
    print(f"publish of {fleet.nets} nets x {fleet.daemons} daemons")
    publish = ("publish", "--environments", str(remote), "--format", "json")
    _print("the first", fleet.run(*publish, "--first"))
    _print("again, nothing changed", fleet.run(*publish))
    path = fleet.root / _NET
    path.write_text(path.read_text("utf-8").replace('"0.001"', '"0.002"'), "utf-8")
    fleet.git("commit", "--quiet", "--all", "--message=Another fee")
    run = fleet.run(*publish)
    facts = json.loads(run.output)
    peer = _generate(fleet)
    what = f"{len(facts['changes'])} files of {len(facts['nets'])} net"
    _print("one net has another fee", run, f"{ratio(run, peer, 'generate and git')}, {what}")


def _generate(fleet: Fleet) -> Measured:
    """Measure the same without any register: generate, add, commit."""
    tree = fleet.tree
    git = [*_GIT, "-C", str(tree)]
    measure([*git, "init", "--quiet"])
    measure([*git, "add", "--all"])
    measure([*git, "commit", "--quiet", "--message=Before"])
    runs = [
        fleet.run("generate", "--output", str(tree)),
        measure([*git, "add", "--all"]),
        measure([*git, "commit", "--quiet", "--message=After"]),
    ]
    return Measured(
        seconds=sum(run.seconds for run in runs),
        processor=sum(run.processor for run in runs),
        peak=max(run.peak for run in runs),
    )


def _print(what: str, run: Measured, note: str = "") -> None:
    print(
        f"  {what:28} {run.seconds:7.2f} s  {run.processor:7.2f} s of processors"
        f"  peak {run.peak:.0f} MiB  {note}".rstrip(),
        flush=True,
    )
