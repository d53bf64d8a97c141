"""`make bench`: nets of 100 to 10,000 daemons, beside bare kustomize on the same overlays."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from generator.kustomize import Kustomize, find_kustomize
from tests.benchmarks.checks import NOW, make_fleet, measure_checks
from tests.benchmarks.measured import CORES, TOOLS, link_tools, measure, together
from tests.benchmarks.peer import find_tools
from tests.benchmarks.publishing import measure_publishing
from tests.synthetic import REPOSITORY, write_repository


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """What is measured: nets of so many daemons, and a fleet of so many nets of so many."""

    nets: tuple[int, ...]
    fleet: tuple[int, int]
    build: bool


SIZES = {
    "quick": Size(nets=(100, 1_000), fleet=(10, 20), build=False),
    "full": Size(nets=(100, 1_000, 10_000), fleet=(100, 100), build=True),
}


def _stages(root: Path, daemons: int) -> None:
    run = measure([sys.executable, "-m", "tests.benchmarks.stages", str(root)], REPOSITORY)
    result = json.loads(run.output)
    stages = ("load", "plan", "render")
    each = "  ".join(f"{s} {result[s]:.3f} s, {result[s] / daemons * 1e6:.0f} us" for s in stages)
    total = sum(result[stage] for stage in stages)
    print(
        f"{daemons:6} daemons  {each}  (us a daemon)  together {total:.3f} s on one core,"
        f" peak {result['peak_mib']:.0f} MiB, {result['megabytes']:.1f} MB of YAML",
        flush=True,
    )


def _whole(root: Path, daemons: int, kustomize: Kustomize) -> None:
    tree = root / "tree"
    command = [sys.executable, "-m", "generator", "generate", "--root", str(root)]
    command += ["--output", str(tree), "--now", NOW, "--format", "json"]
    cold = measure(command, REPOSITORY)
    again = measure(command, REPOSITORY)
    overlays = sorted(
        path.parent.relative_to(tree).as_posix()
        for path in tree.glob("clusters/*/nets/*/*/kustomization.yaml")
    )
    bare = together(lambda overlay: measure([*kustomize.command, overlay], tree), overlays)
    facts = json.loads(cold.output)
    print(
        f"{daemons:6} daemons  generate {cold.seconds:.2f} s (peak {cold.peak:.0f} MiB)"
        f"  bare kustomize {bare.seconds:.2f} s ({bare.seconds / daemons * 1e3:.1f} ms a daemon,"
        f" peak {bare.peak:.0f} MiB)  ratio {cold.seconds / bare.seconds:.2f}"
        f"  again, nothing changed {again.seconds:.2f} s"
        f"  ({facts['overlays']} overlays, {facts['objects']} objects)",
        flush=True,
    )


def main(name: str) -> None:
    """Measure everything that `name` (quick or full) stands for."""
    size = SIZES[name]
    kustomize = find_kustomize(TOOLS)
    print(f"{CORES} cores, {kustomize}", flush=True)
    for daemons in size.nets:
        root = Path(tempfile.mkdtemp(prefix="testnet-bench-"))
        try:
            link_tools(write_repository(root, daemons))
            _stages(root, daemons)
            _whole(root, daemons, kustomize)
        finally:
            shutil.rmtree(root)
    tools = find_tools(kustomize, build=size.build)
    with make_fleet(*size.fleet) as fleet:
        measure_checks(fleet, kustomize, tools)
        measure_publishing(fleet)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "full")
