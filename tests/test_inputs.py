"""The digest of a net's inputs is the same exactly while its files are."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Iterable
from dataclasses import fields, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import grimp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator import inputs, program
from generator.finding import Location
from generator.fleet import Cluster, Fleet
from generator.fleet.model import SecretAccess
from generator.inputs import RENDERING, UNSEEN_OF_CLUSTER, UNSEEN_OF_DAEMON, digest_inputs
from generator.keys import Key, KeyInventory
from generator.load import load_inputs
from generator.plan import Allocations, Daemon, Phase, Plan, Port, allocation, make_plans
from generator.plan.model import GenesisPlan
from generator.render import net_directory, render_net
from generator.testnet import Resources, model
from tests.allocation import publish
from tests.generated import Net, nets, text_of
from tests.repository import FLEET, FULL, LIBRARY, NOW, PUBLIC, inventory, net, read_fleet, read_net
from tests.synthetic import write_fleet

Planner = Callable[..., tuple[Plan, ...]]
Digests = dict[tuple[str, str], str]

OPEN = net("purpose: public", "ttl: 1d", "archive: {count: 1}").replace("ttl: 1d\n", "")
KADEMLIA = net(
    "name: old",
    "flavour: coda-kademlia",
    "seeds: {count: 3}",
    "block_producers: [{name: p, keys: [d01..d04]}]",
    "genesis: {ledger: image}",
)


def digests(plans: Iterable[Plan]) -> Digests:
    """Return the digest of each net on each cluster."""
    return {(p.name, c.name): digest_inputs(p, c) for p in plans for c in p.clusters}


def files(plans: Iterable[Plan]) -> dict[tuple[str, str], dict[str, str]]:
    """Return the files of each net on each cluster."""
    found: dict[tuple[str, str], dict[str, str]] = {}
    for plan in plans:
        rendered = render_net(plan)
        for cluster in plan.clusters:
            admin = f"clusters/{cluster.name}/testnets/{plan.name}.yaml"
            below = f"{net_directory(cluster.name, plan.name)}/"
            found[plan.name, cluster.name] = {
                path: text
                for path, (text, _) in rendered.items()
                if path == admin or path.startswith(below)
            }
    return found


def compare(before: tuple[Plan, ...], after: tuple[Plan, ...]) -> int:
    """Fail where digests and files do not agree; return how many changed."""
    old, new = digests(before), digests(after)
    old_files, new_files = files(before), files(after)
    shared = old.keys() & new.keys()
    same = {place: old[place] == new[place] for place in shared}
    assert same == {place: old_files[place] == new_files[place] for place in shared}
    return sum(not kept for kept in same.values())


# --- What rendering reads is what counts -------------------------------------------------------

COUNTED = {
    # Of these three counts what is rendered of them.
    Daemon: {f.name for f in fields(Daemon)} - UNSEEN_OF_DAEMON | {"cluster", "key", "identity"},
    # The zone of a cluster stands in its peer list, which counts as a whole.
    Cluster: {f.name for f in fields(Cluster)} - UNSEEN_OF_CLUSTER | {"internal_zone"},
    Key: {"public_key", "references"},
    model.Testnet: {"name", "owner", "purpose", "flavour_name", "protected", "at", "image"},
    GenesisPlan: {"time", "generation", "digest", "text"},
    # On which clusters the net stands is which files there are; what is in them it does not say.
    Plan: {"testnet", "genesis", "expires", "overlays", "daemons", "fleet_egress", "standing"},
    Port: {f.name for f in fields(Port)},
    Resources: {f.name for f in fields(Resources)},
    SecretAccess: {f.name for f in fields(SecretAccess)},
}


def read_while_rendering(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> dict[type, set[str]]:
    """Render a plan and return which fields were read, by class."""
    read: dict[type, set[str]] = {record: set() for record in COUNTED}

    def watch(record: type) -> None:
        names = {f.name for f in fields(record)}

        def look(self: object, name: str) -> Any:
            if name in names:
                read[record].add(name)
            return object.__getattribute__(self, name)

        monkeypatch.setattr(record, "__getattribute__", look)

    for record in COUNTED:
        watch(record)
    render_net(plan)
    monkeypatch.undo()
    return read


@pytest.mark.parametrize("text", [FULL, PUBLIC, OPEN, KADEMLIA], ids=["full", "one", "two", "old"])
def test_rendering_reads_only_what_counts(
    text: str, plans: Planner, monkeypatch: pytest.MonkeyPatch
) -> None:
    [plan] = plans(text)
    read = read_while_rendering(plan, monkeypatch)
    assert {record: names - COUNTED[record] for record, names in read.items()} == {
        record: set() for record in COUNTED
    }
    assert all(read.values())


def test_what_does_not_count_is_there() -> None:
    assert {f.name for f in fields(Daemon)} >= UNSEEN_OF_DAEMON
    assert {f.name for f in fields(Cluster)} >= UNSEEN_OF_CLUSTER


def test_all_code_between_plan_and_files_counts() -> None:
    graph = grimp.build_graph("generator", cache_dir=None)
    found = graph.find_upstream_modules("generator.render", as_package=True)
    found |= graph.find_upstream_modules("generator.inputs")
    names = {module.split(".")[1] for module in found} | {"inputs"}
    # What reads the files of people ends in the plan; a digest is no part of a file.
    assert names - set(RENDERING) == {
        "errors",
        "finding",
        "guess",
        "latency",
        "program",
        "schema",
        "source",
        "waiver",
    }
    assert set(RENDERING) <= names


def test_code_counts(plans: Planner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = plans(FULL)
    before = digests(plan)
    monkeypatch.setattr(inputs, "parts_digest", lambda _: "other")
    assert not set(before.values()) & set(digests(plan).values())
    (tmp_path / "render").mkdir()
    monkeypatch.setattr(program, "PACKAGE", tmp_path)
    seen = set()
    for path, text in (("yaml.py", "a"), ("render/a.py", "a"), ("render/a.py", "b"), ("x.py", "")):
        (tmp_path / path).write_text(text, "utf-8")
        seen.add(program.parts_digest.__wrapped__(("render", "yaml")))
        seen.add(f"all {program.program_digest.__wrapped__()}")
    assert len(seen) == 3 + 4


# --- Equal digests, equal files ------------------------------------------------------------------

# Edits of the fleet, of a net and of the keys: each may or may not show in the files of a net.
FLEET_EDITS = (
    ("egress: [203.0.113.20/32]", "egress: [203.0.113.21/32]"),
    ("storage_class: standard-rwo", "storage_class: premium-rwo"),
    ("public: center.example.org", "public: centre.example.org"),
    ("internal: center.internal", "internal: centre.internal"),
    ("pods: 10.0.0.0/16", "pods: 10.9.0.0/16"),
    ('cpu_hour: "0.03"', 'cpu_hour: "0.04"'),
    ("capacity: {cpu: 4000", "capacity: {cpu: 4001"),
    ("cluster: e1", "cluster: e2"),
    ('kubernetes: "1.37"', 'kubernetes: "1.36"'),
    ("secret: other", "secret: another"),
    ("load_balancers: 50", "load_balancers: 51"),
    ("example.org/environments", "example.org/elsewhere"),
    ("ports: 10000-19999", "ports: 20000-29999"),
    ("default: load-balancer", "default: host-port"),
)
NET_EDITS: tuple[Callable[[Net], object], ...] = (
    lambda net: net.update(owner="others"),
    lambda net: net.update(image="example.org/mina-daemon:1.0.1"),
    lambda net: (net.update(purpose="public"), net.pop("ttl", None)),
    lambda net: net.update(purpose="qa", ttl="2d"),
    lambda net: net.update(distance={"min_rtt": "1ms"}),
    lambda net: net.update(waivers=[]),
    lambda net: net.update(availability="single"),
    lambda net: net.update(open_udp=True),
    lambda net: net.update(defaults={"log_level": "Warn"}),
    lambda net: net.update(addresses="host-port"),
    lambda net: net["block_producers"] and net["block_producers"].pop(),
    lambda net: net["block_producers"].reverse(),
    lambda net: net["seeds"][0].update(resources={"cpu": 2}),
    lambda net: net["snark_pools"] and net["snark_pools"][0].update(workers=5),
    lambda net: net["services"] and net["services"].pop(),
    lambda net: net["regions"].reverse(),
    lambda net: net.pop("archive", None),
    lambda _: None,
)


def plan_all(
    drawn: Iterable[Net], fleet: Fleet, keys: KeyInventory, published: Allocations
) -> tuple[Plan, ...]:
    """Plan nets whatever is found of them; three daemons fill an overlay."""
    with patch.object(allocation, "OVERLAY_SIZE", 3):
        plans, _ = make_plans(
            [read_net(text_of(net)) for net in drawn],
            fleet,
            keys,
            published,
            now=NOW,
            overlays=LIBRARY,
        )
    return plans


def moved(keys: KeyInventory, letter: str) -> KeyInventory:
    """Return an inventory where the secrets of some keys are elsewhere on AWS."""
    return KeyInventory(
        {
            name: replace(key, references={**key.references, "aws": f"moved/{name}"})
            if name.startswith(letter)
            else key
            for name, key in keys.keys.items()
        }
    )


@given(nets(), st.data())
@settings(max_examples=settings().max_examples * 2)
def test_digest_is_equal_exactly_where_files_are(drawn: list[Net], data: Any) -> None:
    before = plan_all(drawn, read_fleet(), inventory(), Allocations())
    edited, fleet, keys = copy.deepcopy(drawn), read_fleet(), inventory()
    published = data.draw(st.sampled_from([Allocations(), publish(before)]), label="published")
    kind = data.draw(st.sampled_from(["fleet", "net", "keys"]), label="kind")
    if kind == "fleet":
        old, new = data.draw(st.sampled_from(FLEET_EDITS), label="edit")
        fleet = with_fleet(old, new)
    elif kind == "net":
        data.draw(st.sampled_from(NET_EDITS), label="edit")(edited[0])
    else:
        keys = moved(keys, data.draw(st.sampled_from("bdlsv"), label="letter"))
    compare(before, plan_all(edited, fleet, keys, published))


def with_fleet(old: str, new: str) -> Fleet:
    """Return the fleet of the tests with another text in it."""
    assert old in FLEET
    return read_fleet(FLEET.replace(old, new, 1))


@pytest.mark.parametrize(("old", "new"), FLEET_EDITS)
def test_edits_of_the_fleet_show_where_they_are_rendered(old: str, new: str) -> None:
    both = [read_net(FULL), read_net(OPEN.replace("l01..l02", "l03..l04"))]
    plans = [
        make_plans(both, fleet, inventory(), Allocations(), now=NOW, overlays=LIBRARY)[0]
        for fleet in (read_fleet(), with_fleet(old, new))
    ]
    silent = {"cpu_hour", "capacity", "kubernetes", "secret", "load_balancers", "example"}
    unseen = old.partition(":")[0].split("/")[0].split(".")[0] in silent
    assert (compare(*plans) == 0) == unseen


def test_secret_shows_where_it_is_fetched() -> None:
    """Those of producers and of identities are; a coordinator runs on the public part alone."""
    nets = [read_net(FULL)]
    plans = {
        letter: make_plans(
            nets,
            read_fleet(),
            moved(inventory(), letter),
            Allocations(),
            now=NOW,
            overlays=LIBRARY,
        )[0]
        for letter in "-bls"
    }
    shown = {letter: compare(plans["-"], plan) > 0 for letter, plan in plans.items()}
    assert shown == {"-": False, "b": True, "l": True, "s": False}


def test_other_inputs_show(plans: Planner) -> None:
    [plan] = plans(FULL)
    for other in (
        replace(plan, overlays="f" * 12),
        replace(plan, expires=NOW + timedelta(days=9)),
        replace(plan, genesis=replace(plan.genesis, text="{}\n", digest="0" * 64)),
        replace(plan, genesis=replace(plan.genesis, time="2027-01-01T00:00:00Z")),
        replace(plan, testnet=replace(plan.testnet, protected=True)),
        replace(plan, testnet=replace(plan.testnet, at=Location("elsewhere.yaml"))),
        replace(plan, daemons=plan.daemons[:-1]),
        replace(plan, fleet_egress=()),
    ):
        assert compare((plan,), (other,))


@pytest.mark.parametrize(("text", "shows"), [(FULL, False), (OPEN, True)], ids=["qa", "public"])
def test_net_image_shows_where_outsiders_are_told(
    text: str,
    shows: bool,  # noqa: FBT001 - a parameter of the test
    plans: Planner,
) -> None:
    [plan] = plans(text)
    other = replace(plan, testnet=replace(plan.testnet, image="example.org/other:1"))
    assert bool(compare((plan,), (other,))) == shows


def test_moment_and_comments_do_not_show(plans: Planner) -> None:
    [plan] = plans(FULL)
    [remarked] = plans(FULL + "# a remark\n")
    later = replace(remarked, published=NOW + timedelta(days=1))
    assert remarked.testnet.digest != plan.testnet.digest
    assert compare((plan,), (later,)) == 0


def test_order_shows_only_within_an_overlay(plans: Planner) -> None:
    [plan] = plans(FULL)
    phases = sorted(plan.daemons, key=lambda daemon: daemon.phase is Phase.SEEDS)
    assert compare((plan,), (replace(plan, daemons=tuple(phases)),)) == 0
    assert compare((plan,), (replace(plan, daemons=plan.daemons[::-1]),))


def test_digests_cost_little(tmp_path: Path) -> None:
    loaded = load_inputs(write_fleet(tmp_path / "fleet", 10, 100))
    plans, _ = make_plans(
        loaded.testnets, loaded.fleet, loaded.inventory, Allocations(), now=NOW, overlays=LIBRARY
    )
    start = time.process_time()
    found = digests(plans)
    seconds = time.process_time() - start
    assert len(set(found.values())) == len(found) == 60
    assert seconds < 0.3  # 0.02 s here; 0.2 s for 10,000 daemons
