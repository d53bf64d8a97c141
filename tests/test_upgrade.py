"""`testnet upgrade`: the field that it writes, and what it says of the daemons."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from generator.errors import ToolError, UsageError
from generator.library import Library
from generator.plan import Allocations, make_plans
from generator.published import read_allocations
from generator.source import parse_document
from generator.upgrade import OverlayUpgrade, build_with, compare_builds, pin, restarting
from generator.yaml import emit
from tests.allocation import publish
from tests.conftest import Planner, Program
from tests.kustomizer import Joining
from tests.repository import (
    LIBRARY,
    NET,
    NOW,
    Repository,
    inventory,
    net,
    read_fleet,
    read_net,
)

MOMENT = "2026-12-01T12:00:00Z"
NEW = "ba9876543210"
WEST = ("availability: single", "regions: [us-west-2]")
SMALL = net("name: full", *WEST, "snark_pools: [{name: fast, key: s01, workers: 4, fee: 1}]")
PATH = "environments/testnets/full.yaml"


class TestVersionOfAPlan:
    """The field, what is published and what is current decide together."""

    def version(self, text: str, published: str = "", *, same: bool = True) -> tuple[str, int]:
        """Return the version that a net gets, and the number of findings."""
        testnet = read_net(text)
        known = Allocations()
        if published:
            [plan] = make_plans(
                [testnet], read_fleet(), inventory(), known, now=NOW, overlays=published
            )[0]
            digest = testnet.digest if same else "0" * 64
            nets = publish([replace(plan, overlays=published)]).nets
            known = Allocations(nets={"net": replace(nets["net"], source_digest=digest)})
        plans, findings = make_plans(
            [testnet], read_fleet(), inventory(), known, now=NOW, overlays=NEW
        )
        return plans[0].overlays, len(findings)

    def test_absent_it_stays_while_the_file_does(self) -> None:
        assert self.version(NET) == (NEW, 0)
        assert self.version(NET, LIBRARY) == (LIBRARY, 0)
        assert self.version(NET, LIBRARY, same=False) == (NEW, 0)

    @pytest.mark.parametrize("same", [True, False])
    def test_the_field_wins(self, same: bool) -> None:  # noqa: FBT001 - a parameter of the test
        old, new = (net(f'overlays: "{version}"') for version in (LIBRARY, NEW))
        assert self.version(old, LIBRARY, same=same) == (LIBRARY, 0)
        assert self.version(new, LIBRARY, same=same) == (NEW, 0)

    def test_no_other_version_will_do(self) -> None:
        old = net(f'overlays: "{LIBRARY}"')
        assert self.version(old)[1] == 1
        assert self.version(old, "f" * 12)[1] == 1


def test_version_that_is_gone_says_what_there_is() -> None:
    testnet = read_net(net(f'overlays: "{LIBRARY}"'))
    [plan], _ = make_plans(
        [testnet], read_fleet(), inventory(), Allocations(), now=NOW, overlays=LIBRARY
    )
    published = publish([replace(plan, overlays="f" * 12)])
    _, [finding] = make_plans(
        [testnet], read_fleet(), inventory(), published, now=NOW, overlays=NEW
    )
    assert finding.message == (
        f"version {LIBRARY} of the overlays library is not the current one, {NEW};"
        " the net is published with ffffffffffff"
    )
    assert "`testnet upgrade net`" in finding.remediation


# --- The text ----------------------------------------------------------------------------------

TEXTS = {
    "behind the image": (
        "image: a:1\nregions: [r]\n",
        f'image: a:1\noverlays: "{NEW}"\nregions: [r]\n',
    ),
    "comment of the image": ("image: a:1 # why\n", f'image: a:1 # why\noverlays: "{NEW}"\n'),
    "no last line end": ("image: a:1", f'image: a:1\noverlays: "{NEW}"'),
    "carriage returns": ("image: a:1\r\nb: 1\r\n", f'image: a:1\r\noverlays: "{NEW}"\r\nb: 1\r\n'),
    "indented": (" image: a:1\n b: 1\n", f' image: a:1\n overlays: "{NEW}"\n b: 1\n'),
    "quoted": ("'image' : 'a:1'\n", f"'image' : 'a:1'\noverlays: \"{NEW}\"\n"),
    "replaced": (
        f'a: é # x\noverlays:   "{LIBRARY}"   # pinned\nimage: a:1\n',
        f'a: é # x\noverlays:   "{NEW}"   # pinned\nimage: a:1\n',
    ),
    "replaced plain": ("image: a:1\noverlays: abcdefabcdef\n", f'image: a:1\noverlays: "{NEW}"\n'),
    "replaced in braces": (
        '{image: "a:1", overlays: abcdefabcdef, b: 1}\n',
        f'{{image: "a:1", overlays: "{NEW}", b: 1}}\n',
    ),
}
REFUSED = {
    "in braces": '{image: "a:1", b: 1}\n',
    "on two lines": "image:\n  a:1\nb: 1\n",
    "folded": "image: >-\n  a:1\nb: 1\n",
    "goes on": "image: a:1\n  b\nb: 1\n",
    "a block": "image: a:1\noverlays: |-\n  abcdefabcdef\n",
}


def pinned(text: str) -> str:
    """Pin a text of which only the image and the field count."""
    mapping, findings = parse_document("net.yaml", text.encode())
    assert mapping is not None, findings
    places = {name: mapping.value_at(name) for name in mapping}
    return pin(text, replace(read_net(NET), places=places), NEW)


@pytest.mark.parametrize("case", TEXTS)
def test_field_is_written_and_nothing_else_changes(case: str) -> None:
    before, after = TEXTS[case]
    assert pinned(before) == after


@pytest.mark.parametrize("case", REFUSED)
def test_text_whose_field_has_no_plain_place_is_left(case: str) -> None:
    with pytest.raises(UsageError, match=f'write the line `overlays: "{NEW}"` yourself'):
        pinned(REFUSED[case])


# --- What changes ------------------------------------------------------------------------------


def workload(name: str, **spec: object) -> dict[str, object]:
    """Return a StatefulSet."""
    return {
        "kind": "StatefulSet",
        "metadata": {"name": name, "namespace": "net-a"},
        "spec": {"replicas": 1, "serviceName": name, "template": {"a": 1}} | spec,
    }


def output(*items: dict[str, object]) -> bytes:
    """Return objects as kustomize prints them."""
    return emit(items, header="").encode()


def test_overlays_are_compared_object_by_object() -> None:
    service: dict[str, object] = {"kind": "Service", "metadata": {"name": "a"}, "spec": None}
    before = output(
        workload("same"),
        workload("scaled"),
        workload("again"),
        workload("renamed"),
        workload("gone"),
        service,
    )
    after = output(
        workload("same"),
        workload("scaled", replicas=0),
        workload("again", template={"a": 2}),
        workload("renamed", serviceName="other"),
        workload("new"),
        service | {"spec": {"template": 1, "selector": {}}},
    )
    [upgrade] = compare_builds({"clusters/c/x": before}, {"clusters/c/x": after})
    assert upgrade == OverlayUpgrade(
        path="clusters/c/x",
        added=("StatefulSet/new",),
        changed=(
            "StatefulSet/scaled",
            "StatefulSet/again",
            "StatefulSet/renamed",
            "Service/a",
        ),
        removed=("StatefulSet/gone",),
        restarts=("StatefulSet/again",),
        replaced=("StatefulSet/renamed",),
    )
    assert upgrade.differs
    assert restarting([upgrade]) == ["c/again"]


def test_overlays_come_and_go() -> None:
    one = output(workload("a"))
    upgrades = compare_builds({"same": one, "gone": one}, {"new": one, "same": one})
    assert [(u.path, u.differs, u.added, u.removed) for u in upgrades] == [
        ("new", True, ("StatefulSet/a",), ()),
        ("same", False, (), ()),
        ("gone", True, (), ("StatefulSet/a",)),
    ]


def test_build_uses_the_version_that_is_asked_for(plans: Planner) -> None:
    [plan] = plans(net("regions: [us-west-2]"))
    library = Library(NEW, {"base/net/kustomization.yaml": "resources: []\n"})
    told: list[tuple[str, int, int]] = []
    kustomize = Joining()
    outputs = build_with(plan, library, kustomize, lambda *step: told.append(step))
    assert list(outputs) == [f"clusters/west/nets/net/{name}-1" for name in ("shared", "seeds")]
    assert all(f"overlays/{NEW}/".encode() in text for text in outputs.values())
    assert f"overlays/{NEW}/base/net/kustomization.yaml" in kustomize.staged
    assert told == [("build", done, 2) for done in range(3)]
    with pytest.raises(ToolError, match="seeds-1: does not build"):
        build_with(plan, library, Joining(fails=lambda path: path.endswith("seeds-1")))


# --- The command -------------------------------------------------------------------------------


@pytest.fixture
def changed(own_library: Repository, testnet: Program) -> Repository:
    """A repository whose library changed after two small nets were published."""
    own_library.write_net("full", SMALL)
    own_library.write_net("open", net("name: open", *WEST, "seeds: {keys: [l03]}"))
    assert testnet("generate", "--now", MOMENT).code == 0
    change_library(own_library)
    return own_library


def change_library(repository: Repository) -> None:
    """Give the workers another grace period."""
    path = next(
        path
        for path in sorted(repository.root.glob("overlays/components/snark-worker/*.yaml"))
        if "terminationGracePeriodSeconds" in path.read_text("utf-8")
    )
    text = path.read_text("utf-8")
    path.write_text(
        text.replace("terminationGracePeriodSeconds: ", "terminationGracePeriodSeconds: 1"), "utf-8"
    )


def test_upgrade_is_shown_and_written(changed: Repository, testnet: Program) -> None:
    before = (changed.root / PATH).read_text("utf-8")
    shown = testnet("upgrade", "full", "--dry-run")
    assert shown.code == 0
    assert f"would write {PATH}" in shown.out
    assert (changed.root / PATH).read_text("utf-8") == before
    data = json.loads(testnet("upgrade", "full", "-o", "json").out)
    assert data["restarts"] == ["west/fast-workers"]
    assert (data["written"], data["other_changes"], data["file"]) == (True, False, PATH)
    line = f'overlays: "{data["to"]}"\n'
    after = (changed.root / PATH).read_text("utf-8")
    assert after.replace(line, "") == before
    [differs] = [overlay for overlay in data["overlays"] if overlay["changed"]]
    assert differs["path"] == "clusters/west/nets/full/workers-1"
    assert "1 of 4 overlays change; workloads that restart: 1" in shown.out

    again = testnet("upgrade", "full")
    assert f"{PATH} says so already; publishing does it" in again.out
    assert (changed.root / PATH).read_text("utf-8") == after
    # The other net stays where it is, and this one goes on.
    assert testnet("generate", "--now", MOMENT).code == 0
    versions = {path.name for path in (changed.tree / "overlays").iterdir()}
    assert versions == {data["from"], data["to"]}
    done = testnet("upgrade", "full")
    assert done.out == f"full is at the current overlays library, {data['to']}\n"
    # It stays there, too, when its file and then the library change again.
    change_library(changed)
    (changed.root / PATH).write_text(after + "# a remark\n", "utf-8")
    assert testnet("generate", "--now", MOMENT).code == 0
    assert read_allocations(changed.tree).nets["full"].overlays == data["to"]


def test_other_changes_of_the_file_are_mentioned(changed: Repository, testnet: Program) -> None:
    path = changed.root / PATH
    path.write_text(path.read_text("utf-8") + "# a remark\n", "utf-8")
    assert "other changes that are not published" in testnet("upgrade", "full", "--dry-run").out


def test_workload_that_cannot_change_is_told(changed: Repository, testnet: Program) -> None:
    for path in changed.root.glob("overlays/components/snark-worker/*.yaml"):
        text = path.read_text("utf-8")
        path.write_text(
            text.replace("ManagementPolicy: Parallel", "ManagementPolicy: OrderedReady"), "utf-8"
        )
    run = testnet("upgrade", "full", "--dry-run")
    assert "Kubernetes refuses to change these in place" in run.out
    assert "StatefulSet/fast-workers" in run.out


def test_net_that_needs_nothing_is_left(full: Repository, testnet: Program) -> None:
    before = full.files()
    assert "full is at the current overlays library" in testnet("upgrade", "full").out
    assert full.files() == before


def test_version_that_is_gone_is_mended(full: Repository, testnet: Program) -> None:
    path = full.root / PATH
    path.write_text(path.read_text("utf-8") + "overlays: ffffffffffff\n", "utf-8")
    assert testnet("plan", "full").findings == [(f"{PATH}:13:11", "overlays/version")]
    run = testnet("upgrade", "full")
    assert run.code == 0
    assert "overlays library (not published) -> " in run.out
    assert testnet("plan", "full").code == 0


def test_other_errors_stop_it(changed: Repository, testnet: Program) -> None:
    before = (changed.root / PATH).read_text("utf-8")
    changed.write_net("third", net("name: third", "seeds: {keys: [l99]}"))
    run = testnet("upgrade", "full")
    assert (run.code, [rule for _, rule in run.findings]) == (2, ["keys/unknown"])
    assert (changed.root / PATH).read_text("utf-8") == before


def test_unknown_net_is_told(full: Repository, testnet: Program) -> None:
    assert full.root.exists()
    run = testnet("upgrade", "ful")
    assert run.code == 2
    assert 'no testnet "ful"; there are: full, open' in run.err


def test_library_that_is_gone_is_told(changed: Repository, testnet: Program) -> None:
    [old] = (changed.tree / "overlays").iterdir()
    (old / "README.yaml").write_text("a: 1\n", "utf-8")
    run = testnet("upgrade", "full")
    assert run.code == 2
    assert "is not what its name says" in run.err
