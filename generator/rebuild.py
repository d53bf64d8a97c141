"""Builds of the overlays that changed; those published with the same files keep theirs."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from generator.build import Build, build_overlays
from generator.kustomize import Kustomize
from generator.plan import Plan
from generator.published import read_builds
from generator.render import Files, net_directory
from generator.render.flux import overlay_names

Progress = Callable[[str, int, int], None]


def silent(stage: str, done: int, total: int) -> None:
    """Report no progress."""


def plan_overlays(plans: Sequence[Plan]) -> list[str]:
    """Return the directory of every overlay of some plans."""
    return [
        f"{net_directory(cluster, plan.name)}/{name}"
        for plan in plans
        for cluster in plan.by_cluster
        for name in overlay_names(plan, cluster)
    ]


def build_changed(
    overlays: Sequence[str],
    files: Files,
    tree: Path,
    kustomize: Kustomize,
    progress: Progress = silent,
) -> Mapping[str, Build]:
    """Return the build of every overlay by its path, running kustomize only where needed.

    `overlays` are directories of `files`; those that the published tree holds just so keep the
    builds that its locks name.
    """
    contents = _by_directory(files)
    known: dict[str, Mapping[str, Build]] = {}
    builds: dict[str, Build] = {}
    wanted: list[str] = []
    for path in overlays:
        directory, _, overlay = path.rpartition("/")
        if directory not in known:
            known[directory] = read_builds(tree / directory, kustomize.version)
        build = known[directory].get(overlay)
        if build and _is_published(contents[path], tree):
            builds[path] = build
        else:
            wanted.append(path)
    if wanted:
        with tempfile.TemporaryDirectory(prefix="testnet-") as staging:
            _stage(files, contents, wanted, Path(staging))
            builds.update(_run(kustomize, wanted, Path(staging), progress))
    return builds


def _by_directory(files: Files) -> dict[str, dict[str, str]]:
    directories: dict[str, dict[str, str]] = {}
    for path, (text, _) in files.items():
        directories.setdefault(path.rpartition("/")[0], {})[path] = text
    return directories


def _is_published(files: Mapping[str, str], tree: Path) -> bool:
    try:
        return all((tree / path).read_text("utf-8") == text for path, text in files.items())
    except (OSError, UnicodeDecodeError):
        return False


def _stage(
    files: Files, contents: Mapping[str, dict[str, str]], overlays: Sequence[str], staging: Path
) -> None:
    library = {path: text for path, (text, _) in files.items() if path.startswith("overlays/")}
    for group in (library, *(contents[overlay] for overlay in overlays)):
        for path, text in group.items():
            target = staging / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, "utf-8")


def _run(
    kustomize: Kustomize, overlays: Sequence[str], staging: Path, progress: Progress
) -> Mapping[str, Build]:
    done = 0

    def count(_: str) -> None:
        nonlocal done
        done += 1
        progress("build", done, len(overlays))

    progress("build", 0, len(overlays))
    return build_overlays(kustomize, overlays, staging, done=count)
