"""Values and names: what went wrong with the real nets cannot happen here, or is a finding."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from generator.finding import Finding
from generator.plan import Role
from generator.render import render_net
from tests.realnets.convert import Net
from tests.realnets.data import deployment, entries, expand
from tests.realnets.gke import archive_count
from tests.realnets.planned import converted, plan_files, plan_nets, planned
from tests.realnets.repository import file_text, files

NAMED_LIKE_NO_NAMESPACE = ("20190627", "4.2-qa", "4point2-qa", "test-merge-B", "zkapp_archive_db")
ODD_TIMES = (
    "2020-10-22T04:08:56",  # without a zone the daemon took it for Pacific time
    "2020-10-22 04:08:56Z",
    "2020-10-22 04:08:56-0800",
    "2020-10-22T04:08:56+0000",
    "2020-10-22",
    "timestamp()",
)


def with_line(net: Net, old: str, new: str) -> dict[str, str]:
    """Return the files of a net with a line of its testnet file changed."""
    texts = files([net], set(net.regions))
    path = f"environments/testnets/{net.name}.yaml"
    assert texts[path].count(f"\n{old}\n") == 1, old
    return texts | {path: texts[path].replace(f"\n{old}\n", f"\n{new}\n")}


def findings_at(net: Net, old: str, new: str) -> list[tuple[str, str]]:
    """Return rule and line of each finding that changing a line makes."""
    texts = with_line(net, old, new)
    path = f"environments/testnets/{net.name}.yaml"
    lines = texts[path].splitlines()
    found = plan_files(texts).findings
    assert {finding.at.path for finding in found} <= {path}
    return [(finding.rule, lines[finding.at.line - 1]) for finding in found]


# Fees are written "0.025", 10, 0.00000006.


@pytest.mark.parametrize(
    ("written", "passed"),
    [
        ('"0.025"', "0.025"),
        ("0.025", "0.025"),
        ("10", "10"),
        ("0.00000006", "0.00000006"),
        ('"0.00000006"', "0.00000006"),
        ("0.000000001", "0.000000001"),
        ("2.5", "2.5"),
    ],
)
def test_fee_is_passed_as_it_was_written(written: str, passed: str) -> None:
    net = converted("deploy-test1")
    assert 'fee: "0.00000006"' in file_text(net)
    plan = plan_files(with_line(net, '  fee: "0.00000006"', f"  fee: {written}")).plan
    (coordinator,) = [d for d in plan.daemons if d.role is Role.SNARK_COORDINATOR]
    args = list(coordinator.args)
    assert args[args.index("-snark-worker-fee") + 1] == passed
    rendered = "".join(text for path, (text, _) in render_net(plan).items() if "coord" in path)
    assert re.search(rf'- -snark-worker-fee\n +- "{re.escape(passed)}"\n', rendered)
    assert "e-0" not in "".join(args)


def test_no_fee_of_the_data_becomes_a_binary_fraction() -> None:
    fees = {
        coordinator["fee"]
        for entry in entries().values()
        for coordinator in deployment(entry).get("snark_coordinators", [])
    }
    assert fees == {"0.025", "0.01", "2", "0.00000006", "2.5"}


@pytest.mark.parametrize("written", ["6e-08", "6E-8", "-1", "1,5"])
def test_fee_that_readers_would_misread_is_a_finding(written: str) -> None:
    net = converted("deploy-test1")
    texts = with_line(net, '  fee: "0.00000006"', f"  fee: {written}")
    found = plan_files(texts).findings
    assert found
    assert all(f"fee: {written}" in line_of(finding, texts) for finding in found)


def line_of(finding: Finding, texts: dict[str, str]) -> str:
    """Return the line at which a finding is."""
    return texts[finding.at.path].splitlines()[finding.at.line - 1]


# Genesis times came with odd zones, or with none.


@pytest.mark.parametrize("time", ODD_TIMES)
def test_genesis_time_with_an_odd_zone_or_none_is_a_finding(time: str) -> None:
    found = findings_at(converted("bug-net"), '  time: "2020-12-22T20:25:09Z"', f'  time: "{time}"')
    assert [line for _, line in found] == [f'  time: "{time}"']


def test_genesis_time_with_an_offset_is_written_in_utc() -> None:
    plan = planned("pickles-public@2020-10-22")
    assert plan.testnet.genesis.time == "2020-10-22T04:08:56+00:00"
    assert json.loads(plan.genesis.text)["genesis"]["genesis_state_timestamp"] == (
        "2020-10-22T04:08:56Z"
    )


def test_time_that_was_known_only_at_apply_time_is_auto() -> None:
    plan = planned("pears")
    assert "timestamp()" in deployment(entries()["pears"])["genesis"]["runtime_config"]
    assert plan.testnet.genesis.time == "auto"
    assert plan.genesis.time == "2026-12-01T12:30:00Z"


# Names were no valid namespaces.


def test_the_data_has_names_that_are_no_namespaces() -> None:
    named = {deployment(entry).get("testnet_name", entry["name"]) for entry in entries().values()}
    pattern = re.compile(r"[a-z]([a-z0-9-]*[a-z0-9])?")
    invalid = {str(name) for name in named if not pattern.fullmatch(str(name))}
    assert invalid == set(NAMED_LIKE_NO_NAMESPACE)


@pytest.mark.parametrize("name", NAMED_LIKE_NO_NAMESPACE)
def test_name_that_is_no_namespace_is_a_finding(name: str) -> None:
    found = findings_at(converted("gerald"), "name: gerald", f'name: "{name}"')
    assert [line for _, line in found] == [f'name: "{name}"']


# A file named one cluster, and its context another.


def test_the_data_has_nets_whose_context_names_another_cluster() -> None:
    clusters = [deployment(entry).get("cluster", {}) for entry in entries().values()]
    assert sum("context_names_another_cluster" in cluster for cluster in clusters) == 10


@pytest.mark.parametrize("field", ["cluster: coda-infra-east", "context: gke_coda-infra-east"])
def test_a_file_cannot_name_a_cluster_at_all(field: str) -> None:
    found = findings_at(converted("big-qa-net"), "owner: protocol", f"owner: protocol\n{field}")
    assert [line for _, line in found] == [field]


@pytest.mark.parametrize(
    "entry_id",
    [
        entry_id
        for entry_id, entry in entries().items()
        if "context_names_another_cluster" in deployment(entry).get("cluster", {})
    ],
)
def test_cluster_follows_from_the_region(entry_id: str) -> None:
    plan = planned(entry_id)
    for daemon in plan.daemons:
        assert daemon.cluster.name == f"gcp-{daemon.cluster.region}"
    regions = set(plan.testnet.regions)
    paths = {path.split("/")[1] for path in render_net(plan)}
    assert paths == {f"gcp-{region}" for region in regions}


# More that the data shows.


def test_overrides_for_a_daemon_that_does_not_exist_are_a_finding() -> None:
    here = deployment(entries()["gossipqajiawei"])
    had = {name for group in here["block_producers"]["groups"] for name in expand(group["names"])}
    assert set(here["nodes_with_user_agent"]) - had
    net = converted("gossipqajiawei")
    overrides = "  overrides:\n    f10:\n      log_level: Debug"
    found = findings_at(net, "- name: fish", f"- name: fish\n{overrides}")
    assert found == [("testnet/override", "    f10:")]


def test_more_services_than_daemons_are_a_finding() -> None:
    net = converted("apple")
    services = net.document["services"]
    assert isinstance(services, list)
    more = replace(
        net, document=net.document | {"services": [*services, services[0] | {"name": "pay-2"}]}
    )
    assert [finding.rule for finding in plan_nets([more]).findings] == ["testnet/service-target"]


def test_archives_never_share_a_database() -> None:
    shared = [
        entry_id
        for entry_id, entry in entries().items()
        if any(
            not node["enablePostgresDB"]
            for node in deployment(entry).get("archive_nodes", {}).get("nodes", [])
        )
    ]
    assert shared
    for entry_id in shared:
        rendered = "".join(text for text, _ in render_net(planned(entry_id)).values())
        databases = set(re.findall(r"postgres://postgres:\S+@(\S+):5432", rendered))
        assert len(databases) == archive_count(entries()[entry_id])


@pytest.mark.parametrize(
    ("one", "two"), [("zkapp-archive-db", "berkeley"), ("gossipqajiawei", "gossipqa")]
)
def test_nets_that_shared_one_state_share_no_file(one: str, two: str) -> None:
    assert f"state key shared with {two}" in deployment(entries()[one])["note"]
    assert not set(render_net(planned(one))) & set(render_net(planned(two)))
