"""Overlays through the real kustomize: objects and digest of each, in parallel."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from generator.kustomize import Kustomize
from generator.process import stop_all


@dataclass(frozen=True, slots=True)
class Build:
    """What kustomize made of an overlay: the number of objects, and sha256 of its output.

    kustomize-controller reports the same digest for the revision that it applied.
    """

    objects: int
    digest: str


def measure(output: bytes) -> Build:
    """Return the number of objects and the digest of what kustomize printed."""
    # At column 0, `kind:` stands once in each document: everything inside is indented.
    objects = output.count(b"\nkind: ") + output.startswith(b"kind: ")
    return Build(objects, hashlib.sha256(output).hexdigest())


def _nothing() -> None:
    """Do nothing."""


def build_outputs(
    kustomize: Kustomize,
    overlays: Sequence[str],
    root: Path,
    *,
    jobs: int = 0,
    meanwhile: Callable[[], object] = _nothing,
) -> Iterator[tuple[str, bytes]]:
    """Build overlays, given as paths below `root`; yield each with what kustomize printed.

    They come as they are done. `jobs` is the number at a time, 0 for as many as there are
    processors; few are begun before the last ones were taken, so that the outputs of a large
    fleet are never in memory together. `meanwhile` is called once, while the first ones are built.
    The first that does not build ends it with its ToolError.
    """
    jobs = jobs or os.cpu_count() or 1
    waiting = iter(overlays)
    running: dict[Future[bytes], str] = {}
    with kustomize.serving() as builder, ThreadPoolExecutor(jobs) as pool:
        try:
            while True:
                for overlay in islice(waiting, 2 * jobs - len(running)):
                    running[pool.submit(builder.build, Path(overlay), root=root)] = overlay
                if not running:
                    return
                meanwhile()
                meanwhile = _nothing
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    overlay = running.pop(future)
                    yield overlay, future.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            stop_all()
            raise


def build_overlays(
    kustomize: Kustomize,
    overlays: Sequence[str],
    root: Path,
    *,
    jobs: int = 0,
    done: Callable[[str], None] = lambda _: None,
) -> Mapping[str, Build]:
    """Build overlays, given as paths below `root`, several at a time; `done` is told of each.

    `jobs` and the first overlay that does not build: as `build_outputs`.
    """
    builds: dict[str, Build] = {}
    for overlay, output in build_outputs(kustomize, overlays, root, jobs=jobs):
        builds[overlay] = measure(output)
        done(overlay)
    return {overlay: builds[overlay] for overlay in overlays}
