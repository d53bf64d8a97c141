"""Times load, plan and render of a repository in a process of its own; prints JSON."""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from generator.load import load_inputs
from generator.plan import Allocations, make_plans
from generator.render import render_net

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def main(root: Path) -> None:
    """Measure one repository on one core: seconds by stage, and the peak in MiB."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    start = time.perf_counter()
    inputs = load_inputs(root)
    loaded = time.perf_counter()
    plans, findings = make_plans(
        inputs.testnets,
        inputs.fleet,
        inputs.inventory,
        Allocations(),
        now=NOW,
        overlays="0" * 12,
    )
    planned = time.perf_counter()
    size = sum(len(text) for plan in plans for text, _ in render_net(plan).values())
    rendered = time.perf_counter()
    assert not findings
    result = {
        "load": loaded - start,
        "plan": planned - loaded,
        "render": rendered - planned,
        "megabytes": size / 1e6,
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    sys.stdout.write(json.dumps(result))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
