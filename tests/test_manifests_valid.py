"""Every object that Flux gets is valid: by strict schemas of each kind, and as a whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from generator.check.validate import validate_objects
from tests.built import NETS, Built, build_clusters, build_net
from tests.second_opinion import CUSTOM, faults, kind_of, validator

MINOR = "1.37"

# Kubernetes puts it into every namespace itself.
GIVEN = {"kube-root-ca.crt"}
CLUSTERS = "clusters"


def check_every_object_is_valid(built: Built) -> None:
    """By the project's own schemas, and by another's for what is part of Kubernetes."""
    judged = 0
    for path, value in built.all():
        assert not validate_objects([value], MINOR), (path, value["metadata"]["name"])
        if kind_of(value) not in CUSTOM:
            assert not faults(value), (path, value["kind"], value["metadata"]["name"])
            judged += 1
    assert judged


def test_custom_kinds_are_none_of_kubernetes() -> None:
    for entry in CUSTOM:
        with pytest.raises(FileNotFoundError):
            validator(*entry.split())


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        ({"spec": {"replicas": "1"}}, "replicas"),
        ({"spec": {"replica": 1}}, "replica"),
        ({"metadata": {"name": "x", "label": {}}}, "label"),
        ({"spec": {"template": {"spec": {"containers": [{"image": "x"}]}}}}, "name"),
    ],
)
def test_schemas_are_strict(value: dict[str, Any], fault: str) -> None:
    container = {"name": "x", "image": "x"}
    spec = {
        "serviceName": "x",
        "selector": {"matchLabels": {"x": "x"}},
        "template": {"spec": {"containers": [container]}},
    }
    good = {"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "x"}, "spec": spec}
    assert not faults(good)
    bad = good | {
        key: {**good[key], **part}  # type: ignore[dict-item] # both are mappings
        for key, part in value.items()
    }
    assert any(fault in text for text in faults(bad))


def check_no_object_is_given_twice(built: Built) -> None:
    places = Counter(
        (
            path.split("/")[1],
            kind_of(value),
            value["metadata"].get("namespace", ""),
            value["metadata"]["name"],
        )
        for path, value in built.all()
    )
    assert not [place for place, count in places.items() if count > 1]


def check_everything_has_its_namespace(built: Built) -> None:
    everywhere = {"Namespace", "ClusterRole", "ClusterRoleBinding"}
    for path, value in built.all():
        found = value["metadata"].get("namespace", "")
        if value["kind"] in everywhere:
            assert not found
        elif "/nets/" in path:
            assert found == f"net-{path.split('/')[3]}"
        else:
            assert found


def pods(built: Built) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Yield every workload and the spec of its pod."""
    for _, value in built.all():
        if "template" in value.get("spec", {}):
            yield value, value["spec"]["template"]["spec"]


def check_pod_mounts_what_it_has_and_has_what_it_mounts(built: Built) -> None:
    for value, pod in pods(built):
        volumes = {volume["name"] for volume in pod.get("volumes", [])}
        containers = [*pod["containers"], *pod.get("initContainers", [])]
        mounted = {m["name"] for c in containers for m in c.get("volumeMounts", [])}
        assert mounted == volumes, value["metadata"]["name"]
        # Nobody could change it later; claims stand beside the workload.
        assert "volumeClaimTemplates" not in value["spec"]


def check_pod_refers_to_what_is_there(built: Built) -> None:
    """Claims, ConfigMaps, Secrets and ServiceAccounts that pods name are made for them."""
    names: dict[tuple[str, str], set[str]] = {}
    for path, value in built.all():
        kind = "Secret" if value["kind"] == "ExternalSecret" else str(value["kind"])
        place = (path.split("/")[1], kind)
        names.setdefault(place, set(GIVEN)).add(value["metadata"]["name"])
    for path, value in built.all():
        cluster = path.split("/")[1]
        for kind, name, needed in references(value):
            if needed:
                assert name in names.get((cluster, kind), GIVEN), (path, kind, name)


def references(value: Any) -> Iterator[tuple[str, str, bool]]:
    """Yield kind and name of what a pod needs to start, and whether it can do without."""
    if isinstance(value, list):
        for item in value:
            yield from references(item)
    if not isinstance(value, dict):
        return
    for field, kind, name in (
        ("persistentVolumeClaim", "PersistentVolumeClaim", "claimName"),
        ("configMap", "ConfigMap", "name"),
        ("configMapRef", "ConfigMap", "name"),
        ("configMapKeyRef", "ConfigMap", "name"),
        ("secret", "Secret", "secretName"),
        ("secretKeyRef", "Secret", "name"),
    ):
        part = value.get(field)
        if isinstance(part, dict) and name in part:
            yield kind, part[name], not part.get("optional", False)
    if "serviceAccountName" in value and "containers" in value:
        yield "ServiceAccount", value["serviceAccountName"], True
    for inner in value.values():
        yield from references(inner)


def check_library_leaves_alone_what_a_daemon_may_override(built: Built) -> None:
    containers = {"daemon", "worker", "service"}
    found = {}
    for path, value in built.all():
        if kind_of(value) == "apps/v1 StatefulSet":
            pod = value["spec"]["template"]["spec"]
            for container in pod["containers"]:
                if container["name"] in containers:
                    place = (path.split("/")[1], value["metadata"]["name"])
                    found[place] = (value["spec"]["replicas"], container)
    daemons = {(d.cluster.name, d.name): d for d in built.daemons}
    assert found.keys() == daemons.keys()
    for place, (replicas, container) in found.items():
        daemon = daemons[place]
        assert replicas == daemon.replicas
        assert container["image"] == daemon.image
        assert container.get("args", []) == list(daemon.args)
        wanted = {"cpu": daemon.resources.cpu, "memory": daemon.resources.memory}
        assert container["resources"] == {"requests": wanted, "limits": wanted}
        assert (
            dict(daemon.env).items()
            <= {e["name"]: e.get("value") for e in container["env"]}.items()
        )


def check_service_selects_pods_with_its_ports(built: Built) -> None:
    workloads = [
        (value["spec"]["template"]["metadata"]["labels"], pod) for value, pod in pods(built)
    ]
    for path, value in built.all():
        if kind_of(value) != "v1 Service":
            continue
        selector = value["spec"]["selector"].items()
        chosen = [pod for labels, pod in workloads if selector <= labels.items()]
        assert chosen, (path, value["metadata"]["name"])
        offered = {
            port["name"]
            for pod in chosen
            for container in pod["containers"]
            for port in container.get("ports", [])
        }
        assert {port["targetPort"] for port in value["spec"]["ports"]} <= offered


def check_kustomizations_wait_for_others_that_exist(built: Built) -> None:
    found: dict[tuple[str, str, str], dict[str, Any]] = {}
    for path, value in built.all():
        if value["kind"] == "Kustomization":
            head = value["metadata"]
            found[path.split("/")[1], head["namespace"], head["name"]] = value["spec"]
    for (cluster, namespace, _), spec in found.items():
        for need in spec.get("dependsOn", []):
            assert (cluster, namespace, need["name"]) in found
        assert spec["path"].startswith(f"./clusters/{cluster}/")
        assert spec["prune"] is True
        assert spec["serviceAccountName"]


def check_path_of_a_kustomization_is_built(built: Built) -> None:
    for path, value in built.all():
        if value["kind"] == "Kustomization" and "/testnets/" in path:
            target = value["spec"]["path"].removeprefix("./")
            assert target in built.objects


CHECKS = (
    check_every_object_is_valid,
    check_no_object_is_given_twice,
    check_everything_has_its_namespace,
    check_pod_mounts_what_it_has_and_has_what_it_mounts,
    check_pod_refers_to_what_is_there,
    check_library_leaves_alone_what_a_daemon_may_override,
    check_service_selects_pods_with_its_ports,
    check_kustomizations_wait_for_others_that_exist,
    check_path_of_a_kustomization_is_built,
)


@pytest.mark.parametrize("name", [*NETS, CLUSTERS])
def test_what_flux_gets_is_right(name: str, subtests: pytest.Subtests) -> None:
    """Of one shipped net, or of what all clusters have; built once for all checks."""
    built = build_clusters() if name == CLUSTERS else build_net(name)
    for check in CHECKS:
        with subtests.test(check.__name__):
            check(built)
