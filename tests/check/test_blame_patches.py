"""Where a field of a built object was set: in doctored copies of the overlays library."""

from __future__ import annotations

import pytest

from generator.check.blame import LibrarySource
from generator.finding import Location
from tests.check.blaming import ARCHIVE, KEY, POD, PRODUCER, blamed, parts_of, texts


def patched(operation: str, path: str = "block-producer") -> dict[str, str]:
    """Return a component with one patch of StatefulSets."""
    return {
        f"{path}/kustomization.yaml": (
            "apiVersion: kustomize.config.k8s.io/v1alpha1\n"
            "kind: Component\n"
            "patches:\n"
            "- path: statefulset.yaml\n"
            "  target: {kind: StatefulSet}\n"
        ),
        f"{path}/statefulset.yaml": operation,
    }


def test_last_of_two_wins() -> None:
    change = patched("- {op: replace, path: /spec/template/spec/restartPolicy, value: Never}\n")
    wanted = f"{POD}.restartPolicy"
    assert blamed(PRODUCER, wanted, change) == ("block-producer/statefulset.yaml", "Never}")


def test_later_map_hides_what_an_earlier_one_had() -> None:
    change = patched(
        "- op: add\n  path: /spec/template/spec/securityContext\n  value: {runAsUser: 1}\n"
    )
    wanted = f"{POD}.securityContext.runAsNonRoot"
    file, text = blamed(PRODUCER, wanted, change)
    assert (file, text) == (
        "block-producer/statefulset.yaml",
        "/spec/template/spec/securityContext",
    )


def test_more_in_a_map_is_blamed_for_nothing_else() -> None:
    change = patched(
        "- op: add\n"
        "  path: /spec/template/spec/containers/0/securityContext/privileged\n"
        "  value: true\n"
    )
    container = f"{POD}.containers[daemon].securityContext"
    assert blamed(PRODUCER, f"{container}.privileged", change)[0].startswith("block-producer/")
    assert blamed(PRODUCER, f"{container}.capabilities", change)[0].startswith("daemon/")
    assert blamed(PRODUCER, container, change)[0].startswith("daemon/")


def test_part_of_a_field_that_nobody_set() -> None:
    change = patched("- {op: add, path: /spec/template/spec/dnsConfig/options, value: []}\n")
    assert blamed(PRODUCER, f"{POD}.dnsConfig", change)[0] == "block-producer/statefulset.yaml"


MERGE = """\
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: any}
spec:
"""


@pytest.mark.parametrize(
    ("patch", "wanted", "text"),
    [
        ("  replicas: 0\n", "spec.replicas", "0"),
        ("  replicas: null\n", "spec.replicas", "null"),
        ("  updateStrategy: {$patch: delete}\n", "spec.updateStrategy.type", "$patch"),
        (
            "  updateStrategy: {$patch: replace, type: OnDelete}\n",
            "spec.updateStrategy.type",
            "OnDelete",
        ),
        (
            "  updateStrategy:\n    $patch: replace\n    x: 1\n",
            "spec.updateStrategy.type",
            "$patch",
        ),
        (
            "  template: {spec: {containers: [{name: daemon, args: [a, b]}]}}\n",
            f"{POD}.containers[daemon].args[1]",
            "b",
        ),
        (
            "  template: {spec: {containers: [{name: daemon, args: [a, b]}]}}\n",
            f"{POD}.containers[daemon].args[2]",
            "args",
        ),
        # Entries of a list without names replace one another.
        (
            "  volumeClaimTemplates:\n  - metadata: {name: state}\n",
            "spec.volumeClaimTemplates[0].spec",
            "metadata",
        ),
    ],
)
def test_strategic_merge(patch: str, wanted: str, text: str) -> None:
    file, there = blamed(PRODUCER, wanted, patched(MERGE + patch))
    assert file == "block-producer/statefulset.yaml"
    assert there.startswith(text)


def test_merge_of_a_list_leaves_other_entries_alone() -> None:
    patch = MERGE + "  template: {spec: {volumes: [{name: other, emptyDir: {}}]}}\n"
    found = blamed(PRODUCER, f"{POD}.volumes[tmp].emptyDir", patched(patch))
    assert found[0] == "daemon/statefulset.yaml"


def test_merge_replaces_lists_of_kinds_that_kubernetes_does_not_know() -> None:
    change = {
        "secrets/externalsecret.yaml": (
            "kind: ExternalSecret\nmetadata: {name: any}\nspec: {data: [{name: a, secretKey: b}]}\n"
        )
    }
    assert blamed(KEY, "spec.data[key]", change)[1].startswith("data: [")


INLINE = """\
kind: Component
patches:
- patch: |-
    # two operations
    - op: test
      path: /spec/template/spec/containers/0/name
      value: daemon

    - {op: add, path: /spec/template/spec/hostNetwork, value: true}
  target: {kind: StatefulSet, name: whale-.*}
- patch: |
    kind: StatefulSet
    metadata: {name: whale-1}
    spec:
      template:
        spec: {hostPID: true}
replicas:
- {name: whale-1, count: 2}
"""


@pytest.mark.parametrize(
    ("wanted", "line", "column"),
    [
        (f"{POD}.hostNetwork", 9, 63),
        (f"{POD}.hostPID", 16, 25),
        ("spec.replicas", 18, 26),
    ],
)
def test_patch_within_the_kustomization(wanted: str, line: int, column: int) -> None:
    library = texts() | {"overlays/components/block-producer/kustomization.yaml": INLINE}
    at = LibrarySource(library).place(parts_of(PRODUCER), PRODUCER, wanted)
    assert at == Location("overlays/components/block-producer/kustomization.yaml", line, column)


@pytest.mark.parametrize("style", [">\n    {}", '"{}"', "'{}'"])
def test_quoted_patch_has_one_place(style: str) -> None:
    patch = style.format("- {op: add, path: /spec/template/spec/hostIPC, value: true}")
    text = f"kind: Component\npatches:\n- target: {{kind: StatefulSet}}\n  patch: {patch}\n"
    library = texts() | {"overlays/components/block-producer/kustomization.yaml": text}
    at = LibrarySource(library).place(parts_of(PRODUCER), PRODUCER, f"{POD}.hostIPC")
    assert at == Location("overlays/components/block-producer/kustomization.yaml", 4, 10)


@pytest.mark.parametrize(
    ("target", "selected"),
    [
        ("{kind: StatefulSet}", True),
        ("{kind: Deployment}", False),
        ("{}", True),
        ("{name: whale-1}", True),
        ("{name: whale}", False),
        ("{name: whale-.*}", True),
        ("{name: .*-.*}", True),
        ("{name: .*whale-1.*1}", False),
        ("{name: seed-1|whale-1}", True),
        ("{name: ^whale-1$}", True),
        ("{labelSelector: testnet/role=block-producer}", True),
        ("{labelSelector: testnet/role==seed}", False),
        ("{labelSelector: testnet/role!=seed}", True),
        ("{labelSelector: testnet/role!=block-producer}", False),
        ("{labelSelector: absent!=a}", True),
        ('{labelSelector: "testnet/role in (seed, block-producer), x=1"}', True),
        ('{labelSelector: "testnet/role in (seed, block-producer), x=2"}', False),
        ('{labelSelector: "testnet/role notin (seed,archive)"}', True),
        ("{labelSelector: testnet/role}", True),
        ('{labelSelector: "!testnet/role"}', False),
        ('{labelSelector: "!absent"}', True),
        ('{labelSelector: "((("}', False),
    ],
)
def test_targets(target: str, *, selected: bool) -> None:
    change = patched("- {op: add, path: /spec/template/spec/hostIPC, value: true}\n")
    head = change["block-producer/kustomization.yaml"]
    change["block-producer/kustomization.yaml"] = head.replace("{kind: StatefulSet}", target)
    assert bool(blamed(PRODUCER, f"{POD}.hostIPC", change)[0]) is selected


def test_inserted_entry_moves_the_others() -> None:
    change = patched(
        "- {op: test, path: /spec/template/spec/containers/0/name, value: daemon}\n"
        "- {op: add, path: /spec/template/spec/containers/0, value: {name: first, image: a}}\n"
        "- {op: add, path: /spec/template/spec/containers/1/stdin, value: true}\n"
        "- {op: add, path: /spec/template/spec/containers/0/tty, value: true}\n"
        "- {op: remove, path: /spec/template/spec/containers/0}\n"
        "- {op: add, path: /spec/template/spec/containers/0/image, value: b}\n"
    )
    assert blamed(PRODUCER, f"{POD}.containers[daemon].stdin", change)[1] == "true}"
    assert blamed(PRODUCER, f"{POD}.containers[daemon].tty", change)[0] == ""
    assert blamed(PRODUCER, f"{POD}.containers[daemon].image", change)[1] == "b}"


def test_entries_are_known_by_what_was_learnt_of_them() -> None:
    change = patched(
        "- {op: add, path: /spec/template/spec/containers/0, value: {name: first}}\n"
        "- {op: add, path: /spec/template/spec/containers/0/tty, value: true}\n"
        "- {op: remove, path: /spec/template/spec/containers/1}\n"
        "- {op: add, path: /spec/template/spec/containers/0/stdin, value: true}\n"
    )
    assert blamed(PRODUCER, f"{POD}.containers[first].tty", change)[1] == "true}"
    assert blamed(PRODUCER, f"{POD}.containers[first].stdin", change)[1] == "true}"
    removed = blamed(PRODUCER, f"{POD}.containers[daemon].command", change)[1]
    assert removed == "/spec/template/spec/containers/1}"


def test_entry_that_is_gone_leaves_its_index() -> None:
    change = patched(
        "- {op: remove, path: /spec/template/spec/containers/1}\n"
        "- {op: add, path: /spec/template/spec/containers/0/stdin, value: true}\n",
        "archive",
    )
    change["archive/statefulset.yaml"] = (
        "- {op: test, path: /spec/template/spec/containers/1/name, value: archive}\n"
        + change["archive/statefulset.yaml"]
    )
    assert blamed(ARCHIVE, f"{POD}.containers[daemon].stdin", change)[1] == "true}"
