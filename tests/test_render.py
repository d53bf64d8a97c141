"""What is rendered beside the daemons: rights, limits and what a kind of net alone has."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import ryaml

from generator.plan import Plan
from generator.plan.defaults import KEY_INSTALLER
from generator.quantity import parse_memory
from generator.render import render_net
from tests.repository import net
from tests.synthetic import REPOSITORY

Planner = Callable[..., tuple[Plan, ...]]

PRODUCERS = "block_producers: [{name: p, keys: [b01..b02], stake: 1}]"
EAST = "regions: [us-east1]"


def documents(plan: Plan, path: str) -> list[dict[str, Any]]:
    """Return the documents of a file of a net."""
    return list(ryaml.loads_all(render_net(plan)[path][0]))


def of_kind(plan: Plan, cluster: str, kind: str) -> dict[str, Any]:
    """Return the first object of a kind that a cluster sets up for a net."""
    found = documents(plan, f"clusters/{cluster}/testnets/{plan.name}.yaml")
    return next(document for document in found if document["kind"] == kind)


@pytest.mark.parametrize(
    ("fields", "level"),
    [
        ((EAST,), "restricted"),
        ((EAST, "addresses: host-port"), "privileged"),
        ((EAST, "block_producers: [{name: p, keys: [b01], address: host-port}]"), "privileged"),
        ((EAST, "snark_pools: [{name: s, key: s01, workers: 2}]"), "restricted"),
    ],
)
def test_only_host_ports_need_a_privileged_namespace(
    plans: Planner, fields: tuple[str, ...], level: str
) -> None:
    [plan] = plans(net(*fields))
    labels = of_kind(plan, "east", "Namespace")["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == level
    assert labels["pod-security.kubernetes.io/warn"] == "restricted"


@pytest.mark.parametrize(
    ("fields", "balancers", "ports"),
    [
        ((EAST,), "2", "2"),
        ((EAST, "open_udp: true"), "2", "4"),
        ((EAST, "flavour: coda-dual"), "2", "4"),
        ((EAST, "addresses: host-port"), "0", "0"),
    ],
)
def test_quota_counts_every_port_of_a_load_balancer(
    plans: Planner, fields: tuple[str, ...], balancers: str, ports: str
) -> None:
    [plan] = plans(net(*fields))
    hard = of_kind(plan, "east", "ResourceQuota")["spec"]["hard"]
    assert (hard["services.loadbalancers"], hard["services.nodeports"]) == (balancers, ports)


def test_quota_is_what_the_daemons_ask_for_and_a_little_more(plans: Planner) -> None:
    fields = "seeds: {keys: [l01], resources: {cpu: 2500m, memory: 2000Mi, storage: 1500Mi}}"
    pool = "snark_pools: [{name: s, key: s01, workers: 3, resources: {cpu: 1, memory: 1Gi}}]"
    [plan] = plans(net("regions: [us-west-2]", fields, pool))
    hard = of_kind(plan, "west", "ResourceQuota")["spec"]["hard"]
    # Two cores and 2 GiB are for init containers and Jobs; workers have 4 cores and 8 GiB each.
    assert hard["requests.cpu"] == "17.5"
    assert hard["requests.memory"] == f"{2048 + 2000 + 1024 + 3 * 8192}Mi"
    # Two generations of 64 Gi and 1500 Mi.
    assert hard["requests.storage"] == "131Gi"


def test_quota_has_room_for_what_installs_the_key_of_a_small_daemon(plans: Planner) -> None:
    small = "seeds: {keys: [l01], resources: {cpu: 100m, memory: 64Mi}}"
    [plan] = plans(net("regions: [us-west-2]", small))
    hard = of_kind(plan, "west", "ResourceQuota")["spec"]["hard"]
    seed, spare = KEY_INSTALLER, (2, 2048)
    assert (hard["requests.cpu"], hard["requests.memory"]) == (
        str(int(seed.cpu) + spare[0]),
        f"{parse_memory(seed.memory) // 2**20 + spare[1]}Mi",
    )
    # The library says what it asks for.
    text = (REPOSITORY / "overlays/components/daemon/statefulset.yaml").read_text("utf-8")
    [patch] = [
        patch["value"]
        for patch in ryaml.loads(text)
        if patch["path"] == "/spec/template/spec/initContainers/0/resources"
    ]
    assert patch["requests"] == {"cpu": seed.cpu, "memory": seed.memory}


@pytest.mark.parametrize(("purpose", "sources"), [("qa", 3), ("public", 0)])
def test_load_balancer_of_a_qa_net_is_for_the_fleet_alone(
    plans: Planner, purpose: str, sources: int
) -> None:
    text = net(EAST, f"purpose: {purpose}")
    [plan] = plans(text if purpose == "qa" else text.replace("ttl: 1d\n", ""))
    found = documents(plan, "clusters/east/nets/net/seeds-1/daemons.yaml")
    service = next(document for document in found if document["kind"] == "Service")
    assert len(service["spec"].get("loadBalancerSourceRanges", [])) == sources


def objects(plan: Plan) -> list[dict[str, Any]]:
    """Return every object of a net."""
    paths = [path for path in render_net(plan) if path.endswith(".yaml")]
    return [d for path in paths for d in documents(plan, path) if "metadata" in d]


@pytest.mark.parametrize("protected", [True, False])
def test_volumes_and_namespaces_of_a_protected_net_are_not_pruned(
    plans: Planner, *, protected: bool
) -> None:
    text = net("purpose: public", PRODUCERS, "archive: {count: 1}", "protected: true")
    text = text.replace("ttl: 1d\n", "")
    [plan] = plans(text if protected else text.replace("protected: true\n", ""))
    keep = {"kustomize.toolkit.fluxcd.io/prune": "disabled"}
    kept = [
        found
        for found in objects(plan)
        if keep.items() <= found["metadata"].get("annotations", {}).items()
    ]
    of_kinds = [o for o in objects(plan) if o["kind"] in {"PersistentVolumeClaim", "Namespace"}]
    # Two seeds, two producers, an archive node and its PostgreSQL; two clusters.
    assert len(of_kinds) == 6 + 2
    assert kept == (of_kinds if protected else [])


def test_large_genesis_is_cut_at_line_ends(plans: Planner, monkeypatch: pytest.MonkeyPatch) -> None:
    [plan] = plans(net(EAST, PRODUCERS))
    component = "components/large-genesis"
    head = "clusters/east/nets/net/seeds-1/kustomization.yaml"
    assert component not in render_net(plan)[head][0]
    monkeypatch.setattr("generator.render.shared.PART_SIZE", 200)
    parts = documents(plan, "clusters/east/nets/net/shared-1/genesis.yaml")
    assert [part["metadata"]["name"] for part in parts] == ["genesis-0", "genesis-1", "genesis-2"]
    texts = [part["data"]["part"] for part in parts]
    assert "".join(texts) == plan.genesis.text
    assert all(text.endswith("\n") and len(text) <= 200 for text in texts)
    assert component in render_net(plan)[head][0]
