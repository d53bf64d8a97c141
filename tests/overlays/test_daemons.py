"""What the components make of daemons, their Services and their secrets."""

from __future__ import annotations

from typing import Any

import pytest

from tests.overlays.library import (
    OVERLAYS,
    SAMPLE_NAMES,
    Resource,
    build,
    named,
    of_kind,
    pod,
    sample,
)

DNS = "external-dns.alpha.kubernetes.io/"
DAEMONS = ("archive", "coordinators", "producers", "seeds-aws", "seeds-gcp", "seeds-kademlia")


def daemon(sample_name: str) -> Resource:
    """Return the pod of the first daemon of a sample."""
    return pod(of_kind(sample(sample_name), "StatefulSet")[0])


def mounts(container: Resource) -> dict[str, str]:
    return {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}


@pytest.mark.parametrize("name", SAMPLE_NAMES)
def test_each_mount_has_its_volume_and_each_volume_its_mount(name: str) -> None:
    for resource in of_kind(sample(name), "StatefulSet"):
        spec = pod(resource)
        containers = [*spec.get("initContainers", ()), *spec["containers"]]
        mounted = {name for container in containers for name in mounts(container)}
        assert mounted == {volume["name"] for volume in spec["volumes"]}


@pytest.mark.parametrize("name", SAMPLE_NAMES)
def test_each_script_that_a_pod_names_is_in_the_config_map(name: str) -> None:
    scripts = set(named(of_kind(build(OVERLAYS / "base/net"), "ConfigMap"), "scripts")["data"])
    used = {word for word in _words(sample(name)) if word.startswith("/scripts/")}
    assert {word.removeprefix("/scripts/") for word in used} <= scripts


def _words(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [word for item in value.values() for word in _words(item)]
    if isinstance(value, list | tuple):
        return [word for item in value for word in _words(item)]
    return [value] if isinstance(value, str) else []


@pytest.mark.parametrize("name", SAMPLE_NAMES)
def test_no_pod_gets_a_token_but_the_container_that_needs_it(name: str) -> None:
    for resource in of_kind(sample(name), "StatefulSet"):
        spec = pod(resource)
        assert spec["automountServiceAccountToken"] is False
        assert spec["enableServiceLinks"] is False
        for container in [*spec.get("initContainers", ()), *spec["containers"]]:
            assert ("api" in mounts(container)) == (container["name"] == "address")


@pytest.mark.parametrize("name", DAEMONS)
def test_a_daemon_is_started_probed_and_stopped_as_it_needs(name: str) -> None:
    spec = daemon(name)
    container = spec["containers"][0]
    probes = {key: container[f"{key}Probe"] for key in ("startup", "liveness", "readiness")}

    assert [c["name"] for c in spec["initContainers"]] == ["keys", "address"]
    assert container["command"] == ["bash", "/scripts/start.sh"]
    assert [p["exec"]["command"][-1] for p in probes.values()] == ["startup", "live", "ready"]
    assert probes["startup"]["periodSeconds"] * probes["startup"]["failureThreshold"] == 1800
    assert spec["terminationGracePeriodSeconds"] == 60
    assert spec["restartPolicy"] == "Always"


@pytest.mark.parametrize("name", DAEMONS)
def test_an_old_pod_is_gone_before_a_new_one_starts(name: str) -> None:
    spec = of_kind(sample(name), "StatefulSet")[0]["spec"]
    assert spec["updateStrategy"] == {"type": "RollingUpdate"}
    assert spec["replicas"] == 1


@pytest.mark.parametrize("name", DAEMONS)
def test_private_keys_stay_in_memory(name: str) -> None:
    spec = daemon(name)
    assert named(spec["volumes"], "keys")["emptyDir"]["medium"] == "Memory"
    for container in spec["containers"]:
        assert not {"key", "libp2p"} & set(mounts(container))


@pytest.mark.parametrize(
    ("name", "secrets"),
    [
        ("producers", {"key": "/secrets/key"}),
        ("seeds-aws", {"libp2p": "/secrets/libp2p"}),
        ("seeds-kademlia", {}),
        ("coordinators", {}),
        ("archive", {}),
    ],
)
def test_a_role_gets_the_secrets_it_has(name: str, secrets: dict[str, str]) -> None:
    keys = named(daemon(name)["initContainers"], "keys")
    assert {k: v for k, v in mounts(keys).items() if v.startswith("/secrets")} == secrets


@pytest.mark.parametrize(
    ("name", "parts"), [("producers", ["part-0"]), ("seeds-gcp", [f"part-{i}" for i in range(8)])]
)
def test_the_genesis_has_one_part_or_eight(name: str, parts: list[str]) -> None:
    sources = named(daemon(name)["volumes"], "genesis")["projected"]["sources"]
    assert [source["configMap"]["items"][0]["path"] for source in sources] == parts
    assert all(source["configMap"]["optional"] for source in sources)


def test_daemons_of_a_group_are_spread_over_zones_and_nodes() -> None:
    spec = daemon("producers")
    (zones,) = spec["topologySpreadConstraints"]
    (nodes,) = spec["affinity"]["podAntiAffinity"][
        "preferredDuringSchedulingIgnoredDuringExecution"
    ]
    term = nodes["podAffinityTerm"]

    assert zones["topologyKey"] == "topology.kubernetes.io/zone"
    assert zones["whenUnsatisfiable"] == "ScheduleAnyway"
    assert term["topologyKey"] == "kubernetes.io/hostname"
    assert zones["matchLabelKeys"] == term["matchLabelKeys"] == ["testnet/role", "testnet/group"]


@pytest.mark.parametrize("name", [name for name in SAMPLE_NAMES if name != "shared"])
def test_each_pod_says_how_its_logs_are_kept(name: str) -> None:
    for resource in of_kind(sample(name), "StatefulSet"):
        labels = resource["spec"]["template"]["metadata"]["labels"]
        assert labels["testnet/logs"] in {"json", "text"}
        assert labels["testnet/log-retention"]


def service(sample_name: str, name: str) -> Resource:
    return named(of_kind(sample(sample_name), "Service"), name)


def test_a_host_port_daemon_is_found_by_its_node() -> None:
    found = service("producers", "whale-qa-001")
    assert found["metadata"]["annotations"][DNS + "endpoints-type"] == "NodeExternalIP"
    assert found["metadata"]["annotations"][DNS + "ttl"] == "60"
    assert found["spec"]["publishNotReadyAddresses"] is True


def test_inner_services_stay_as_they_are() -> None:
    for found in (
        service("producers", "whale-qa-002-graphql"),
        service("coordinators", "fast-client"),
    ):
        assert "annotations" not in found["metadata"]
        assert set(found["spec"]) == {"selector", "ports"}


def test_a_load_balancer_of_aws_passes_on_peers_untouched() -> None:
    found = service("seeds-aws", "seed-1")
    notes = {k.rpartition("/")[2]: v for k, v in found["metadata"]["annotations"].items()}

    assert found["spec"]["loadBalancerClass"] == "service.k8s.aws/nlb"
    assert found["spec"]["externalTrafficPolicy"] == "Local"
    assert found["spec"]["publishNotReadyAddresses"] is True
    assert notes["aws-load-balancer-scheme"] == "internet-facing"
    attributes = notes["aws-load-balancer-target-group-attributes"]
    assert attributes == "preserve_client_ip.enabled=true,proxy_protocol_v2.enabled=false"


def test_both_address_modes_may_share_an_overlay() -> None:
    balanced, on_node = service("seeds-gcp", "seed-2"), service("seeds-gcp", "seed-3")

    assert balanced["spec"]["externalTrafficPolicy"] == "Local"
    assert balanced["metadata"]["annotations"]["cloud.google.com/l4-rbs"] == "enabled"
    assert DNS + "endpoints-type" not in balanced["metadata"]["annotations"]
    assert "externalTrafficPolicy" not in on_node["spec"]
    assert on_node["metadata"]["annotations"][DNS + "endpoints-type"] == "NodeExternalIP"


@pytest.mark.parametrize("name", ["producers", "seeds-aws"])
def test_keys_come_from_the_store_of_the_net(name: str) -> None:
    for secret in of_kind(sample(name), "ExternalSecret"):
        assert secret["spec"]["secretStoreRef"] == {"kind": "SecretStore", "name": "keys"}
        assert secret["spec"]["target"] == {"creationPolicy": "Owner", "deletionPolicy": "Retain"}


def test_the_password_of_postgres_comes_from_no_store() -> None:
    (secret,) = of_kind(sample("archive"), "ExternalSecret")
    assert "secretStoreRef" not in secret["spec"]
    assert secret["spec"]["refreshInterval"] == "0"


def test_postgres_keeps_its_data_below_the_root_of_its_volume() -> None:
    (postgres,) = pod(of_kind(sample("archive"), "StatefulSet")[1])["containers"]
    assert {"name": "PGDATA", "value": "/state/pgdata"} in postgres["env"]
    assert mounts(postgres) == {"state": "/state"}


def test_workers_start_all_at_once() -> None:
    (workers,) = of_kind(sample("workers"), "StatefulSet")
    assert workers["spec"]["podManagementPolicy"] == "Parallel"
    assert workers["spec"]["replicas"] == 8


def test_the_shared_phase_is_in_the_namespace_of_the_net() -> None:
    resources = sample("shared")
    (binding,) = of_kind(resources, "RoleBinding")
    scripts = named(of_kind(resources, "ConfigMap"), "scripts")

    assert {r["metadata"]["namespace"] for r in resources} == {"net-pickles-qa"}
    assert binding["subjects"][0]["namespace"] == "net-pickles-qa"
    notes = scripts["metadata"]["annotations"]
    assert notes["kustomize.toolkit.fluxcd.io/substitute"] == "disabled"


def test_each_series_says_where_it_is_from() -> None:
    (monitor,) = of_kind(sample("shared"), "PodMonitor")
    for endpoint in monitor["spec"]["podMetricsEndpoints"]:
        labels = [rule["targetLabel"] for rule in endpoint["relabelings"]]
        assert labels == ["testnet", "role", "daemon", "group"]
        assert endpoint["path"] == "/metrics"


def test_policies_open_each_inner_port_to_those_who_need_it() -> None:
    policies = of_kind(sample("shared"), "NetworkPolicy")
    open_to = {
        policy["metadata"]["name"]: [port["port"] for port in policy["spec"]["ingress"][0]["ports"]]
        for policy in policies
        if policy["spec"]["policyTypes"] == ["Ingress"]
    }
    assert open_to == {
        "metrics": ["metrics", "archive-metrics"],
        "p2p-inside": ["p2p", "discovery", "discovery"],
        "client": ["client"],
        "graphql": ["graphql"],
        "postgres": [5432],
    }
    assert all(
        policy["spec"]["ingress"][0]["from"] for policy in policies if policy["spec"].get("ingress")
    )


def test_an_isolated_net_reaches_no_private_address() -> None:
    isolate = named(of_kind(sample("shared"), "NetworkPolicy"), "isolate")
    blocks = [
        peer["ipBlock"]
        for rule in isolate["spec"]["egress"]
        for peer in rule.get("to", ())
        if "ipBlock" in peer
    ]
    assert len(blocks) == 1
    assert {"10.0.0.0/8", "169.254.0.0/16"} <= set(blocks[0]["except"])
