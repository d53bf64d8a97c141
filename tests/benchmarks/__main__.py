"""`make bench`: nets of 100 to 10,000 daemons, beside bare kustomize on the same overlays."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from generator.build import build_overlays
from generator.kustomize import find_kustomize
from tests.synthetic import write_repository

SIZES = {"quick": (100, 1_000), "full": (100, 1_000, 10_000)}
NOW = "2026-01-01T00:00:00Z"


def _run(*command: str) -> tuple[float, str]:
    start = time.perf_counter()
    done = subprocess.run([sys.executable, "-m", *command], check=True, capture_output=True)
    return time.perf_counter() - start, done.stdout.decode()


def _stages(root: Path, daemons: int) -> None:
    result = json.loads(_run("tests.benchmarks.stages", str(root))[1])
    total = sum(result[stage] for stage in ("load", "plan", "render"))
    each = " ".join(f"{stage} {result[stage]:6.3f} s" for stage in ("load", "plan", "render"))
    print(
        f"{daemons:6} daemons  {each}  together {total:6.3f} s"
        f" ({total / daemons * 1e6:4.0f} us a daemon)"
        f"  {result['megabytes']:5.1f} MB  peak {result['peak_mib']:4.0f} MiB",
        flush=True,
    )


def _whole(root: Path, daemons: int) -> None:
    tree = root / "tree"
    command = ("generator", "generate", "--root", str(root), "--output", str(tree), "--now", NOW)
    cold, _ = _run(*command)
    warm, _ = _run(*command)
    overlays = sorted(
        path.parent.relative_to(tree).as_posix()
        for path in tree.glob("clusters/*/nets/*/*/kustomization.yaml")
    )
    start = time.perf_counter()
    builds = build_overlays(find_kustomize(), overlays, tree)
    bare = time.perf_counter() - start
    objects = sum(build.objects for build in builds.values())
    print(
        f"{daemons:6} daemons  generate {cold:6.2f} s  bare kustomize {bare:6.2f} s"
        f"  ratio {cold / bare:4.2f}  again {warm:5.2f} s"
        f"  ({bare / daemons * 1e3:4.1f} ms a daemon; {len(overlays)} overlays,"
        f" {objects} objects)",
        flush=True,
    )


def main(size: str) -> None:
    """Measure every size that `size` (quick or full) names."""
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
