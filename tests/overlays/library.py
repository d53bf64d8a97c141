"""Where the library and the samples are, and what kustomize makes of them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import yaml

OVERLAYS = Path(__file__).resolve().parents[2] / "overlays"
COMPONENTS = OVERLAYS / "components"
SCRIPTS = OVERLAYS / "base/net/scripts"
SAMPLES = Path(__file__).resolve().parent / "samples"
SAMPLE_NAMES = tuple(sorted(path.name for path in SAMPLES.iterdir()))
COMPONENT_NAMES = tuple(sorted(path.name for path in COMPONENTS.iterdir()))

Resource = dict[str, Any]


def kustomize(directory: Path) -> subprocess.CompletedProcess[str]:
    """Run `kubectl kustomize`, from beside the interpreter or else from PATH."""
    beside = Path(sys.executable).with_name("kubectl")
    kubectl = str(beside) if beside.exists() else shutil.which("kubectl") or "kubectl"
    return subprocess.run(
        [kubectl, "kustomize", str(directory)], capture_output=True, text=True, check=False
    )


@cache
def build(directory: Path) -> tuple[Resource, ...]:
    """Build a directory, once a test process; fail with what kustomize said."""
    result = kustomize(directory)
    assert result.returncode == 0, result.stderr
    return parse(result.stdout)


def sample(name: str) -> tuple[Resource, ...]:
    """Return what a sample overlay builds."""
    return build(SAMPLES / name)


def parse(text: str) -> tuple[Resource, ...]:
    """Return the documents of a YAML text."""
    return tuple(yaml.load_all(text, yaml.CSafeLoader))


def written(name: str) -> tuple[Resource, ...]:
    """Return the documents that a sample overlay starts from."""
    return parse((SAMPLES / name / "daemons.yaml").read_text())


def overlay(directory: Path, daemons: str, components: Sequence[str]) -> Path:
    """Write an overlay of components over the text of a daemons.yaml."""
    directory.mkdir(exist_ok=True)
    (directory / "daemons.yaml").write_text(daemons)
    paths = [os.path.relpath(COMPONENTS / name, directory.resolve()) for name in components]
    head = {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "sortOptions": {"order": "fifo"},
        "resources": ["daemons.yaml"],
    }
    (directory / "kustomization.yaml").write_text(yaml.safe_dump(head | {"components": paths}))
    return directory


def of_kind(resources: Sequence[Resource], kind: str) -> tuple[Resource, ...]:
    """Return the resources of a kind, in their order."""
    return tuple(resource for resource in resources if resource["kind"] == kind)


def named(items: Sequence[Resource], name: str) -> Resource:
    """Return the item with a name: a resource, or a part of a pod."""
    return next(item for item in items if item.get("metadata", item)["name"] == name)


def pod(resource: Resource) -> Resource:
    """Return the pod's spec of a StatefulSet."""
    spec: Resource = resource["spec"]["template"]["spec"]
    return spec
