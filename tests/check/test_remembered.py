"""What is remembered within a run: equal things alone have one result."""

from pathlib import Path

import pytest

from generator import library
from generator.check.pods import project_pod
from generator.finding import Finding
from generator.library import read_library


def _pod(**container: object) -> dict[str, object]:
    return {"containers": [{"name": "daemon", **container}]}


@pytest.mark.parametrize("value", [1, True, 1.0, "1", [1], {"1": 1}, None])
def test_containers_that_only_seem_equal_are_projected_apart(value: object) -> None:
    context = {"securityContext": {"runAsUser": value}}
    for other in (1, True, 1.0, "1", [1], {"1": 1}, None):
        project_pod(_pod(securityContext={"runAsUser": other}))
    again = project_pod(_pod(**context))
    known = type(value) is int
    assert again["malformed"] == (
        [] if known or value is None else ["containers[daemon].securityContext.runAsUser"]
    )


def test_what_is_malformed_is_told_each_time() -> None:
    pod = _pod(securityContext={"privileged": "yes"}, ports="none")
    assert project_pod(pod) == project_pod(pod)
    assert project_pod(pod)["malformed"] == [
        "containers[daemon].ports",
        "containers[daemon].securityContext.privileged",
    ]


def test_what_no_yaml_gives_is_projected_all_the_same() -> None:
    odd = _pod(securityContext={"privileged": object()})
    assert project_pod(odd)["malformed"] == ["containers[daemon].securityContext.privileged"]


def test_names_of_containers_are_told_apart() -> None:
    found = project_pod({"containers": [{"name": "a"}], "initContainers": [{"name": "a"}]})
    assert [(c["name"], c["init"]) for c in found["containers"]] == [("a", False), ("a", True)]  # type: ignore[attr-defined]


def test_a_library_is_checked_once_and_each_change_of_it_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked: list[object] = []

    def check(files: dict[str, str], *, generated: bool) -> tuple[Finding, ...]:
        checked.append((files, generated))
        return ()

    monkeypatch.setattr(library, "check_kustomizations", check)
    file = tmp_path / "overlays/kustomization.yaml"
    file.parent.mkdir()
    texts = [f"kind: Component # {number} of test_remembered\n" for number in range(2)]
    for text in (texts[0], texts[0], texts[1]):
        file.write_text(text)
        read_library(tmp_path)
    assert checked == [({"overlays/kustomization.yaml": text}, False) for text in texts]
