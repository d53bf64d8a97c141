"""What is loaded into an OPA before anything is asked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

VERSION_MODULE, SETTINGS_MODULE = "version.rego", "settings.rego"
_RULE = "rule.rego"
# In a large fleet these take as long as all the rest.
_HEAVY = frozenset({"flux", "keys"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """What is loaded before anything is asked: modules by path, `settings`, and their digest."""

    modules: Mapping[str, str]
    settings: Mapping[str, Any]
    digest: str

    @property
    def loaded(self) -> dict[str, str]:
        """The modules, with the one that says which they are."""
        version = f'package testnet.version\n\ndigest := "{self.digest}"\n'
        others = {p: t for p, t in self.modules.items() if not p.endswith(VERSION_MODULE)}
        # Settings are a module too, and not data: nobody changes a module without its digest.
        words = "\n".join(f"{name} := {json.dumps(v)}" for name, v in self.settings.items())
        settings = f"package settings\n\n{words}\n"
        inside = {_inside(path): text for path, text in others.items()}
        return {**inside, SETTINGS_MODULE: settings, VERSION_MODULE: version}

    @property
    def parts(self) -> tuple[tuple[str, ...], ...]:
        """The categories of rules, in parts that take about as long."""
        paths = map(PurePosixPath, self.modules)
        names = {path.parts[-3] for path in paths if path.name == _RULE and len(path.parts) > 2}  # noqa: PLR2004 - CATEGORY/NAME/rule.rego
        parts = (names & _HEAVY, names - _HEAVY)
        return tuple(tuple(sorted(part)) for part in parts if part)


def _inside(path: str) -> str:
    """Return a path that stays below the directory it is joined to: policies may be anywhere."""
    return PurePosixPath(*(p for p in PurePosixPath(path).parts if p not in ("/", ".."))).as_posix()
