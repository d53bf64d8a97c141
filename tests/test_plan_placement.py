"""Where daemons go: over regions, with their partners, and where they were published."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from generator.plan import Plan, Role
from tests.allocation import publish
from tests.repository import net

Planner = Callable[..., tuple[Plan, ...]]


def producers(keys: str, more: str = "") -> str:
    """Return a field with one group of producers."""
    return f"block_producers: [{{name: p, keys: [{keys}]{', ' if more else ''}{more}}}]"


def places(plan: Plan, group: str = "p") -> dict[str, str]:
    """Return the cluster of each daemon of a group."""
    return {d.name: d.cluster.name for d in plan.daemons if d.group == group}


def test_group_goes_round_the_regions(plans: Planner) -> None:
    [plan] = plans(net(producers("b01..b05")))
    assert list(places(plan).values()) == ["west", "center", "east", "west", "center"]


def test_group_goes_round_its_own_regions(plans: Planner) -> None:
    [plan] = plans(net(producers("b01..b03", "regions: [us-east1, us-west-2]")))
    assert list(places(plan).values()) == ["east", "west", "east"]


def test_counts_are_kept(plans: Planner) -> None:
    more = "regions: {us-west-2: 3, us-east1: 0, eu-central-1: 1}"
    [plan] = plans(net(producers("b01..b04", more)))
    assert Counter(places(plan).values()) == {"west": 3, "center": 1}


def test_group_is_pinned_to_a_region(plans: Planner) -> None:
    [plan] = plans(net(producers("b01..b03", "region: us-east1")))
    assert set(places(plan).values()) == {"east"}


def test_pinned_daemon_counts_where_it_is(plans: Planner) -> None:
    more = "overrides: {b03: {region: us-west-2}}"
    [plan] = plans(net(producers("b01..b03", more)))
    assert places(plan) == {"p-b01": "center", "p-b02": "east", "p-b03": "west"}


def test_pinned_daemon_takes_its_share_of_the_counts(plans: Planner) -> None:
    more = "regions: {us-west-2: 1, us-east1: 2}, overrides: {b03: {region: us-west-2}}"
    [plan] = plans(net(producers("b01..b03", more)))
    assert places(plan) == {"p-b01": "east", "p-b02": "east", "p-b03": "west"}


def test_daemon_is_pinned_beside_its_group(plans: Planner) -> None:
    more = "regions: [us-east1, us-west-2], overrides: {b01: {region: eu-central-1}}"
    [plan] = plans(net(producers("b01..b03", more)))
    assert list(places(plan).values()) == ["center", "east", "west"]


def test_new_daemon_fills_the_emptiest_region(plans: Planner) -> None:
    published = publish(plans(net(producers("b01..b06"))))
    [plan] = plans(net(producers("b01, b03..b04, b06, b09..b10")), published=published)
    assert places(plan) == {
        "p-b01": "west",
        "p-b03": "east",
        "p-b04": "west",
        "p-b06": "east",
        "p-b09": "center",
        "p-b10": "center",
    }


def test_published_daemon_leaves_a_region_that_its_group_leaves(plans: Planner) -> None:
    published = publish(plans(net(producers("b01..b03"))))
    [plan] = plans(
        net(producers("b01..b03", "regions: [us-west-2, us-east1]")), published=published
    )
    assert places(plan) == {"p-b01": "west", "p-b02": "west", "p-b03": "east"}


def test_published_daemon_leaves_a_region_whose_count_shrinks(plans: Planner) -> None:
    before = producers("b01..b04", "regions: {us-west-2: 3, us-east1: 1}")
    after = producers("b01..b04", "regions: {us-west-2: 2, us-east1: 2}")
    published = publish(plans(net(before)))
    [plan] = plans(net(after), published=published)
    assert places(plan) == {"p-b01": "west", "p-b02": "west", "p-b03": "east", "p-b04": "east"}


def test_workers_are_with_their_coordinator(plans: Planner) -> None:
    pool = "snark_pools: [{name: s, key: s01, workers: 4, region: us-east1}]"
    [plan] = plans(net(pool))
    coordinator, workers = (d for d in plan.daemons if d.group == "s")
    assert (coordinator.cluster, workers.cluster.name) == (workers.cluster, "east")
    assert (workers.name, workers.role, workers.replicas) == ("s-workers", Role.SNARK_WORKER, 4)
    assert workers.partner == coordinator.name == "s-coordinator"
    assert "s-coordinator-client:8301" in workers.args


def test_new_workers_go_where_their_coordinator_is(plans: Planner) -> None:
    published = publish(plans(net("snark_pools: [{name: s, key: s01, workers: 0}]")))
    changed = net("snark_pools: [{name: s, key: s01}]", "regions: [us-east1, us-west-2]")
    [plan] = plans(changed, published=published)
    assert places(plan, "s") == {"s-coordinator": "west", "s-workers": "west"}


def test_pool_may_have_no_workers(plans: Planner) -> None:
    [plan] = plans(net("snark_pools: [{name: s, key: s01, workers: 0}]"))
    assert [d.name for d in plan.daemons if d.group == "s"] == ["s-coordinator"]


def test_service_is_with_the_daemon_it_drives(plans: Planner) -> None:
    services = "services: [payments, {name: pay-2, kind: payments, target: p}]"
    [plan] = plans(net(producers("b01..b03"), services))
    daemons = {d.name: d for d in plan.daemons}
    # The one with a target chooses first.
    assert daemons["pay-2"].partner == "p-b01"
    assert daemons["payments"].partner == "p-b02"
    assert daemons["payments"].cluster is daemons["p-b02"].cluster
    assert [d.name for d in plan.daemons if d.driven] == ["p-b01", "p-b02"]
    assert dict(daemons["payments"].env)["CODA_HOST"] == "p-b02-graphql"
    assert daemons["payments"].port == 0


def test_service_drives_a_daemon_of_its_target(plans: Planner) -> None:
    groups = "block_producers: [{name: p, keys: [b01]}, {name: q, keys: [b02]}]"
    [plan] = plans(net(groups, "services: [{name: payments, target: q}]"))
    assert [d.name for d in plan.daemons if d.driven] == ["q-b02"]


def test_new_service_with_a_target_leaves_the_others_alone(plans: Planner) -> None:
    published = publish(plans(net(producers("b01..b03"), "services: [payments]")))
    services = "services: [payments, {name: b, kind: payments, target: p}]"
    [plan] = plans(net(producers("b01..b03"), services), published=published)
    partners = {d.name: d.partner for d in plan.daemons if d.role is Role.SERVICE}
    assert partners == {"payments": "p-b01", "b": "p-b02"}


def test_services_take_what_other_groups_have_left(plans: Planner) -> None:
    groups = "block_producers: [{name: p, keys: [b01]}, {name: q, keys: [b02..b03]}]"
    services = "services: [payments, {name: a, kind: payments}, {name: b, kind: payments}]"
    [plan] = plans(net(groups, services))
    partners = {d.name: d.partner for d in plan.daemons if d.role is Role.SERVICE}
    assert partners == {"payments": "p-b01", "a": "q-b02", "b": "q-b03"}


def test_published_service_stays_with_its_daemon(plans: Planner) -> None:
    services = "services: [payments, {name: a, kind: payments}]"
    published = publish(plans(net(producers("b01..b03"), services)))
    more = "block_producers: [{name: m, keys: [b09]}, {name: p, keys: [b08, b01..b03]}]"
    [plan] = plans(net(more, "services: [{name: a, kind: payments}]"), published=published)
    assert [d.name for d in plan.daemons if d.driven] == ["p-b02"]
    [plan] = plans(
        net(more, "services: [{name: b, kind: payments}, payments]"), published=published
    )
    assert {d.name: d.partner for d in plan.daemons if d.partner} == {
        "payments": "p-b01",
        "b": "m-b09",
    }


def test_service_whose_daemon_is_gone_takes_another(plans: Planner) -> None:
    published = publish(plans(net(producers("b01..b03"), "services: [payments]")))
    [plan] = plans(net(producers("b02..b03"), "services: [payments]"), published=published)
    assert [d.name for d in plan.daemons if d.driven] == ["p-b02"]
