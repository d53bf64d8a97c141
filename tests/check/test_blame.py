"""Where a field of a built object was set: in the overlays library as it is."""

from __future__ import annotations

import re

import pytest

from generator.check.assignment import field_steps
from generator.check.blame import LibrarySource
from generator.check.selection import Built
from generator.finding import Location
from tests.check.blaming import (
    ARCHIVE,
    HOST_PORT,
    KEY,
    POD,
    POSTGRES,
    PRODUCER,
    SEED,
    SERVICE,
    blamed,
    texts,
)

# The object, its field, the file, and what stands at the place.
CASES = [
    (PRODUCER, "spec.updateStrategy.type", "daemon/statefulset.yaml", "RollingUpdate"),
    (PRODUCER, f"{POD}.automountServiceAccountToken", "daemon/statefulset.yaml", "false"),
    (PRODUCER, f"{POD}.securityContext.runAsNonRoot", "daemon/statefulset.yaml", "true"),
    (
        PRODUCER,
        f"{POD}.containers[daemon].startupProbe.failureThreshold",
        "daemon/statefulset.yaml",
        "120",
    ),
    (PRODUCER, f"{POD}.containers[0].workingDir", "daemon/statefulset.yaml", "/state"),
    (PRODUCER, f"{POD}.initContainers[address].image", "daemon/statefulset.yaml", "docker.io/"),
    (
        PRODUCER,
        f"{POD}.initContainers[keys].resources.limits.cpu",
        "daemon/statefulset.yaml",
        '"1", memory: 1Gi}}',
    ),
    (PRODUCER, f"{POD}.volumes[keys].emptyDir.medium", "daemon/statefulset.yaml", "Memory, size"),
    (
        PRODUCER,
        f"{POD}.volumes[genesis]",
        "daemon/statefulset.yaml",
        "/spec/template/spec/volumes/0",
    ),
    (
        PRODUCER,
        f"{POD}.containers[daemon].volumeMounts[/state]",
        "daemon/statefulset.yaml",
        "{name: state, ",
    ),
    (PRODUCER, "spec.template.metadata.labels.testnet/logs", "daemon/statefulset.yaml", "json"),
    (PRODUCER, "spec.template.metadata.labels[testnet/logs]", "daemon/statefulset.yaml", "json"),
    # A map that was put there as a whole lacks what it does not have.
    (
        PRODUCER,
        f"{POD}.containers[daemon].securityContext.privileged",
        "daemon/statefulset.yaml",
        "/spec/template/spec/containers/0/securityContext",
    ),
    # What `remove` takes away was last set there.
    (
        SEED,
        f"{POD}.initContainers[keys].volumeMounts[key]",
        "keyless/statefulset.yaml",
        "/spec/template/spec/initContainers/0/volumeMounts/0",
    ),
    (
        SEED,
        f"{POD}.initContainers[keys].volumeMounts[scripts]",
        "daemon/statefulset.yaml",
        "{name: scripts,",
    ),
    (
        SEED,
        f"{POD}.initContainers[keys].volumeMounts[libp2p].mountPath",
        "libp2p-key/statefulset.yaml",
        "/secrets/libp2p",
    ),
    # One patch file of the component is for the daemon, the other for its database.
    (ARCHIVE, f"{POD}.containers[archive].workingDir", "archive/archive.yaml", "/t"),
    (POSTGRES, f"{POD}.securityContext.runAsUser", "archive/postgres.yaml", "999"),
    (ARCHIVE, f"{POD}.securityContext.runAsUser", "daemon/statefulset.yaml", "1000"),
    # A strategic merge.
    (SERVICE, f"{POD}.securityContext.fsGroup", "service/statefulset.yaml", "1000"),
    (
        SERVICE,
        f"{POD}.containers[service].securityContext.capabilities.drop[0]",
        "service/statefulset.yaml",
        "ALL",
    ),
    (
        SERVICE,
        f"{POD}.containers[service].env[AGENT_MAX_TX].value",
        "service-payments/statefulset.yaml",
        '"0.01"',
    ),
    (SERVICE, f"{POD}.containers[service].env[HOME].value", "service/statefulset.yaml", "/t"),
    (
        SERVICE,
        f"{POD}.containers[service].securityContext.privileged",
        "service/statefulset.yaml",
        "securityContext:",
    ),
    (
        HOST_PORT,
        "metadata.annotations.external-dns.alpha.kubernetes.io/ttl",
        "address-host-port/service.yaml",
        '"60"',
    ),
    (
        HOST_PORT,
        "metadata.annotations[external-dns.alpha.kubernetes.io/ttl]",
        "address-host-port/service.yaml",
        '"60"',
    ),
    (KEY, "spec.target.deletionPolicy", "secrets/externalsecret.yaml", "Retain"),
]


@pytest.mark.parametrize(("built", "wanted", "file", "text"), CASES)
def test_field_of_the_library(built: Built, wanted: str, file: str, text: str) -> None:
    found, there = blamed(built, wanted)
    assert found == file
    assert there.startswith(text)


@pytest.mark.parametrize(
    ("built", "wanted"),
    [
        (PRODUCER, "spec.replicas"),
        (PRODUCER, "spec"),
        (PRODUCER, POD),
        (PRODUCER, ""),
        (PRODUCER, f"{POD}.containers"),
        (PRODUCER, f"{POD}.hostNetwork"),
        (PRODUCER, f"{POD}.containers[daemon].image"),
        (PRODUCER, f"{POD}.containers[daemon].resources.limits.cpu"),
        (PRODUCER, f"{POD}.containers[other].command"),
        (SERVICE, "spec.replicas"),
        (SERVICE, f"{POD}.containers[service].image"),
        (SERVICE, f"{POD}.containers[service].resources.limits"),
        (SERVICE, f"{POD}.containers[service].env[OTHER]"),
        (SERVICE, f"{POD}.hostNetwork"),
        (HOST_PORT, "spec.type"),
        (KEY, "spec.data[key].remoteRef.key"),
    ],
)
def test_field_that_the_library_leaves_alone(built: Built, wanted: str) -> None:
    assert blamed(built, wanted) == ("", "")


class TestBase:
    """Objects of a base: the place of the field, else of what is nearest, in the document."""

    @staticmethod
    def place(kind: str, name: str, wanted: str) -> Location | None:
        library = LibrarySource(texts())
        parts = ["base/net", "components/isolate"]
        return library.place(parts, Built(kind=kind, name=name), wanted)

    @pytest.mark.parametrize(
        ("kind", "name", "wanted", "file", "text"),
        [
            (
                "NetworkPolicy",
                "client",
                "spec.ingress[0].ports[0].port",
                "networkpolicies",
                "client}",
            ),
            ("NetworkPolicy", "graphql", "metadata.name", "networkpolicies", "graphql"),
            ("NetworkPolicy", "graphql", "spec.egress", "networkpolicies", "spec:"),
            ("NetworkPolicy", "graphql", "status", "networkpolicies", "apiVersion:"),
            (
                "ServiceAccount",
                "daemon",
                "automountServiceAccountToken",
                "serviceaccounts",
                "false",
            ),
            ("RoleBinding", "daemon", "subjects[0].name", "rolebindings", "daemon"),
        ],
    )
    def test_document(self, kind: str, name: str, wanted: str, file: str, text: str) -> None:
        at = self.place(kind, name, wanted)
        assert at
        assert at.path == f"overlays/base/net/{file}.yaml"
        lines = texts()[at.path].split("\n")
        assert lines[at.line - 1][at.column - 1 :].startswith(text)
        documents = texts()[at.path].split("\n---\n")
        document = documents[lines[: at.line].count("---")]
        assert re.search(rf"^  name: {name}$", document, re.MULTILINE)

    def test_component_with_resources(self) -> None:
        at = self.place("NetworkPolicy", "isolate", "spec.egress[3].to[0].ipBlock.cidr")
        assert at
        assert at.path == "overlays/components/isolate/networkpolicies.yaml"

    def test_file_of_a_config_map_is_the_place(self) -> None:
        for wanted in ("data[start.sh]", "data.start.sh"):
            at = self.place("ConfigMap", "scripts", wanted)
            assert at == Location("overlays/base/net/scripts/start.sh")
        at = self.place("ConfigMap", "scripts", "metadata.labels")
        assert at
        assert at.path == "overlays/base/net/kustomization.yaml"

    def test_object_of_somebody_else(self) -> None:
        assert self.place("NetworkPolicy", "other", "spec") is None
        assert self.place("Role", "graphql", "spec") is None
        assert self.place("ConfigMap", "script", "data[start.sh]") is None

    def test_patch_of_a_base_is_for_its_own_objects(self) -> None:
        base = "overlays/base/net/kustomization.yaml"
        patch = '- {op: add, path: /metadata/labels/a, value: "1"}'
        patches = f"patches:\n- target: {{}}\n  patch: |\n    {patch}\n"
        library = LibrarySource(texts() | {base: texts()[base] + patches})
        for built, wanted in ((Built(kind="RoleBinding", name="daemon"), base), (PRODUCER, None)):
            at = library.place(["base/net"], built, "metadata.labels.a")
            assert (at.path if at else None) == wanted


@pytest.mark.parametrize(
    "change",
    [
        {"daemon/statefulset.yaml": "{"},
        {"daemon/statefulset.yaml": "- a\n- {op: add}\n- {op: add, path: 1}\n- {path: ''}\n"},
        {"daemon/statefulset.yaml": "text\n"},
        {"daemon/kustomization.yaml": "- a\n"},
        {"daemon/kustomization.yaml": "patches: {a: b}\n"},
        {"daemon/kustomization.yaml": "patches: [a, {}, {path: 1}, {patch: 1}]\ncomponents: [1]\n"},
        {"daemon/kustomization.yaml": "kind: Component\ncomponents: [., ../daemon, ../absent]\n"},
        {"daemon/kustomization.yaml": "resources: [/etc/passwd, ../../../x, http://x/y]\n"},
        {"daemon/kustomization.yaml": "configMapGenerator: [{}, {name: 1}, {name: y, files: 1}]\n"},
    ],
)
def test_library_that_nothing_can_be_read_from_sets_nothing(change: dict[str, str]) -> None:
    assert blamed(PRODUCER, f"{POD}.automountServiceAccountToken", change) == ("", "")
    library = LibrarySource(texts() | {f"overlays/components/{p}": t for p, t in change.items()})
    config = Built(kind="ConfigMap", name="x")
    assert library.place(["components/daemon"], config, "data.x") is None


def test_part_that_is_not_there_sets_nothing() -> None:
    assert LibrarySource({}).place(["components/daemon"], PRODUCER, "spec.a") is None


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("spec.template", ("spec", "template")),
        ("spec.containers[a.b/c].image", ("spec", "containers", "a.b/c", "image")),
        ("spec.containers[0][1]", ("spec", "containers", "0", "1")),
        ("metadata.labels.a.b/c.d", ("metadata", "labels", "a.b/c.d")),
        ("metadata.labels[a.b/c.d]", ("metadata", "labels", "a.b/c.d")),
        ("data.x.y", ("data", "x.y")),
        ("spec.data.x.y", ("spec", "data", "x", "y")),
        ("metadata.labels", ("metadata", "labels")),
        ("", ()),
    ],
)
def test_steps_of_a_field(text: str, steps: tuple[str, ...]) -> None:
    assert field_steps(text) == steps
