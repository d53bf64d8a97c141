"""Kustomizations that are refused before kustomize is run: each mistake at its place."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.kustomization import check_kustomizations
from generator.kustomization.published import KINDS, SOUGHT
from generator.pipeline import generate, plan_nets
from tests.kustomizer import Joining
from tests.repository import MARK, NOW, Repository, marked, rules
from tests.synthetic import REPOSITORY

HEAD = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n"
COMPONENT = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n"
BASE = "overlays/base/net/kustomization.yaml"
PART = "overlays/components/part/kustomization.yaml"
PATCH = "overlays/components/part/patch.yaml"
NET = "clusters/west/nets/one/shared-1/kustomization.yaml"
LIBRARY = {
    BASE: f"{HEAD}resources:\n- account.yaml\n",
    "overlays/base/net/account.yaml": "apiVersion: v1\nkind: ServiceAccount\n",
    "overlays/base/net/start.sh": "#!/bin/sh\n",
    PART: f"{COMPONENT}patches:\n- path: patch.yaml\n  target: {{kind: StatefulSet}}\n",
    PATCH: "- {op: add, path: /spec/updateStrategy, value: {type: RollingUpdate}}\n",
}


def found(
    files: Mapping[str, bytes | str], *, generated: bool = False, links: tuple[str, ...] = ()
) -> list[tuple[str, str]]:
    """Return place and rule of each finding."""
    findings = check_kustomizations(files, generated=generated, links=links)
    for finding in findings:
        assert finding.why
        assert finding.remediation.endswith(".")
        assert "\n" not in finding.message
    return [(str(at), rule.removeprefix("kustomize/")) for rule, at in rules(findings)]


def judge(path: str, text: str, **more: str) -> None:
    """Put a file with a marked place into the library; the finding there is the only one."""
    [rule] = more.values()
    clean, at = marked(path, text)
    assert found(LIBRARY | {path: clean}) == [(str(at or f"{path}:1:1"), rule)]


def test_what_was_judged_before_is_only_referred_to() -> None:
    directory = "overlays/0123456789ab"
    text = f"{HEAD}helmCharts: []\nresources: [x.yaml]\n"
    base = {f"{directory}/base/kustomization.yaml": text, f"{directory}/base/x.yaml": "kind: List"}
    net = {NET: f"{HEAD}namespace: net-one\nresources: [../../../../../{directory}/base]\n"}
    lock = {"clusters/west/nets/one/net.lock.yaml": ""}
    files = base | net | lock
    assert {finding.rule for finding in check_kustomizations(files, generated=True)} == {
        "kustomize/hidden",
        "kustomize/plugin",
    }
    assert check_kustomizations(files, generated=True, judged=[directory]) == ()
    # What is named by itself is an object, whatever it was in the library.
    listed = {NET: files[NET].replace("/base]", "/base/x.yaml]")}
    rules = [
        f.rule for f in check_kustomizations(files | listed, generated=True, judged=[directory])
    ]
    assert rules == ["kustomize/hidden"]
    without = check_kustomizations(net | lock, generated=True, judged=[directory])
    assert [finding.rule for finding in without] == ["kustomize/path"]


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        (f"{HEAD}resources: []\n", {"kustomize/hidden"}),
        (f"{HEAD}resources: [x.yaml]\nkind: again\n", {"kustomize/syntax"}),
        (f"{HEAD}resources: x.yaml\n", {"kustomize/field"}),
    ],
)
def test_nothing_is_said_of_what_a_refused_kustomization_may_name(
    text: str, rules: set[str]
) -> None:
    beside = {NET.replace("kustomization.yaml", "x.yaml"): "kind: Pod\n"}
    lock = {"clusters/west/nets/one/net.lock.yaml": ""}
    findings = check_kustomizations({NET: text} | beside | lock, generated=True)
    assert {finding.rule for finding in findings} == rules


def test_a_file_that_is_left_behind_is_not_referred_to() -> None:
    text = f"{HEAD}configMapGenerator:\n- name: x\n  files: [x.json]\n"
    files = LIBRARY | {"overlays/base/x/kustomization.yaml": text, "overlays/base/x/x.json": "{}"}
    [finding] = check_kustomizations(files, generated=False)
    assert finding.rule == "kustomize/path"
    assert "is not published: a library is made of .yaml, .sh, .py" in finding.message


def test_library_of_the_tests_is_fine() -> None:
    assert found(LIBRARY) == []


def test_library_of_the_repository_is_fine() -> None:
    files = {
        path.relative_to(REPOSITORY).as_posix(): path.read_bytes()
        for path in (REPOSITORY / "overlays").rglob("*")
        if path.is_file()
    }
    assert len(files) > 40
    assert found(files) == []


REMOTE = [
    "https://example.org/base",
    "https://example.org/base?ref=main",
    "git@example.org:a/b.git",
    "git::https://example.org/a",
    "github.com/a/b",
    "GitHub.com/a/b/c?ref=v1",
    "example.org:a/b",
    "ssh://example.org/a",
    "file:///etc",
    "//example.org/a",
    "../part//sub",
    "part?ref=main",
    "user@part",
    "gh:a/b",
    "a/b.git",
]


@pytest.mark.parametrize("text", REMOTE)
def test_what_may_be_fetched(text: str) -> None:
    judge(BASE, f"{HEAD}resources:\n- {MARK}'{text}'\n", rule="remote")
    judge(BASE, f"{HEAD}components:\n- {MARK}'{text}'\n", rule="remote")
    judge(PART, f"{COMPONENT}patches:\n- path: {MARK}'{text}'\n", rule="remote")
    generator = f"configMapGenerator:\n- name: x\n  files:\n  - {MARK}'{text}'\n"
    judge(BASE, f"{HEAD}{generator}", rule="remote")


@pytest.mark.parametrize("field", ["openapi: {path: ", "crds: [", "configurations: [", "bases: ["])
def test_what_may_be_fetched_by_a_field_that_is_refused(field: str) -> None:
    close = "}" if "{" in field else "]"
    text = f"{HEAD}{field}'https://example.org/x'{close}\n"
    column = len(field) + 1
    assert found(LIBRARY | {BASE: text}) == [
        (f"{BASE}:3:1", "field"),
        (f"{BASE}:3:{column}", "remote"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "/etc/passwd",
        "../../../secrets",
        "../../../../../etc",
        "..",
        "../..",
        "absent.yaml",
        "../absent",
        "a b",
        "a\\b",
        "$HOME",
        "~",
        "start.sh",
        "kustomization.yaml",
    ],
)
def test_what_is_not_there_or_leads_out(text: str) -> None:
    judge(BASE, f"{HEAD}resources: [{MARK}'{text}']\n", rule="path")


@pytest.mark.parametrize(
    "text", ["../../../x.sh", "/etc/passwd", "key=/etc/passwd", "k=../../../x", "absent.sh"]
)
def test_files_of_a_config_map_from_elsewhere(text: str) -> None:
    files = f"configMapGenerator:\n- name: x\n  files: [{MARK}'{text}']\n"
    judge(BASE, f"{HEAD}{files}", rule="path")


def test_files_of_a_config_map() -> None:
    files = "configMapGenerator:\n- name: x\n  files: [start.sh, run.sh=start.sh]\n"
    options = "generatorOptions: {disableNameSuffixHash: true}\n"
    assert found(LIBRARY | {BASE: f"{HEAD}{files}{options}"}) == []


def test_patch_that_is_no_yaml_would_not_be_judged() -> None:
    path = "overlays/components/part/patch.sh"
    files = {PART: f"{COMPONENT}patches: [{{path: patch.sh}}]\n", path: "$patch: delete\n"}
    assert found(LIBRARY | files) == [(f"{PART}:3:18", "path")]


@pytest.mark.parametrize(
    "field",
    [
        "helmCharts: [{name: x}]",
        "helmGlobals: {chartHome: x}",
        "helmChartInflationGenerator: [{}]",
        "generators: [x.yaml]",
        "transformers: [x.yaml]",
        "validators: [x.yaml]",
    ],
)
def test_plugins(field: str) -> None:
    judge(BASE, f"{HEAD}{MARK}{field}\n", rule="plugin")


@pytest.mark.parametrize("name", ["config.kubernetes.io/function", "config.k8s.io/function"])
def test_functions(name: str) -> None:
    text = f"kind: X\nmetadata:\n  annotations:\n    {MARK}{name}: 'exec: {{path: ./x}}'\n"
    judge("overlays/base/net/account.yaml", text, rule="plugin")
    pointer = name.replace("/", "~1")
    operation = f"- {{op: add, {MARK}path: /metadata/annotations/{pointer}, value: x}}\n"
    judge(PATCH, operation, rule="plugin")


@pytest.mark.parametrize(
    "field",
    [
        "vars: []",
        "replacements: [{source: {kind: Secret}}]",
        "nameSuffix: -x",
        "namePrefix: x-",
        "namespace: kube-system",
        "images: [{name: a, newTag: b}]",
        "replicas: [{name: a, count: 2}]",
        "configurations: [x.yaml]",
        "buildMetadata: [originAnnotations]",
        "commonLabels: {a: b}",
        "commonAnnotations: {a: b}",
        "secretGenerator: [{name: x}]",
        "patchesStrategicMerge: [x.yaml]",
        "patchesJson6902: [{path: x.yaml}]",
        "crds: [x.yaml]",
        "openapi: {path: x.json}",
        "metadata: {name: x}",
        "Resources: [x.yaml]",
        "sortOptions: {order: legacy}",
    ],
)
def test_fields(field: str) -> None:
    judge(BASE, f"{HEAD}{MARK}{field}\n", rule="field")


@pytest.mark.parametrize(
    "text",
    [
        f"kind: {MARK}List\n",
        f"{MARK}resources: []\n",
        f"apiVersion: {MARK}v1\nkind: Kustomization\n",
        f"{MARK}kind: Component\n",
        f"{HEAD}resources: {MARK}account.yaml\n",
        f"{HEAD}resources: [{MARK}{{a: b}}]\n",
        f"{HEAD}resources: [{MARK}1]\n",
        f"{HEAD}patches: [{MARK}x]\n",
        f"{HEAD}patches: [{MARK}{{target: {{kind: x}}}}]\n",
        f"{HEAD}labels: [{{{MARK}includeSelectors: true}}]\n",
        f"{HEAD}configMapGenerator: [{{name: x, {MARK}behavior: merge}}]\n",
        f"{HEAD}configMapGenerator: [{{name: x, {MARK}envs: [x]}}]\n",
        f"{HEAD}configMapGenerator: [{{name: x, options: {{{MARK}x: 1}}}}]\n",
        f"{HEAD}generatorOptions: {MARK}1\n",
        f"{HEAD}labels: [{{pairs: {{{MARK}testnet/role: seed}}}}]\n",
    ],
)
def test_shapes(text: str) -> None:
    judge(BASE, text, rule="field")


@pytest.mark.parametrize(
    "name", ["kustomization.yml", "Kustomization", "kustomization", "KUSTOMIZATION.YAML"]
)
def test_names(name: str) -> None:
    judge(f"overlays/base/net/{name}", HEAD, rule="name")


PRODUCER = "/spec/template/spec/containers/0"


@pytest.mark.parametrize(
    "operation",
    [
        "op: remove, path: /spec/updateStrategy",
        "op: remove, path: /spec/template/spec/terminationGracePeriodSeconds",
        "op: remove, path: /spec/template/spec/containers/-1",
        f"op: remove, path: {PRODUCER}/securityContext/readOnlyRootFilesystem",
        f"op: move, path: /metadata/annotations/x, from: {PRODUCER}/livenessProbe",
        "op: remove, path: ''",
        "op: replace, path: '', value: {}",
        "op: add, path: /spec, value: {}",
        "op: add, path: /spec/template/spec, value: {}",
        "op: add, path: /spec/updateStrategy, value: null",
        "op: add, path: /spec/updateStrategy",
        "op: remove, path: /spec/template/metadata/labels/testnet~1role",
        "op: replace, path: /metadata/labels/testnet~1role, value: seed",
        "op: add, path: /metadata/labels/testnet~1role",
        "op: add, path: /spec/template/metadata/labels/testnet~1daemon, value: x",
        "op: copy, path: /metadata/labels/testnet~1key, from: /metadata/labels/a",
        "op: move, path: /metadata/labels/testnet~1key, from: /metadata/labels/a",
        "op: replace, path: /metadata/name, value: x",
        "op: copy, path: /metadata/name, from: /metadata/labels/a",
        "op: add, path: /metadata/namespace, value: x",
        "op: replace, path: /kind, value: Deployment",
    ],
)
def test_operations_that_take_away(operation: str) -> None:
    judge(PATCH, f"# why\n- {MARK}{{{operation}}}\n", rule="patch")
    inline = f"{COMPONENT}patches:\n- patch: {MARK}|-\n    - {{{operation}}}\n"
    judge(PART, inline, rule="patch")


@pytest.mark.parametrize(
    "operation",
    [
        "op: test, path: /metadata/name, value: x",
        "op: remove, path: /spec/template/spec/volumes/0",
        "op: remove, path: /metadata/labels/other",
        "op: add, path: /spec/template/metadata/labels/testnet~1logs, value: json",
        f"op: add, path: {PRODUCER}/livenessProbe, value: {{}}",
        "op: copy, path: /metadata/annotations/x, from: /metadata/labels/a",
    ],
)
def test_operations_that_may_be(operation: str) -> None:
    assert found(LIBRARY | {PATCH: f"- {{{operation}}}\n"}) == []


@pytest.mark.parametrize(
    "text",
    [
        f"{MARK}$patch: delete\nkind: StatefulSet\n",
        f"spec: {{containers: [{{name: daemon, {MARK}$patch: delete}}]}}\n",
        f"spec:\n  {MARK}$patch: replace\n",
        f"spec:\n  {MARK}$retainKeys: [a]\n",
        f"spec:\n  updateStrategy: {MARK}null\n",
        f"spec: {{template: {{spec: {{terminationGracePeriodSeconds: {MARK}~}}}}}}\n",
        f"metadata: {{name: {MARK}~}}\n",
        f"metadata: {{labels: {{testnet/role: {MARK}null}}}}\n",
        f"metadata: {{labels: {{testnet/role: {MARK}seed}}}}\n",
    ],
)
def test_merges_that_take_away(text: str) -> None:
    judge(PATCH, text, rule="patch")


def test_merges_that_may_be() -> None:
    text = "kind: X\nmetadata: {name: x, labels: {other: null}}\nspec: {template: {a: null}}\n"
    assert found(LIBRARY | {PATCH: text}) == []


def test_file_that_is_a_patch_and_a_resource_is_judged_as_both() -> None:
    files = {
        PART: f"{LIBRARY[PART]}resources: [patch.yaml]\n",
        PATCH: "$patch: delete\nkind: List\n",
    }
    assert found(LIBRARY | files) == [(f"{PATCH}:1:1", "patch"), (f"{PATCH}:2:7", "hidden")]


@pytest.mark.parametrize("option", ["allowNameChange", "allowKindChange"])
def test_options_of_a_patch(option: str) -> None:
    text = f"{COMPONENT}patches:\n- path: patch.yaml\n  {MARK}options: {{{option}: true}}\n"
    judge(PART, text, rule="patch")


@pytest.mark.parametrize(
    ("text", "at"), [("1\n", "1:1"), ("- 1\n", "1:3"), ("a: &x 1\n", "1:4"), ("a: [\n", "1:5")]
)
def test_patch_that_is_none(text: str, at: str) -> None:
    assert found(LIBRARY | {PATCH: text}) == [(f"{PATCH}:{at}", "syntax")]


def test_cycles() -> None:
    files = {
        f"overlays/{name}/kustomization.yaml": f"{COMPONENT}components: [../{other}]\n"
        for name, other in (("a", "b"), ("b", "c"), ("c", "a"), ("d", "a"), ("e", "../overlays/e"))
    }
    assert found(files) == [
        ("overlays/c/kustomization.yaml:1:1", "cycle"),
        ("overlays/e/kustomization.yaml:1:1", "cycle"),
    ]
    judge(BASE, f"{HEAD}resources: [.]\n".replace("apiVersion", f"{MARK}apiVersion"), rule="cycle")


def test_long_chain_is_no_cycle() -> None:
    files = {
        f"overlays/{number}/kustomization.yaml": f"{COMPONENT}components: [../{number + 1}]\n"
        for number in range(2000)
    }
    assert found(files | {"overlays/2000/kustomization.yaml": COMPONENT}) == []


def test_base_over_two_ways_is_no_cycle() -> None:
    files = {
        "overlays/a/kustomization.yaml": f"{COMPONENT}components: [../b, ../c]\n",
        "overlays/b/kustomization.yaml": f"{COMPONENT}components: [../d]\n",
        "overlays/c/kustomization.yaml": f"{COMPONENT}components: [../d]\n",
        "overlays/d/kustomization.yaml": COMPONENT,
    }
    assert found(files) == []


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("overlays/base/net/other.yml", "kind: X\n"),
        ("overlays/base/net/other.YAML", "kind: X\n"),
        ("overlays/.sourceignore", "*\n"),
        ("overlays/base/net/account.yaml", f"kind: X\n---\nkind: {MARK}List\nitems: []\n"),
        ("overlays/base/net/account.yaml", f"kind: {MARK}ConfigMapList\nitems: []\n"),
    ],
)
def test_hidden(path: str, text: str) -> None:
    judge(path, text, rule="hidden")


@pytest.mark.parametrize(
    "text",
    [
        f"kind: X\n---\na: {MARK}&x 1\n",
        f"kind: X\n---\na: {MARK}yes\n",
        f"kind: X\n---\na: {MARK}!t 1\n",
        f"a: 1\n---\n%YAML 1.1{MARK}\n",
        f"a: 1\n{MARK}a: 2\n",
        f"kind: X\n---\n{MARK}- 1\n",
        "a: 1\x00\n".replace("\x00", f"{MARK}\x00"),
    ],
)
def test_syntax_of_manifests(text: str) -> None:
    judge("overlays/base/net/account.yaml", text, rule="syntax")


def test_syntax_of_kustomizations() -> None:
    judge(BASE, f"{HEAD}resources: []\n{MARK}---\n", rule="syntax")
    judge(BASE, f"x: {MARK}&a 1\n", rule="syntax")
    judge(BASE, f"{HEAD}{MARK}kind: Component\n", rule="syntax")
    assert found(LIBRARY | {BASE: b"\xff"}) == [(f"{BASE}:1:1", "syntax")]
    assert found(LIBRARY | {BASE: "a: \ud800"}) == [(f"{BASE}:1:4", "syntax")]


def test_links() -> None:
    assert found(LIBRARY, links=("overlays/base/net/x.yaml", "overlays/components/y")) == [
        ("overlays/base/net/x.yaml:1:1", "link"),
        ("overlays/components/y:1:1", "link"),
    ]


# The published tree.


@pytest.fixture
def published(full: Repository) -> dict[str, bytes | str]:
    """A tree as it is generated, by path."""
    full.write_net("one", "")
    (full.root / "environments/testnets/one.yaml").unlink()
    planned = plan_nets(full.root, full.tree, now=NOW)
    generate(planned, full.tree, Joining())
    return {
        path.relative_to(full.tree).as_posix(): path.read_bytes()
        for path in full.tree.rglob("*")
        if path.is_file()
    }


SHARED = "clusters/west/nets/full/shared-1/kustomization.yaml"


def test_generated_tree_is_fine(published: dict[str, bytes | str]) -> None:
    assert found(published, generated=True) == []


@pytest.mark.parametrize(
    "path",
    [
        "clusters/west/kustomization.yaml",
        "clusters/west/extra/x.yaml",
        "clusters/west/testnets/kustomization.yaml",
        "clusters/west/testnets/stray.yaml",
        "clusters/west/testnets/more/x.yaml",
        "clusters/west/platform/stray.yaml",
        "clusters/west/flux-system/stray.yaml",
        "clusters/west/nets/full/shared-1/stray.yaml",
        "clusters/west/nets/full/shared-1/.sourceignore",
        "clusters/west/nets/full/shared-1/stray.yml",
        "overlays/base/net/kustomization.yaml",
        "overlays/0123456789ab/.hidden",
        "other/x.yaml",
        ".sourceignore",
    ],
)
def test_stray_files(published: dict[str, bytes | str], path: str) -> None:
    published[path] = HEAD if path.endswith("kustomization.yaml") else "kind: X\n"
    assert (f"{path}:1:1", "hidden") in found(published, generated=True)


@pytest.mark.parametrize("folder", ["flux-system", "platform"])
def test_stray_file_that_is_listed(published: dict[str, bytes | str], folder: str) -> None:
    listing = f"clusters/west/{folder}/kustomization.yaml"
    text = published[listing]
    assert isinstance(text, bytes)
    published[listing] = text.replace(b"resources:\n", b"resources:\n- stray.yaml\n")
    path = f"clusters/west/{folder}/stray.yaml"
    published[path] = "kind: X\n"
    assert (f"{path}:1:1", "hidden") in found(published, generated=True)


@pytest.mark.parametrize("name", ["kustomization.yml", "Kustomization"])
def test_second_name_in_the_tree(published: dict[str, bytes | str], name: str) -> None:
    path = f"clusters/west/testnets/{name}"
    assert (f"{path}:1:1", "name") in found(published | {path: HEAD}, generated=True)


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("namespace: net-full", "namespace: kube-system", "field"),
        ("namespace: net-full", "nameSuffix: -b", "field"),
        ("namespace: net-full", "images: [{name: a, newName: b}]", "field"),
        ("namespace: net-full", "patches: [{path: net.yaml}]", "field"),
        ("namespace: net-full", "configMapGenerator: [{name: a}]", "field"),
        ("namespace: net-full", "helmCharts: []", "plugin"),
        ("kind: Kustomization", "kind: Component", "field"),
        ("- net.yaml", "- ../../open/shared-1", "path"),
        ("- net.yaml", "- ../producers-1/daemons.yaml", "path"),
        ("- net.yaml", "- https://example.org/x", "remote"),
        ("- net.yaml", "- net.yaml\n- net.yaml # ?\n- ../shared-1/../../../../../x", "path"),
        ("order: fifo", "order: legacy", "field"),
        ("namespace: net-full", "namespace: &a net-full", "syntax"),
    ],
)
def test_kustomization_that_was_edited(
    published: dict[str, bytes | str], old: str, new: str, rule: str
) -> None:
    text = published[SHARED]
    assert isinstance(text, bytes)
    assert old.encode() in text
    published[SHARED] = text.replace(old.encode(), new.encode())
    assert rule in {name for at, name in found(published, generated=True) if SHARED in at}


def test_parts_of_two_versions(published: dict[str, bytes | str]) -> None:
    library = {path: text for path, text in published.items() if path.startswith("overlays/")}
    version = next(iter(library)).split("/")[1]
    other = {path.replace(version, "0" * 12): text for path, text in library.items()}
    text = published[SHARED]
    assert isinstance(text, bytes)
    published[SHARED] = text.replace(version.encode(), b"0" * 12, 1)
    assert found(published | other, generated=True) == [(f"{SHARED}:2:1", "path")]
    # A library may not refer to another version either.
    base = f"overlays/{version}/base/net/kustomization.yaml"
    reference = f"{HEAD}resources: [../../../{'0' * 12}/base/platform]\n"
    assert (f"{base}:3:13", "path") in found(published | other | {base: reference}, generated=True)


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("x: &a 1", "syntax"),
        ("- *a", "syntax"),
        ("  <<: x", "syntax"),
        ("- - x: !!str 1", "syntax"),
        ("kind: List", "hidden"),
        ('- "kind": "PodList"', "hidden"),
    ],
)
def test_manifest_that_was_edited(published: dict[str, bytes | str], line: str, rule: str) -> None:
    path = "clusters/west/nets/full/shared-1/net.yaml"
    published[path] = f"a: b\n{line}\n"
    assert found(published, generated=True) == [(f"{path}:2:1", rule)]


@pytest.mark.parametrize("place", KINDS)
@pytest.mark.parametrize(
    "more",
    ["kind: Pod\n", "a: 1\n", "- 1\n", '"kind": "Pod"\n', "{kind: Pod}\n", "kind: [Pod]\n"],
)
def test_kinds_of_what_all_nets_share(
    published: dict[str, bytes | str], place: str, more: str
) -> None:
    path = f"clusters/west/{place}"
    text = published[path]
    assert isinstance(text, bytes)
    line = text.count(b"\n") + 2
    published[path] = text + b"---\n" + more.encode()
    assert (f"{path}:{line}:1", "hidden") in found(published, generated=True)


@pytest.mark.parametrize("tree", sorted((Path(__file__).parent / "golden").iterdir()), ids=str)
def test_golden_trees_are_fine(tree: Path) -> None:
    top = next((path.parent for path in tree.rglob("clusters") if path.is_dir()), None)
    if top is None:
        pytest.skip("no tree")
    files = {
        path.relative_to(top).as_posix(): path.read_bytes()
        for path in (top / "clusters").rglob("*")
        if path.is_file()
    }
    rules_found = {rule for _, rule in found(files, generated=True)}
    assert rules_found <= {"path"}  # the library is not part of a golden tree


@pytest.mark.parametrize("entry", SOUGHT, ids=lambda entry: entry[0])
@given(data=st.data())
def test_what_a_pattern_finds_has_a_sign(
    entry: tuple[str, tuple[bytes, ...], re.Pattern[bytes], str], data: st.DataObject
) -> None:
    _, signs, pattern, _ = entry
    text = data.draw(st.from_regex(pattern))
    assert any(sign in text for sign in signs)
