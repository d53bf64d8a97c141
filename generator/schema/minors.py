"""The versions of Kubernetes whose objects can be judged without a network."""

from __future__ import annotations

from functools import cache
from importlib.resources import files


@cache
def known_minors() -> tuple[str, ...]:
    """Return the minor versions of Kubernetes that have a schema here, oldest first."""
    names = (file.name for file in (files("generator") / "schemas/kubernetes").iterdir())
    minors = (name.removesuffix(".json") for name in names if name.endswith(".json"))
    return tuple(sorted(minors, key=lambda minor: [int(part) for part in minor.split(".")]))
