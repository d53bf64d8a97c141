"""Adding or removing a daemon, a group or a net moves nothing else and changes no byte of it."""

from __future__ import annotations

import copy
import tempfile
from collections.abc import Iterable
from pathlib import Path

from hypothesis import assume, given, settings

from generator.plan import Allocations, Daemon, Plan, Role
from generator.published import read_allocations
from generator.render.daemon import render_daemon
from generator.yaml import emit
from tests.allocation import publish, write_published
from tests.generated import Net, Removal, nets, removals
from tests.test_plan_properties import files_of, host_ports, plan_all

Names = set[tuple[str, str]]


def daemons(plans: Iterable[Plan]) -> dict[tuple[str, str], tuple[Plan, Daemon]]:
    """Return every daemon by net and name."""
    return {(plan.name, d.name): (plan, d) for plan in plans for d in plan.daemons}


def affected(before: tuple[Plan, ...], after: tuple[Plan, ...]) -> Names:
    """Return daemons that may change: those a service comes to or leaves, and that service."""
    names: Names = set()
    for plans, others in ((before, after), (after, before)):
        there = daemons(others)
        for plan in plans:
            for service in (d for d in plan.daemons if d.role is Role.SERVICE):
                known = there.get((plan.name, service.name))
                # It was not there, or the daemon that it drove is gone.
                if known is None or (plan.name, service.partner) not in there:
                    names.add((plan.name, service.name))
                    names.add((plan.name, service.partner))
                    if known is not None:
                        names.add((plan.name, known[1].partner))
    return names


def compare(before: tuple[Plan, ...], after: tuple[Plan, ...], changed: str) -> None:
    """Fail where a daemon of both is not the same in both."""
    old, new = daemons(before), daemons(after)
    for name in (old.keys() & new.keys()) - affected(before, after):
        (old_plan, old_daemon), (new_plan, new_daemon) = old[name], new[name]
        assert new_daemon == old_daemon
        assert emit(render_daemon(new_plan, new_daemon), header="") == emit(
            render_daemon(old_plan, old_daemon), header=""
        )
    assert set(host_ports(after).values()) <= {1}
    kept = [plan for plan in before if plan.name != changed]
    again = [plan for plan in after if plan.name != changed]
    assert files_of(again) == files_of(kept)


def with_counts(removal: Removal) -> list[Net]:
    """Return the reduced nets; the region that loses a daemon counts one less."""
    reduced = copy.deepcopy(removal.reduced)
    [plan] = plan_all([net for net in removal.full if net["name"] == removal.net])
    gone = {d.key.name: d.cluster.region for d in plan.daemons if d.key}
    gone |= {d.identity.name: d.cluster.region for d in plan.daemons if d.identity}
    for net in reduced:
        for group in (*net["seeds"], *net["block_producers"]):
            counts = group.get("regions")
            if isinstance(counts, dict) and sum(counts.values()) != len(group["keys"]):
                counts[gone[removal.key]] -= 1
    return reduced


def frozen(allocations: Allocations) -> Allocations:
    """Return allocations as they are after another process has read them."""
    return copy.deepcopy(allocations)


@given(removals())
@settings(max_examples=settings().max_examples * 4)
def test_removing_moves_nothing(removal: Removal) -> None:
    before = plan_all(removal.full)
    after = plan_all(with_counts(removal), frozen(publish(before)))
    compare(before, after, removal.net)


@given(removals())
@settings(max_examples=settings().max_examples * 4)
def test_adding_moves_nothing(removal: Removal) -> None:
    # A new stake changes the ledger, which takes a new generation: that is another test.
    assume(not any(group.get("stake") for group in added(removal)))
    before = plan_all(with_counts(removal))
    after = plan_all(removal.full, frozen(publish(before)))
    compare(before, after, removal.net)


def added(removal: Removal) -> list[Net]:
    """Return the groups of producers that are only in the full nets, or longer there."""
    reduced = {net["name"]: net for net in removal.reduced}
    return [
        group
        for net in removal.full
        if net["name"] in reduced
        for group in net["block_producers"]
        if group not in reduced[net["name"]]["block_producers"]
    ]


@given(nets(most=2))
@settings(max_examples=settings().max_examples // 2)
def test_locks_hold_what_a_publish_decides(drawn: list[Net]) -> None:
    plans = plan_all(drawn)
    with tempfile.TemporaryDirectory() as directory:
        write_published(plans, Path(directory))
        allocations = read_allocations(Path(directory))
    assert allocations == publish(plans)


@given(removals())
@settings(max_examples=settings().max_examples // 2)
def test_locks_keep_everything_in_its_place(removal: Removal) -> None:
    before = plan_all(removal.full)
    with tempfile.TemporaryDirectory() as directory:
        write_published(before, Path(directory))
        known = read_allocations(Path(directory))
    names = {net["name"] for net in removal.reduced}
    published = Allocations(nets={n: net for n, net in known.nets.items() if n in names})
    compare(before, plan_all(with_counts(removal), published), removal.net)
