"""Overlays through the real kustomize: objects and digest of each, in parallel."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from generator.kustomize import Kustomize


@dataclass(frozen=True, slots=True)
class Build:
    """What kustomize made of an overlay: the number of objects, and sha256 of its output.

    kustomize-controller reports the same digest for the revision that it applied.
    """

    objects: int
    digest: str


def build_overlay(kustomize: Kustomize, overlay: str, root: Path) -> Build:
    """Build one overlay, given as a path below `root`; raise ToolError when it does not build."""
    output = kustomize.build(Path(overlay), root=root)
    # At column 0, `kind:` stands once in each document: everything inside is indented.
    objects = output.count(b"\nkind: ") + output.startswith(b"kind: ")
    return Build(objects, hashlib.sha256(output).hexdigest())


def build_overlays(
    kustomize: Kustomize,
    overlays: Sequence[str],
    root: Path,
    *,
    jobs: int = 0,
    done: Callable[[str], None] = lambda _: None,
) -> Mapping[str, Build]:
    """Build overlays, given as paths below `root`, several at a time; `done` is told of each.

    `jobs` is the number at a time, 0 for as many as there are processors. The first
    overlay that does not build ends it with its ToolError.
    """
    builds: dict[str, Build] = {}
    with ThreadPoolExecutor(jobs or os.cpu_count() or 1) as pool:
        futures = {pool.submit(build_overlay, kustomize, o, root): o for o in overlays}
        try:
            for future in as_completed(futures):
                overlay = futures[future]
                builds[overlay] = future.result()
                done(overlay)
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    return {overlay: builds[overlay] for overlay in overlays}
