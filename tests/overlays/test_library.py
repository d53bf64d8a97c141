"""Every base and component builds on its own, changes what it says, and nothing else."""

from __future__ import annotations

from pathlib import Path

import kubernetes_validate
import pytest
import yaml

from tests.overlays.library import (
    COMPONENT_NAMES,
    COMPONENTS,
    OVERLAYS,
    SAMPLE_NAMES,
    SAMPLES,
    Resource,
    build,
    kustomize,
    of_kind,
    overlay,
    parse,
    pod,
    sample,
    written,
)

BASES = ("platform", "net", "drain")
# For each component: a sample it is for, and what an overlay lists before it.
FOR: dict[str, tuple[str, tuple[str, ...]]] = {
    "address-host-port": ("producers", ("daemon", "block-producer")),
    "address-load-balancer-aws": ("seeds-aws", ("daemon", "seed")),
    "address-load-balancer-gcp": ("seeds-gcp", ("daemon", "seed")),
    "archive": ("archive", ("daemon",)),
    "block-producer": ("producers", ("daemon",)),
    "daemon": ("producers", ()),
    "drain": ("drains", ()),
    "isolate": ("producers", ()),
    "keyless": ("coordinators", ("daemon",)),
    "large-genesis": ("producers", ("daemon", "block-producer")),
    "libp2p-key": ("seeds-aws", ("daemon", "seed")),
    "public": ("producers", ()),
    "secrets": ("producers", ()),
    "seed": ("seeds-kademlia", ("daemon",)),
    "service": ("services", ()),
    "service-payments": ("services", ("service",)),
    "snark-coordinator": ("coordinators", ("daemon",)),
    "snark-worker": ("workers", ()),
}
# What a daemon's own values are; see `forbidden` below.
OWN = {"name", "image", "args", "resources", "ports"}


@pytest.mark.parametrize("name", BASES)
def test_a_base_builds_on_its_own(name: str) -> None:
    assert build(OVERLAYS / "base" / name)


def test_each_component_has_a_case() -> None:
    assert set(FOR) == set(COMPONENT_NAMES)


@pytest.mark.parametrize("name", FOR)
def test_a_component_builds_on_its_own_and_changes_something(name: str, tmp_path: Path) -> None:
    sample_name, before = FOR[name]
    daemons = (SAMPLES / sample_name / "daemons.yaml").read_text()

    without = build(overlay(tmp_path / "without", daemons, before))
    with_it = build(overlay(tmp_path / "with", daemons, (*before, name)))

    assert with_it != without


@pytest.mark.parametrize("path", sorted(OVERLAYS.rglob("kustomization.yaml")), ids=str)
def test_a_kustomization_keeps_the_order_of_its_input(path: Path) -> None:
    head = yaml.safe_load(path.read_text())
    assert head["kind"] == "Component" or head["sortOptions"] == {"order": "fifo"}


def test_bases_hold_one_kind_a_file() -> None:
    for path in OVERLAYS.glob("base/*/*.yaml"):
        kinds = {document["kind"] for document in parse(path.read_text())}
        assert len(kinds) == 1, path


def test_components_say_what_they_are_for() -> None:
    for name in COMPONENT_NAMES:
        assert (COMPONENTS / name / "kustomization.yaml").read_text().startswith("# "), name


@pytest.mark.parametrize("name", [name for name in SAMPLE_NAMES if name != "shared"])
def test_components_set_nothing_that_a_daemon_may_override(name: str) -> None:
    before, after = of_kind(written(name), "StatefulSet"), of_kind(sample(name), "StatefulSet")

    for old, new in zip(before, after, strict=True):
        assert new["spec"]["replicas"] == old["spec"]["replicas"]
        assert new["metadata"] == old["metadata"]
        assert _own(pod(new)["containers"]) == _own(pod(old)["containers"])
        keys = [{**c, "resources": None} for c in pod(new).get("initContainers", ())[:1]]
        assert [k["image"] for k in keys] == [
            c["image"] for c in pod(old).get("initContainers", ())
        ]
        for container, was in zip(pod(new)["containers"], pod(old)["containers"], strict=True):
            entries = [e for e in container["env"] if e["name"] in {x["name"] for x in was["env"]}]
            assert entries == was["env"]


def _own(containers: list[Resource]) -> list[Resource]:
    return [{key: value for key, value in c.items() if key in OWN} for c in containers]


@pytest.mark.parametrize("name", SAMPLE_NAMES)
def test_names_in_a_list_are_unique(name: str) -> None:
    for resource in of_kind(sample(name), "StatefulSet"):
        spec = pod(resource)
        lists = [spec.get("volumes", []), *_container_lists(spec)]
        for items in lists:
            names = [item.get("mountPath", item["name"]) for item in items]
            assert len(names) == len(set(names)), names


def _container_lists(spec: Resource) -> list[list[Resource]]:
    containers = [*spec.get("initContainers", ()), *spec["containers"]]
    return [
        containers,
        *([*c.get(part, ())] for c in containers for part in ("env", "volumeMounts")),
    ]


def test_a_daemon_is_patched_once_only(tmp_path: Path) -> None:
    daemons = (SAMPLES / "producers/daemons.yaml").read_text()

    result = kustomize(overlay(tmp_path, daemons, ("daemon", "daemon")))

    assert result.returncode != 0
    assert "restartPolicy" in result.stderr


def test_a_daemon_of_another_shape_is_refused(tmp_path: Path) -> None:
    daemons = (SAMPLES / "producers/daemons.yaml").read_text()

    result = kustomize(
        overlay(tmp_path, daemons.replace("name: daemon\n", "name: x\n"), ("daemon",))
    )

    assert result.returncode != 0
    assert "containers/0/name" in result.stderr


STRICT = {"ConfigMap", "Namespace", "NetworkPolicy", "PersistentVolumeClaim", "Service"} | {
    "ClusterRole",
    "ClusterRoleBinding",
    "Job",
    "Role",
    "RoleBinding",
    "ServiceAccount",
    "StatefulSet",
}


@pytest.mark.parametrize(
    "directory",
    [*(SAMPLES / name for name in SAMPLE_NAMES), *(OVERLAYS / "base" / name for name in BASES)],
    ids=lambda path: path.name,
)
def test_resources_are_valid_in_kubernetes(directory: Path) -> None:
    resources = [r for r in build(directory) if r["kind"] in STRICT]
    assert resources
    for resource in resources:
        kubernetes_validate.validate(resource, "1.37", strict=True)
