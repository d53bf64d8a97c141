"""Directories as plain data, for the tests of trees."""

from __future__ import annotations

from pathlib import Path

ALL = ("",)


def fill(directory: Path, files: dict[str, str]) -> None:
    """Write files, text by path."""
    for path, text in files.items():
        (directory / path).parent.mkdir(parents=True, exist_ok=True)
        (directory / path).write_bytes(text.encode())


def content(directory: Path) -> dict[str, str]:
    """Return all files, and empty directories with a `/` behind their path."""
    found = {}
    for path in sorted(directory.rglob("*")):
        name = path.relative_to(directory).as_posix()
        if path.is_file() and not path.is_symlink():
            found[name] = path.read_bytes().decode()
        elif path.is_dir() and not path.is_symlink() and not any(path.iterdir()):
            found[f"{name}/"] = ""
    return found
