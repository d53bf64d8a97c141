"""Bad inputs 79 and 139 to 149: kustomizations that fetch, run, read or hide what they should not.

`tests/test_kustomization.py` has every form of them; here they come with a library on disk.
"""

from __future__ import annotations

import pytest

from tests.repository import KUSTOMIZATION, Repository, net
from tests.test_bad_inputs.program import PATH, Program, refuse, rules_of

BASE = "overlays/base/net/kustomization.yaml"
OTHER = "overlays/other/kustomization.yaml"
PATCH = "overlays/base/net/patch.yaml"
LISTED = f"{KUSTOMIZATION}patches:\n- path: patch.yaml\n"


def base(text: str) -> dict[str, str]:
    """Return a library whose base has more fields."""
    return {BASE: f"{KUSTOMIZATION}{text}\n"}


def patch(text: str) -> dict[str, str]:
    """Return a library whose base has a patch."""
    return {BASE: LISTED, PATCH: f"{text}\n"}


CASES: dict[int, tuple[list[dict[str, str]], set[str]]] = {
    79: ([base("namePrefix: a-very-long-prefix-")], {"field"}),
    139: ([{"overlays/base/net/kustomization.yml": KUSTOMIZATION}], {"name"}),
    141: (
        [
            base("resources: ['https://example.org/x?ref=main']"),
            base("components: [github.com/a/b]"),
            base("resources: ['git@example.org:a/b.git']"),
        ],
        {"remote"},
    ),
    142: (
        [
            base("helmCharts: [{name: x, repo: z}]"),
            base("generators: [exec.yaml]"),
            patch("metadata: {annotations: {config.kubernetes.io/function: 'exec: {path: x}'}}"),
        ],
        {"plugin"},
    ),
    143: (
        [
            base("configMapGenerator: [{name: x, files: [../../../environments/fleet.yaml]}]"),
            base("configMapGenerator: [{name: x, files: [/etc/passwd]}]"),
        ],
        {"path"},
    ),
    144: (
        [
            base("resources: [../../other]")
            | {OTHER: f"{KUSTOMIZATION}resources: [../base/net]\n"},
            base("resources: [.]"),
        ],
        {"cycle"},
    ),
    145: (
        [
            patch("$patch: delete\nkind: StatefulSet"),
            patch("- {op: remove, path: /spec/updateStrategy}"),
            patch("- {op: replace, path: /metadata/name, value: other}"),
        ],
        {"patch"},
    ),
    146: ([base("replacements: [{source: {kind: Secret}}]"), base("vars: []")], {"field"}),
    147: (
        [base("replicas: [{name: a, count: 2}]"), base("images: [{name: a, newTag: b}]")],
        {"field"},
    ),
    148: (
        [base("resources: [list.yaml]") | {"overlays/base/net/list.yaml": "kind: List\n"}],
        {"hidden"},
    ),
    149: ([{"overlays/base/net/more.yml": "kind: X\n"}], {"hidden"}),
}


@pytest.mark.parametrize(
    ("number", "files"),
    [(number, files) for number, (libraries, _) in CASES.items() for files in libraries],
    ids=[f"{n}-{m}" for n, (libraries, _) in CASES.items() for m in range(len(libraries))],
)
def test_refused(
    repository: Repository, testnet: Program, number: int, files: dict[str, str]
) -> None:
    repository.write(PATH, net("name: bad"))
    for path, text in files.items():
        repository.write(path, text)
    run = refuse(testnet, repository)
    rules = {rule.removeprefix("kustomize/") for rule in rules_of(run.err)}
    assert rules == CASES[number][1]
    # Before any program is run.
    assert rules_of(refuse(testnet, repository, "generate").err) == rules_of(run.err)


def test_142_open_api_from_elsewhere(repository: Repository, testnet: Program) -> None:
    repository.write(BASE, f"{KUSTOMIZATION}openapi: {{path: 'http://example.org/x'}}\n")
    run = refuse(testnet, repository)
    assert rules_of(run.err) == {"kustomize/field", "kustomize/remote"}


def test_library_that_is_published_is_judged_too(full: Repository, testnet: Program) -> None:
    assert testnet("generate").code == 0
    # The net stays pinned to the library that it has, and that one is not to be trusted either.
    version = next((full.tree / "overlays").iterdir()).name
    path = full.write(f"build/environments/overlays/{version}/{PATCH[9:]}", "kind: X\n")
    run = testnet("diff")
    assert run.code == 1, run.err
    path.unlink()
    assert testnet("diff").code == 0


def test_140_tree_that_was_edited_by_hand(full: Repository, testnet: Program) -> None:
    assert testnet("generate").code == 0
    kustomization = next(full.tree.glob("clusters/*/nets/full/shared-1/kustomization.yaml"))
    text = kustomization.read_text("utf-8")
    kustomization.write_text(f"{text}images: [{{name: a, newTag: b}}]\n", "utf-8")
    run = testnet("diff", "--stat")
    assert run.code == 1
    assert "1 changed" in run.out
    assert testnet("generate").code == 0
    assert kustomization.read_text("utf-8") == text
