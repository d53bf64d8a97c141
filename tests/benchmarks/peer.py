"""The pipeline that a user would otherwise write: kustomize, kubeconform and conftest.

For each overlay, three programs that know no more than its objects. Their rules say what ours say
about one object; what nets have in common, what the plan wanted and what is published they cannot
see.
"""

from __future__ import annotations

import json
import os
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from generator.kustomize import Kustomize
from tests.benchmarks.measured import Measured, measure
from tests.synthetic import REPOSITORY

RULES = Path(__file__).parent / "pipeline"
SCHEMAS = REPOSITORY / "generator/schemas"
_REFERENCE = re.compile(r'"#/\$defs/([^"]+)"')
_PLACE = "{{ .Group }}/{{ .ResourceKind }}_{{ .ResourceAPIVersion }}.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """The programs of the pipeline."""

    kustomize: Kustomize
    kubeconform: str
    conftest: str


def find_tools(kustomize: Kustomize, *, build: bool) -> Tools | None:
    """Return the programs, built from `tools/` where they are not yet; None where they may not."""
    paths: dict[str, str] = {}
    for name in ("kubeconform", "conftest"):
        if not build and not _is_built(name):
            return None
        run = measure([str(REPOSITORY / "tools/build.sh"), name])
        paths[name] = run.output.decode().strip()
    return Tools(kustomize=kustomize, **paths)


def _is_built(name: str) -> bool:
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "testnet-gitops"
    return any(base.glob(f"{name}-*/{name}"))


def write_schemas(directory: Path, minor: str) -> None:
    """Write the schemas of a minor of Kubernetes and of the CRDs, a file for each kind."""
    for name in (f"kubernetes/{minor}", "crds"):
        document = json.loads((SCHEMAS / f"{name}.json").read_text("utf-8"))
        for kind, schema in document["kinds"].items():
            version, _, kind_name = kind.partition(" ")
            group, _, last = version.rpartition("/")
            path = directory / (group or last) / f"{kind_name.lower()}_{last}.json"
            path.parent.mkdir(parents=True, exist_ok=True)
            definitions = dict(_used(schema, document["$defs"]))
            path.write_text(json.dumps({**schema, "$defs": definitions}), "utf-8")


def _used(schema: Any, definitions: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the definitions that a schema refers to, and those that they refer to."""
    seen: set[str] = set()
    waiting = [schema]
    while waiting:
        for name in _REFERENCE.findall(json.dumps(waiting.pop())):
            if name not in seen:
                seen.add(name)
                waiting.append(definitions[name])
                yield name, definitions[name]


def run_pipeline(tools: Tools, overlay: str, tree: Path, schemas: Path) -> Measured:
    """Measure one overlay, as the three lines of a shell script that fails where any does."""
    build = shlex.join([*tools.kustomize.command, overlay])
    location = f"{schemas}/{_PLACE}"
    valid = shlex.join(
        [tools.kubeconform, "-strict", "-summary", "-schema-location", location, "-"]
    )
    policy = shlex.join(
        [tools.conftest, "test", "--parser", "yaml", "--policy", str(RULES), "--no-color", "-"]
    )
    script = f'built=$({build}); {valid} <<< "$built"; {policy} <<< "$built"'
    return measure(["bash", "-euo", "pipefail", "-c", script], tree)
