"""From the files of a repository to the published tree: what is written, kept and removed."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Never

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator import load, pipeline
from generator.errors import InvalidInput, UsageError
from generator.load import find_root
from generator.locks import read_locks
from generator.pipeline import Generated, generate, plan_nets, select, try_plans
from generator.plan import Allocations, NetAllocation
from generator.published import read_allocations, trust_locks
from generator.tree import ChangeKind, FileTree, Managed, write_tree
from tests.kustomizer import Joining
from tests.repository import KUSTOMIZATION, NOW, Repository, net

LATER = NOW + timedelta(days=3)
ONE = net("name: one", "seeds: {keys: [l01..l03]}")
TWO = net("name: one-two", "seeds: {keys: [l04]}", "regions: [us-west-2]")


def run(
    repository: Repository,
    *names: str,
    now: datetime = NOW,
    kustomize: Joining | None = None,
    write: bool = True,
) -> Generated:
    """Generate nets of a repository into its tree."""
    planned = plan_nets(repository.root, repository.tree, now=now)
    return generate(planned, repository.tree, kustomize or Joining(), names=names, write=write)


def changes(generated: Generated) -> dict[str, str]:
    """Return what changed: path to kind."""
    return {change.path: str(change.kind) for change in generated.changes}


@pytest.fixture
def two(repository: Repository) -> Repository:
    """A repository with two nets; the name of one begins like the other."""
    repository.write_net("one", ONE)
    repository.write_net("one-two", TWO)
    return repository


def test_tree_has_what_flux_reads(two: Repository) -> None:
    generated = run(two)
    paths = set(changes(generated))
    assert {
        "clusters/west/flux-system/source.yaml",
        "clusters/west/platform/platform.yaml",
        "clusters/west/testnets/_cluster.yaml",
        "clusters/west/testnets/one.yaml",
        "clusters/west/nets/one/net.lock.yaml",
        "clusters/west/nets/one/shared-1/kustomization.yaml",
        "clusters/west/nets/one/shared-1/genesis.yaml",
        "clusters/east/nets/one/seeds-1/daemons.yaml",
    } <= paths
    assert not [path for path in paths if path.startswith("clusters/east/nets/one-two")]
    [library] = {path.split("/")[1] for path in paths if path.startswith("overlays/")}
    assert len(library) == 12
    assert {change.kind for change in generated.changes} == {ChangeKind.ADDED}
    assert [plan.name for plan in generated.plans] == ["one", "one-two"]


def test_second_run_changes_nothing(two: Repository) -> None:
    run(two)
    kustomize = Joining()
    again = run(two, now=LATER, kustomize=kustomize)
    assert not again.changes
    assert kustomize.built == []


def test_nothing_is_written_on_request(two: Repository) -> None:
    generated = run(two, write=False)
    assert generated.changes
    assert not two.tree.exists()


def test_nothing_is_written_before_everything_is_built(two: Repository) -> None:
    with pytest.raises(Exception, match="does not build"):
        run(two, kustomize=Joining(fails=lambda path: "one-two" in path))
    assert not two.tree.exists()


def test_moment_of_publishing_is_remembered(two: Repository) -> None:
    run(two, "one")
    run(two, now=LATER)
    nets = read_allocations(two.tree).nets
    assert (nets["one"].published, nets["one-two"].published) == (NOW, LATER)


def test_one_net_leaves_the_others_alone(two: Repository) -> None:
    run(two)
    two.write_net("one", ONE.replace("ttl: 1d", "ttl: 2d"))
    changed = changes(run(two, "one"))
    assert set(changed) == {
        path
        for cluster in ("west", "center", "east")
        for path in (
            f"clusters/{cluster}/nets/one/net.lock.yaml",
            f"clusters/{cluster}/testnets/one.yaml",
        )
    }


@pytest.mark.parametrize("now", ["changed", "gone"])
def test_one_net_is_not_written_while_another_has_changed(two: Repository, now: str) -> None:
    """What the other still holds in the tree might be what this one takes."""
    run(two)
    path = two.write_net("one-two", TWO.replace("ttl: 1d", "ttl: 2d"))
    if now == "gone":
        path.unlink()
    with pytest.raises(UsageError, match='"one-two" has changed or is gone'):
        run(two, "one")
    run(two)


def test_locks_are_written_first(two: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut short, the tree still says what was decided, and the next run writes the rest."""
    written = write_tree

    def stop_after_the_locks(tree: FileTree, directory: Path, managed: Managed) -> object:
        if managed:
            raise KeyboardInterrupt
        return written(tree, directory, managed)

    monkeypatch.setattr(pipeline, "write_tree", stop_after_the_locks)
    with pytest.raises(KeyboardInterrupt):
        run(two)
    monkeypatch.undo()
    run(two, now=LATER)
    assert {net.published for net in read_allocations(two.tree).nets.values()} == {NOW}
    assert not changes(run(two, now=LATER))


def test_net_that_leaves_a_cluster_leaves_nothing_there(two: Repository) -> None:
    run(two)
    two.write_net("one", ONE.replace("eu-central-1, us-east1", "us-east1"))
    for names in (("one",), ()):
        gone = {
            path
            for path, kind in changes(run(two, *names, write=False)).items()
            if kind == "removed"
        }
        assert {path.split("/")[1] for path in gone} == {"center"}
        assert "clusters/center/testnets/one.yaml" in gone
        assert "clusters/center/nets/one/net.lock.yaml" in gone
    run(two, "one")
    assert not (two.tree / "clusters/center/nets").exists()


def test_net_whose_file_is_gone_goes(two: Repository) -> None:
    run(two)
    (two.root / "environments/testnets/one.yaml").unlink()
    two.write_net("new", net("name: new", "seeds: {keys: [l01]}", "regions: [us-west-2]"))
    generated = run(two)
    gone = {path for path, kind in changes(generated).items() if kind == "removed"}
    assert {path.split("/")[3].removesuffix(".yaml") for path in gone} == {"one"}
    # What it held is free again.
    assert generated.plans[0].daemons[0].port == 10000


def test_net_keeps_its_library_until_its_file_changes(two: Repository) -> None:
    run(two, "one")
    old = read_allocations(two.tree).nets["one"].overlays
    two.write("overlays/base/net/kustomization.yaml", f"{KUSTOMIZATION}# another\n")
    generated = run(two)
    versions = {plan.name: plan.overlays for plan in generated.plans}
    assert versions["one"] == old
    assert versions["one-two"] != old
    assert {path.name for path in (two.tree / "overlays").iterdir()} == set(versions.values())
    two.write_net("one", ONE + "# a remark\n")
    generated = run(two)
    assert {plan.overlays for plan in generated.plans} == {versions["one-two"]}
    assert not (two.tree / "overlays" / old).exists()


def test_library_that_is_gone_is_told(two: Repository) -> None:
    run(two, "one")
    old = read_allocations(two.tree).nets["one"].overlays
    (two.tree / f"overlays/{old}/base/net/kustomization.yaml").unlink()
    for directory in ("base/net", "base", ""):
        (two.tree / "overlays" / old / directory).rmdir()
    two.write("overlays/base/net/kustomization.yaml", f"{KUSTOMIZATION}# another\n")
    with pytest.raises(UsageError, match="pinned to this version of the library"):
        run(two)


def test_strange_file_in_a_managed_directory_goes(two: Repository) -> None:
    run(two)
    for path in ("clusters/west/nets/one/stray.yaml", "keys/aa/key.yaml", "README.md"):
        (two.tree / path).parent.mkdir(parents=True, exist_ok=True)
        (two.tree / path).write_text("x", "utf-8")
    assert changes(run(two)) == {"clusters/west/nets/one/stray.yaml": "removed"}
    assert (two.tree / "README.md").exists()


def test_progress_is_told_by_stage(two: Repository) -> None:
    told: list[tuple[str, int, int]] = []
    planned = plan_nets(two.root, two.tree, now=NOW)
    generate(planned, two.tree, Joining(), progress=lambda *step: told.append(step))
    assert [step for step in told if step[0] == "render"] == [("render", n, 2) for n in range(3)]
    assert told[-1] == ("write", 1, 1)
    assert [stage for stage, done, total in told if done == total] == ["render", "build", "write"]


def test_plans_are_selected_by_name(two: Repository) -> None:
    plans = plan_nets(two.root, two.tree, now=NOW).plans
    assert select(plans, ()) == plans
    assert [plan.name for plan in select(plans, ["one-two", "one"])] == ["one-two", "one"]
    with pytest.raises(UsageError, match='no testnet "thre"; there are: one, one-two'):
        select(plans, ["one", "thre"])
    with pytest.raises(UsageError, match="there are: none"):
        select((), ["one"])


def test_published_genesis_is_frozen(two: Repository) -> None:
    run(two)
    two.write_net("one", ONE + "genesis: {k: 10}\n")
    with pytest.raises(InvalidInput) as caught:
        run(two)
    [finding] = caught.value.findings
    assert (finding.rule, str(finding.at)) == (
        "genesis/frozen",
        "environments/testnets/one.yaml:9:10",
    )


def test_root_is_found_from_below(repository: Repository, tmp_path: Path) -> None:
    assert find_root(repository.root / "environments/testnets") == repository.root.resolve()
    with pytest.raises(UsageError, match="give its repository with --root"):
        find_root(Path(tmp_path.anchor))


class TestOnly:
    @pytest.mark.parametrize(
        "change",
        [
            ("ttl: 1d", "ttl: 2d"),
            ("keys: [l01..l03]", "keys: [l01..l03, l05]"),
            ("purpose: qa", "purpose: qa\narchive: {count: 1}"),
            ("purpose: qa", "purpose: qa\nblock_producers: [{name: p, keys: [b01..b04]}]"),
        ],
    )
    def test_plans_a_net_as_it_is_among_all(self, two: Repository, change: tuple[str, str]) -> None:
        run(two)
        two.write_net("one", ONE.replace(*change))
        every = plan_nets(two.root, two.tree, now=LATER)
        published = trust_locks(read_locks(two.tree))
        alone = try_plans(two.root, published, now=LATER, only={"one"})
        assert alone.plans == tuple(plan for plan in every.plans if plan.name == "one")

    def test_a_net_whose_file_is_gone_is_no_net(self, two: Repository) -> None:
        run(two)
        (two.root / "environments/testnets/one.yaml").unlink()
        published = trust_locks(read_locks(two.tree))
        assert try_plans(two.root, published, now=LATER, only={"one"}).plans == ()

    def test_what_a_net_held_that_is_gone_is_free(self, two: Repository) -> None:
        run(two)
        (two.root / "environments/testnets/one.yaml").unlink()
        two.write_net("three", ONE.replace("name: one", "name: three"))
        published = trust_locks(read_locks(two.tree))
        [plan] = try_plans(two.root, published, now=LATER, only={"one", "three"}).plans
        assert plan in plan_nets(two.root, two.tree, now=LATER).plans

    def test_looks_at_no_other_net_while_no_port_is_taken(self, two: Repository) -> None:
        class Own(dict[str, NetAllocation]):
            def values(self) -> Never:
                raise AssertionError

            items = values

        run(two)
        two.write_net("one", ONE.replace("ttl: 1d", "ttl: 2d"))
        nets = Own(read_allocations(two.tree).nets)
        [plan] = try_plans(two.root, Allocations(nets=nets), now=LATER, only={"one"}).plans
        assert {daemon.port for daemon in plan.daemons if daemon.port}
        two.write_net("one", ONE.replace("l01..l03", "l01..l03, l05"))
        with pytest.raises(AssertionError):
            try_plans(two.root, Allocations(nets=nets), now=LATER, only={"one"})


@given(
    names=st.sets(st.text("a-", min_size=4, max_size=8), min_size=1, max_size=4),
    texts=st.lists(st.text("a-", min_size=4, max_size=12), min_size=3, max_size=6),
)
def test_pools_are_chosen_by_whole_names(names: set[str], texts: list[str]) -> None:
    wanted = [any(name in text for name in names) for text in texts]
    assert [load.is_named(text, names, load.heads_of(names)) for text in texts] == wanted
