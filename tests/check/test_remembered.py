"""What is remembered, within a run and for the next: equal things alone have one result."""

from collections.abc import Callable
from pathlib import Path

import pytest

from generator import library
from generator.cache import Cache
from generator.check import setting
from generator.check.pods import project_pod
from generator.check.setting import read_published
from generator.errors import InvalidInput, UsageError
from generator.finding import Finding
from generator.library import read_library
from generator.locks import Locks, read_locks
from generator.plan import Plan
from tests.allocation import write_published
from tests.repository import net

COMPONENT = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n"


def forbidden(*_: object, **__: object) -> object:
    """Stand for what shall not be called again."""
    message = "again"
    raise AssertionError(message)


def write(root: Path, path: str, text: str) -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(text)


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


def test_a_library_that_was_checked_is_not_checked_by_the_next_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = Cache(tmp_path / "cache")
    write(tmp_path, "overlays/kustomization.yaml", COMPONENT)
    first = read_library(tmp_path, cache)
    monkeypatch.setattr(library, "_judge", forbidden)
    assert read_library(tmp_path, cache) == first
    for path in ("overlays/kustomization.yaml", "overlays/other.yaml", "overlays/seen.txt"):
        write(tmp_path, path, f"{COMPONENT}# another\n")
        with pytest.raises(AssertionError, match="again"):
            read_library(tmp_path, cache)
        (tmp_path / path).unlink()
        write(tmp_path, "overlays/kustomization.yaml", COMPONENT)


def test_a_library_that_is_refused_is_refused_by_the_next_run_too(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "cache")
    write(tmp_path, "overlays/kustomization.yaml", "helmCharts: []\n")
    for _ in range(2):
        with pytest.raises(InvalidInput):
            read_library(tmp_path, cache)


def test_locks_that_were_read_are_parsed_only_where_they_are_needed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, plans: Callable[..., tuple[Plan, ...]]
) -> None:
    cache = Cache(tmp_path / "cache")
    tree = tmp_path / "tree"
    write_published(plans(net()), tree)
    first = read_published(tmp_path, tree, cache)
    monkeypatch.setattr(setting, "read_allocations", forbidden)
    again = read_published(tmp_path, tree, cache)
    assert dict(again.allocations.nets) == first.allocations.nets
    [lock, *_] = tree.glob("clusters/*/nets/*/net.lock.yaml")
    lock.write_text("net: net\n")
    with pytest.raises(AssertionError, match="again"):
        read_published(tmp_path, tree, cache)


@pytest.mark.parametrize(
    "spoil",
    [
        Path.unlink,
        lambda lock: lock.write_text("net: net\n"),
        lambda lock: lock.write_text(lock.read_text().replace("  digest:", "  other:", 1)),
        lambda lock: lock.write_text(lock.read_text().replace("cluster: ", "cluster: x", 1)),
    ],
    ids=["missing", "another", "of another genesis", "of another cluster"],
)
def test_locks_that_are_refused_are_refused_by_the_next_run_too(
    tmp_path: Path, plans: Callable[..., tuple[Plan, ...]], spoil: Callable[[Path], object]
) -> None:
    cache = Cache(tmp_path / "cache")
    tree = tmp_path / "tree"
    write_published(plans(net()), tree)
    [lock, *_] = tree.glob("clusters/*/nets/*/net.lock.yaml")
    spoil(lock)
    for _ in range(2):
        with pytest.raises(UsageError, match=r"net\.lock\.yaml"):
            read_published(tmp_path, tree, cache)


def test_a_lock_that_came_while_others_were_read_is_not_remembered_as_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, plans: Callable[..., tuple[Plan, ...]]
) -> None:
    cache = Cache(tmp_path / "cache")
    tree = tmp_path / "tree"
    write_published(plans(net()), tree)
    [lock, *_] = tree.glob("clusters/*/nets/*/net.lock.yaml")
    text = lock.read_bytes()

    def read(root: Path) -> Locks:
        lock.unlink()
        locks = read_locks(root)
        lock.write_bytes(text)
        return locks

    monkeypatch.setattr(setting, "read_locks", read)
    read_published(tmp_path, tree, cache)
    monkeypatch.setattr(setting, "read_locks", read_locks)
    lock.unlink()
    with pytest.raises(UsageError, match=r"net\.lock\.yaml"):
        read_published(tmp_path, tree, cache)
