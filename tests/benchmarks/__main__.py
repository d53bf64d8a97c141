"""`make bench`: nets of 100 to 10,000 daemons, beside bare kustomize on the same overlays."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from generator.kustomize import Kustomize, find_kustomize
from tests.synthetic import REPOSITORY, write_repository

SIZES = {"quick": (100, 1_000), "full": (100, 1_000, 10_000)}
NOW = "2026-01-01T00:00:00Z"


@dataclass(frozen=True)
class Measured:
    """Wall seconds of a program, the peak of its largest process in MiB, and what it printed."""

    seconds: float
    peak: float
    output: bytes


def measure(command: Sequence[str], directory: Path | None = None) -> Measured:
    """Run a program to its end and measure it and its children."""
    start = time.perf_counter()
    with subprocess.Popen(command, cwd=directory, stdout=subprocess.PIPE) as process:
        assert process.stdout
        output = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{' '.join(command)}: exit code {process.returncode}")
    return Measured(time.perf_counter() - start, usage.ru_maxrss / 1024, output)


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


def _bare(kustomize: Kustomize, overlays: Sequence[str], tree: Path) -> tuple[float, float]:
    """Run kustomize as a script would: each overlay, as many at a time as there are cores."""

    def build(overlay: str) -> float:
        return measure([*kustomize.command, overlay], tree).peak

    start = time.perf_counter()
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        peak = max(pool.map(build, overlays))
    return time.perf_counter() - start, peak


def _whole(root: Path, daemons: int) -> None:
    tree = root / "tree"
    command = [sys.executable, "-m", "generator", "generate", "--root", str(root)]
    command += ["--output", str(tree), "--now", NOW, "--format", "json"]
    cold = measure(command, REPOSITORY)
    again = measure(command, REPOSITORY)
    overlays = sorted(
        path.parent.relative_to(tree).as_posix()
        for path in tree.glob("clusters/*/nets/*/*/kustomization.yaml")
    )
    bare, bare_peak = _bare(find_kustomize(), overlays, tree)
    facts = json.loads(cold.output)
    print(
        f"{daemons:6} daemons  generate {cold.seconds:.2f} s (peak {cold.peak:.0f} MiB)"
        f"  bare kustomize {bare:.2f} s ({bare / daemons * 1e3:.1f} ms a daemon,"
        f" peak {bare_peak:.0f} MiB)  ratio {cold.seconds / bare:.2f}"
        f"  again, nothing changed {again.seconds:.2f} s"
        f"  ({facts['overlays']} overlays, {facts['objects']} objects)",
        flush=True,
    )


def main(size: str) -> None:
    """Measure every size that `size` (quick or full) names."""
    print(f"{os.cpu_count()} cores, {find_kustomize()}")
    for daemons in SIZES[size]:
        root = Path(tempfile.mkdtemp(prefix="testnet-bench-"))
        try:
            write_repository(root, daemons)
            _stages(root, daemons)
            _whole(root, daemons)
        finally:
            shutil.rmtree(root)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "full")
