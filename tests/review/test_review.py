"""What each kind of change does to a net, from real plans, builds and judgements."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from generator.claims import Kind
from generator.review.model import (
    ChangeOf,
    Delta,
    HandOver,
    ImageChange,
    Judgement,
    Move,
    NetReview,
    Removal,
)
from generator.review.review import EARLIER
from tests.check.repositories import FLEET, NET, GitRepository
from tests.review.conftest import World

POOL = "environments/keys/example.yaml"
OTHER = "environments/testnets/other.yaml"
NEW = """\
name: other
owner: protocol
purpose: qa
ttl: 24h
flavour: mina
image: gcr.io/o1labs-192920/mina-daemon:3.0.3-bullseye-devnet
availability: single
regions: [us-west-2]
seeds: {keys: [seed-4]}
block_producers: [{name: whale, keys: [whale-7], stake: "1000000"}]
"""
PUBLIC = NEW.replace("purpose: qa\nttl: 24h", "purpose: public\nprotected: true")
IMAGE = "gcr.io/o1labs-192920/mina-daemon:3.0.3-bullseye-devnet"
PRODUCERS = '  - {name: whale, keys: [whale-1..whale-6], stake: "1000000"}'
Change = Callable[[GitRepository], object]
Expect = Callable[[NetReview], object]


def edit(old: str, new: str) -> Change:
    return lambda git: git.edit(old, new)


def _raised_with_another_stake(git: GitRepository) -> None:
    git.edit('stake: "1000000"', 'stake: "500000"')
    git.edit("ttl: 72h", "ttl: 72h\ngenesis: {generation: 2}")


def waits(cluster: str, daemon: str) -> str:
    return f"proof from {cluster} that {daemon} has stopped"


def restarted(net: NetReview) -> set[str]:
    return {restart.daemon for restart in net.restarts}


def reasons(net: NetReview) -> set[str]:
    return {restart.why for restart in net.restarts}


def daemons(net: NetReview) -> dict[str, tuple[int, int]]:
    return {r.region: (r.daemons.before, r.daemons.after) for r in net.regions}


CASES: dict[str, tuple[Change, Expect, object]] = {
    "an image": (
        edit(":3.0.3-", ":3.0.4-"),
        lambda n: (n.change, reasons(n), [i for i in n.images if "daemon" in i.after]),
        (
            ChangeOf.CHANGED,
            {"image"},
            [ImageChange(before=IMAGE, after=IMAGE.replace("3.0.3", "3.0.4"), count=14)],
        ),
    ),
    "an image of one group": (
        edit(
            PRODUCERS,
            '  - {name: whale, keys: [whale-1..whale-6], stake: "1000000", image: "a.io/b:1.0.0"}',
        ),
        lambda n: (len(restarted(n)), n.images[0].after, n.images[0].count),
        (6, "a.io/b:1.0.0", 6),
    ),
    "a flag": (
        edit("ttl: 72h", "ttl: 72h\ndefaults: {log_level: Debug}"),
        lambda n: {why.partition(" ")[0] for why in reasons(n)},
        {"arguments"},
    ),
    "resources": (
        edit("ttl: 72h", "ttl: 72h\ndefaults: {resources: {cpu: 250m}}"),
        lambda n: ({w.rpartition(" ")[2] for w in reasons(n)}, n.regions[0].cost_month.differs),
        ({"resources"}, True),
    ),
    "the time to live alone": (
        edit("ttl: 72h", "ttl: 48h"),
        lambda n: (n.restarts, n.expires, n.moves, n.handovers, n.removals, n.chain),
        ((), "2026-12-03T11:00:00Z", (), (), None, ""),
    ),
    "a producer fewer": (
        edit("whale-1..whale-6", "whale-1..whale-5"),
        lambda n: (daemons(n)["asia-northeast1"], n.handovers, n.removals, n.restarts),
        (
            (3, 2),
            (
                HandOver(
                    key="whale-6",
                    before="asia/example/whale-whale-6",
                    after="",
                    waits_for=waits("asia", "whale-whale-6"),
                ),
            ),
            Removal(
                namespaces=(),
                daemons=("whale-whale-6",),
                volumes=1,
                needs_grant=False,
                granted="",
            ),
            (),
        ),
    ),
    "a generation more": (
        edit("ttl: 72h", "ttl: 72h\ngenesis: {generation: 2}"),
        lambda n: (n.chain[:48], "volumes" in " ".join(reasons(n)), n.removals is not None),
        ("the genesis generation goes from 1 to 2: every d", True, True),
    ),
    "another stake": (
        _raised_with_another_stake,
        lambda n: [r.stake for r in n.regions if r.stake.differs][:1],
        [Delta(before="2000000", after="1000000")],
    ),
    "a region fewer": (
        edit(", asia-northeast1]", "]"),
        lambda n: (daemons(n)["asia-northeast1"], {m.before for m in n.moves}),
        ((3, 0), {"asia"}),
    ),
    "keys that move between regions": (
        edit(
            PRODUCERS,
            '  - {name: whale, keys: [whale-1..whale-6], stake: "1000000",'
            " regions: {us-west-2: 6}}",
        ),
        lambda n: (
            [m for m in n.moves if m.daemon == "whale-whale-6"],
            [h for h in n.handovers if h.key == "whale-6"],
        ),
        (
            [Move(daemon="whale-whale-6", before="asia", after="america")],
            [
                HandOver(
                    key="whale-6",
                    before="asia/example/whale-whale-6",
                    after="america/example/whale-whale-6",
                    waits_for=waits("asia", "whale-whale-6"),
                )
            ],
        ),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_change_to_a_net(name: str, world: World) -> None:
    change, told, wanted = CASES[name]
    change(world.git)
    net = world.net()
    assert (net.name, net.owner, net.purpose, net.purpose_before) == (
        "example",
        "protocol",
        "qa",
        "qa",
    )
    assert told(net) == wanted


def test_nothing_changed(world: World) -> None:
    found = world.review()
    assert (found.verdict, found.nets, found.paths, found.claims) == (Judgement.PASS, (), (), ())
    assert found.head == found.base
    assert found.counts.known == len(found.known) > 0


def test_a_new_net(world: World) -> None:
    world.git.write(NEW, OTHER)
    found = world.review()
    [net] = found.nets
    assert (net.change, net.purpose_before, daemons(net)) == (
        ChangeOf.ADDED,
        "",
        {"us-west-2": (0, 2)},
    )
    assert (net.restarts, net.handovers, net.removals, net.join) == ((), (), None, "")
    assert net.images == (ImageChange(before="", after=IMAGE, count=2),)
    [diff] = net.manifests
    assert (diff.cluster, diff.removed) == ("america", 0)
    assert diff.text.count("\n+kind: StatefulSet") == 2
    assert diff.text.count("\n+kind: Namespace") == 1
    assert (found.paths, found.head) == ((OTHER,), "")
    assert {c.label for c in found.claims if c.kind is Kind.KEY} == {"whale-7", "seed-4"}
    assert Kind.BUDGET not in {claim.kind for claim in found.claims}


def test_a_new_public_net_says_how_to_join(world: World) -> None:
    world.git.write(PUBLIC, OTHER)
    net = world.net()
    assert (net.purpose, net.protected, net.expires) == ("public", True, "")
    assert "# Join other" in net.join
    assert "peers.txt:\n" in net.join


def test_a_net_that_goes(world: World) -> None:
    (world.git.root / NET).unlink()
    world.git.write(NEW, OTHER)
    found = {net.name: net for net in world.review().nets}
    gone = found["example"]
    assert (gone.change, gone.owner, gone.topology) == (ChangeOf.REMOVED, "protocol", ())
    assert gone.removals is not None
    assert gone.removals.namespaces == ("america", "asia", "europe")
    assert (gone.removals.needs_grant, gone.removals.granted) == (True, "")
    assert gone.removals.volumes == 13
    assert {key.after for key in gone.handovers} == {""}
    assert all(diff.added == 0 for diff in gone.manifests)


def test_a_commit_of_the_change_allows_a_removal(world: World) -> None:
    world.git.git("checkout", "--quiet", "-b", "change")
    (world.git.root / NET).unlink()
    world.git.write(NEW, OTHER)
    world.git.git("add", "--all")
    message = "Let it go\n\nAllow-removal: example"
    world.git.git("commit", "--quiet", "--message", message)
    found = world.review()
    [gone] = [net for net in found.nets if net.name == "example"]
    assert gone.removals is not None
    assert found.head.startswith(gone.removals.granted)
    assert [commit.title for commit in found.commits] == ["Let it go"]


def test_a_key_that_goes_from_one_net_to_another(world: World) -> None:
    world.git.edit("whale-1..whale-6", "whale-1..whale-5")
    world.git.write(NEW.replace("whale-7", "whale-6"), OTHER)
    [example, other] = world.review().nets
    taken = HandOver(
        key="whale-6",
        before="asia/example/whale-whale-6",
        after="america/other/whale-whale-6",
        waits_for=waits("asia", "whale-whale-6"),
    )
    assert other.handovers == (taken,)
    assert [key.key for key in example.handovers] == ["whale-6"]


def test_what_a_change_makes_wrong_counts(world: World) -> None:
    world.git.edit("ttl: 72h", "ttl: 10000h")
    found = world.review()
    assert found.verdict is Judgement.FAIL
    assert [finding.rule for finding in found.findings] == ["lifecycle/ttl"]
    assert (found.counts.errors, found.counts.known) == (1, len(found.known))


def test_a_file_that_cannot_be_read(world: World) -> None:
    world.git.edit("flavour: mina", "flavour: absent")
    found = world.review()
    assert (found.verdict, found.nets) == (Judgement.UNREADABLE, ())
    assert [finding.at.path for finding in found.findings] == [NET]
    assert found.paths == (NET,)


def test_a_net_that_cannot_be_planned(world: World) -> None:
    world.git.edit("whale-1..whale-6", "whale-1..whale-66")
    found = world.review()
    [net] = found.nets
    assert (net.change, net.owner, net.purpose) == (ChangeOf.CHANGED, "protocol", "")
    assert (net.regions, net.images, net.removals, net.handovers) == ((), (), None, ())
    assert found.verdict is Judgement.FAIL


def test_what_could_not_be_read_before_hides_nothing(world: World) -> None:
    world.git.edit("flavour: mina", "flavour: absent")
    world.git.commit()
    world.git.git("checkout", "--quiet", "HEAD~1", ".")
    found = world.review()
    assert NET in {finding.at.path for finding in found.findings}
    assert NET not in {finding.at.path for finding in found.known}
    assert EARLIER in {entry.what for entry in found.omitted}


@pytest.mark.parametrize("state", ["head", "working tree"])
@pytest.mark.parametrize("shared", [True, False])
def test_a_net_that_cannot_be_read_hides_no_other(
    world: World, state: str, *, shared: bool
) -> None:
    world.git.write(NEW.replace("flavour: mina", "flavour: absent"), OTHER)
    world.git.commit()
    world.git.edit("ttl: 72h", "ttl: 71h")
    if shared:
        world.git.write(world.git.read(FLEET) + "# Said of all nets.\n", FLEET)
    found = world.review(world.branch()) if state == "head" else world.review()
    assert found.verdict is Judgement.PASS
    assert OTHER in {finding.at.path for finding in found.known}
    assert OTHER not in {finding.at.path for finding in found.findings}
    assert [(net.name, net.change) for net in found.nets] == [("example", ChangeOf.CHANGED)]
    assert (EARLIER in {entry.what for entry in found.omitted}) is shared


def test_the_fleet_changes_all_nets(world: World) -> None:
    text = world.git.read(FLEET)
    name = text.split("storage_class: ")[1].split()[0]
    world.git.edit(f"storage_class: {name}", "storage_class: other", FLEET)
    net = world.net()
    assert net.name == "example"
    assert net.manifests


def test_what_main_did_since_is_no_part_of_the_change(world: World) -> None:
    world.git.git("checkout", "--quiet", "-b", "change")
    world.git.write(NEW, OTHER)
    world.git.commit()
    world.git.git("checkout", "--quiet", "main")
    world.git.edit("ttl: 72h", "ttl: 48h")
    world.git.commit()
    world.git.git("checkout", "--quiet", "change")
    assert [net.name for net in world.review().nets] == ["other"]


class TestHead:
    """A revision that is judged as data."""

    def test_it_says_the_same_as_the_working_tree(self, world: World) -> None:
        world.git.edit(":3.0.3-", ":3.0.4-")
        head = world.branch()
        there = world.review(head)
        world.git.git("checkout", "--quiet", "change")
        here = world.review()
        assert there == here
        assert there.head == head

    def test_nothing_but_environments_is_taken_from_it(self, world: World) -> None:
        world.git.edit("ttl: 72h", "ttl: 10000h")
        statefulset = "overlays/components/daemon/statefulset.yaml"
        world.git.write("- {op: add, path: /spec/evil, value: true}\n", statefulset)
        (world.git.root / "policies").mkdir()
        (world.git.root / "policies/settings.yaml").write_text("levels: {lifecycle/ttl: note}\n")
        found = world.review(world.branch())
        assert [finding.rule for finding in found.findings] == ["lifecycle/ttl"]
        assert found.verdict is Judgement.FAIL
        assert statefulset in found.paths

    def test_the_working_tree_is_left_alone(self, world: World) -> None:
        world.git.write(NEW, OTHER)
        head = world.branch()
        assert not (world.git.root / OTHER).exists()
        assert [net.name for net in world.review(head).nets] == ["other"]
        assert world.git.git("status", "--porcelain") == ""

    def test_a_link_in_it_is_a_finding(self, world: World) -> None:
        (world.git.root / OTHER).symlink_to("/etc/passwd")
        found = world.review(world.branch())
        assert found.verdict is Judgement.UNREADABLE
        assert [(f.rule, f.at.path) for f in found.findings] == [("yaml/file", OTHER)]

    def test_attributes_hide_nothing(self, world: World) -> None:
        world.git.write("testnets/*.yaml export-ignore\n", "environments/.gitattributes")
        world.git.write(NEW, OTHER)
        assert [net.name for net in world.review(world.branch()).nets] == ["other"]

    def test_a_base_that_cannot_be_taken_out_hides_nothing(self, world: World) -> None:
        (world.git.root / "environments/link").symlink_to("testnets")
        world.git.commit()
        (world.git.root / "environments/link").unlink()
        world.git.edit("ttl: 72h", "ttl: 71h")
        found = world.review(world.branch())
        assert found.findings
        assert found.counts.known == 0
        assert EARLIER in {entry.what for entry in found.omitted}

    def test_what_could_not_be_read_before(self, world: World) -> None:
        world.git.edit("flavour: mina", "flavour: absent")
        world.git.commit()
        world.git.edit("flavour: absent", "flavour: mina")
        found = world.review(world.branch())
        assert NET in {finding.at.path for finding in found.findings}
        assert NET not in {finding.at.path for finding in found.known}


def test_a_root_below_the_top(tmp_path: Path, world: World) -> None:
    git = GitRepository(tmp_path / "deep", "deploy")
    git.edit("ttl: 72h", "ttl: 71h")
    deep = World(git=git, setting=world.setting)
    found = deep.review()
    assert [net.name for net in found.nets] == ["example"]
    assert found.paths == (f"deploy/{NET}",)
    assert [net.name for net in deep.review(deep.branch()).nets] == ["example"]


@pytest.mark.parametrize("state", ["head", "working tree"])
def test_the_first_net_of_all(state: str, world: World) -> None:
    text = world.git.read()
    world.git.git("rm", "--quiet", NET)
    world.git.commit()
    (world.git.root / NET).parent.mkdir(exist_ok=True)
    world.git.write(text)
    found = world.review(world.branch()) if state == "head" else world.review()
    assert [(net.name, net.change) for net in found.nets] == [("example", ChangeOf.ADDED)]
