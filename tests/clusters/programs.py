"""The programs that clusters are made of, built once per machine by tools/build.sh."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import ryaml

from tests.synthetic import REPOSITORY
from tools.schemas import CONTROLLER_GEN, CRDS, TYPES, fetch, generate_crds

# By name: the module below tools/ that has it. The cheapest to build first.
MODULES = {
    "etcd": "etcd",
    "kwok": "kwok",
    "kube-scheduler": "kubernetes",
    "source-controller": "source-controller",
    "kustomize-controller": "kustomize-controller",
    "kube-controller-manager": "kubernetes",
    "kube-apiserver": "kubernetes",
}


@cache
def programs() -> dict[str, str]:
    """Return the path of each program; the first time on a machine takes half an hour."""
    found = {"kubectl": str(Path(sys.executable).parent / "kubectl")}
    missing = []
    for name in MODULES:
        try:
            found[name] = build(name)
        except RuntimeError as error:
            missing.append(str(error))
    if missing:
        raise RuntimeError("\n".join(missing))
    return found


def build(name: str) -> str:
    """Build one program unless it is there; what is going on is written to stderr."""
    done = subprocess.run(
        [REPOSITORY / "tools/build.sh", MODULES[name], name],
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"tools/build.sh cannot build {name}; see above why")
    return done.stdout.strip()


@cache
def crds() -> tuple[dict[str, Any], ...]:
    """Return the CRDs of all kinds that we publish, from the modules that define them."""
    source = repr((CRDS, TYPES, CONTROLLER_GEN))
    # Beside the programs: the same directory, whatever the caller's home is.
    store = Path(build("etcd")).parent.parent
    file = store / f"crds-{hashlib.sha256(source.encode()).hexdigest()[:16]}.json"
    if not file.exists():
        # The wheel's Go is there where the one on PATH was too old for tools/build.sh.
        wheels = [str(wheel) for wheel in store.glob("go-*/go/bin")]
        os.environ["PATH"] = os.pathsep.join([*wheels, os.environ["PATH"]])
        fresh = file.with_suffix(f".{os.getpid()}")
        fresh.write_text(json.dumps(_fetch()), "utf-8")
        fresh.rename(file)
    return tuple(json.loads(file.read_text("utf-8")))


def _fetch() -> list[Any]:
    with tempfile.TemporaryDirectory() as directory:
        work = Path(directory)
        (work / "go.mod").write_text("module crds\n\ngo 1.26.0\n", "utf-8")
        found = _wanted(generate_crds(work), TYPES[1])
        for module, path, kinds in CRDS:
            found += _wanted(fetch(work, module) / path, kinds)
    return found


def _wanted(directory: Path, kinds: str) -> list[Any]:
    read = (ryaml.loads(file.read_text("utf-8")) for file in sorted(directory.glob("*.yaml")))
    return [
        document
        for document in read
        if document.get("kind") == "CustomResourceDefinition"
        and document["spec"]["names"]["kind"] in kinds.split()
    ]


if __name__ == "__main__":
    programs(), crds()
