"""A kustomize that only joins the files of a directory, and remembers what it was asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from generator.errors import ToolError
from generator.kustomize import Kustomize


@dataclass(frozen=True)
class Joining(Kustomize):
    """Stands in for kustomize where only what is built counts, not what comes of it."""

    command: tuple[str, ...] = ("none",)
    version: str = "v5.8.1"
    built: list[str] = field(default_factory=list)
    fails: Callable[[str], bool] = lambda _: False
    roots: set[Path] = field(default_factory=set)
    staged: set[str] = field(default_factory=set)

    def build(self, directory: Path, *, root: Path) -> bytes:
        """Return the files of a directory in order of their names."""
        self.built.append(directory.as_posix())
        self.roots.add(root)
        self.staged.update(p.relative_to(root).as_posix() for p in root.rglob("*") if p.is_file())
        if self.fails(directory.as_posix()):
            message = f"{directory}: does not build"
            raise ToolError(message)
        files = sorted((root / directory).iterdir())
        return b"---\n".join(path.read_bytes() for path in files)
