"""What is seen in built objects: for each kind what a rule asks about, and odd input besides."""

from __future__ import annotations

from typing import Any

import pytest

from generator.check.observe import PatchLibrary, Watcher
from generator.errors import ToolError
from tests.check.looking import MINOR, look, made, workload

DAEMON = {"name": "daemon", "image": "i", "args": ["daemon"]}


def pod(**fields: Any) -> dict[str, Any]:
    return {"containers": [DAEMON | fields]}


def exposed(*objects: dict[str, Any]) -> list[tuple[str, str, int]]:
    return [(row["via"], row["port"], row["number"]) for row in look(*objects)["exposed"]]


class TestText:
    @pytest.mark.parametrize(
        "text", ["a: [", "\0", "a: b\na: c\n", "a: &x [*x]\n", "? {a: b}\n: c\n"]
    )
    def test_what_is_no_yaml_is_an_error_of_the_tool(self, text: str) -> None:
        with pytest.raises(ToolError, match="kustomize built what is no YAML"):
            Watcher(PatchLibrary({})).look(text, minor=MINOR)

    @pytest.mark.parametrize("text", ["", "# nothing\n", "---\n---\n", "1\n", "[]\n"])
    def test_what_holds_no_object_is_nothing(self, text: str) -> None:
        assert Watcher(PatchLibrary({})).look(text, minor=MINOR)["objects"] == []

    def test_a_list_counts_as_what_it_holds(self) -> None:
        items = [made("Secret"), made("Service"), 7]
        seen = look({"apiVersion": "v1", "kind": "SecretList", "items": items})
        assert seen["objects"] == ["n/Secret/x", "n/Service/x", "//"]

    def test_size_is_in_bytes(self) -> None:
        text = "kind: ConfigMap\ndata: {a: é}\n"
        assert Watcher(PatchLibrary({})).look(text, minor=MINOR)["size"] == len(text) + 1

    def test_variables_that_flux_would_replace_are_counted(self) -> None:
        assert look(made("ConfigMap", data={"a": "${X} $Y ${Z}"}))["substitutions"] == 2

    def test_names_have_three_parts_whatever_an_object_says(self) -> None:
        odd = {"apiVersion": 1, "kind": "a/b", "metadata": {"name": "c/d", "namespace": None}}
        seen = look(odd, {"x": "y"})
        assert [name.count("/") for name in seen["objects"]] == [2, 2]
        assert seen["objects"][0] == "/a\\b/c\\d"

    def test_one_example_of_each_group_kind_and_namespace(self) -> None:
        other = made("Role") | {"apiVersion": "rbac.authorization.k8s.io/v1"}
        again = other | {"metadata": {"name": "y", "namespace": "n"}}
        assert look(other, again, made("Service"))["kinds"] == [
            ["rbac.authorization.k8s.io", "Role", "n", "n/Role/x"],
            ["", "Service", "n", "n/Service/x"],
        ]


class TestService:
    @pytest.mark.parametrize(
        ("spec", "via"),
        [
            ({"type": "LoadBalancer"}, ["LoadBalancer"]),
            ({"type": "NodePort"}, ["NodePort"]),
            ({"externalIPs": ["192.0.2.1"]}, ["externalIPs"]),
            ({"type": "ClusterIP"}, []),
            ({"type": "ExternalName"}, []),
            ({"externalIPs": []}, []),
            ({}, []),
        ],
    )
    def test_what_opens_a_port_to_the_world(self, spec: dict[str, Any], via: list[str]) -> None:
        port = {"name": "graphql", "port": 80, "targetPort": 3085}
        found = exposed(made("Service", spec=spec | {"ports": [port]}))
        assert found == [(how, "graphql", 3085) for how in via]

    @pytest.mark.parametrize(
        ("port", "seen"),
        [
            ({"name": "a", "port": 80, "targetPort": "p2p"}, ("p2p", 80)),
            ({"name": "a", "port": 80}, ("a", 80)),
            ({"port": 80, "targetPort": 81}, ("", 81)),
            ({"port": {}, "targetPort": []}, ("", 0)),
            ({"port": True}, ("", 0)),
        ],
    )
    def test_the_port_of_the_pod_counts(self, port: dict[str, Any], seen: tuple[str, int]) -> None:
        service = made("Service", spec={"type": "NodePort", "ports": [port]})
        assert exposed(service) == [("NodePort", *seen)]

    def test_ports_by_name(self) -> None:
        ports = [{"name": "client", "port": 8301, "targetPort": "client"}, {"port": "x"}, 3]
        seen = look(made("Service", spec={"ports": ports}))["services"]["n/Service/x"]
        assert seen == {"type": "ClusterIP", "ports": {"client": [8301, "client"], "": [0, ""]}}


class TestPods:
    def test_ports_of_the_node(self) -> None:
        ports = [{"name": "p2p", "hostPort": 10000, "containerPort": 10000}, {"containerPort": 1}]
        assert exposed(workload(pod=pod(ports=ports))) == [("hostPort", "p2p", 10000)]

    def test_a_pod_in_the_network_of_its_node_opens_all_its_ports(self) -> None:
        shape = pod(ports=[{"name": "rest", "containerPort": 3085}, {"name": "none"}])
        assert exposed(workload(pod=shape | {"hostNetwork": True})) == [
            ("hostNetwork", "rest", 3085)
        ]
        assert exposed(workload(pod=shape | {"hostNetwork": "true"})) == []

    @pytest.mark.parametrize(
        "port", [{"hostPort": "1"}, {"hostPort": True}, {"hostPort": {}}, 5, None]
    )
    def test_odd_ports(self, port: object) -> None:
        assert exposed(workload(pod=pod(ports=[port]))) == []

    def test_of_init_containers_and_of_every_kind(self) -> None:
        start = {"initContainers": [{"ports": [{"hostPort": 1}]}]}
        job = {"spec": {"template": {"spec": start}}}
        assert exposed(workload("Deployment", pod=start)) == [("hostPort", "", 1)]
        assert exposed(made("CronJob", spec={"jobTemplate": job})) == [("hostPort", "", 1)]
        assert exposed(made("Pod", spec=start)) == [("hostPort", "", 1)]

    @pytest.mark.parametrize("dash", ["-", "--"])
    def test_flags_with_one_dash_and_two(self, dash: str) -> None:
        args = ["daemon", f"{dash}external-port", "10001", "x", f"{dash}discovery-port", "10002"]
        seen = look(workload(pod=pod(args=args)))["workloads"]["n/StatefulSet/x"]
        assert seen["flags"] == {"external-port": 10001, "discovery-port": 10002}

    @pytest.mark.parametrize(
        ("args", "flags"),
        [
            (["-external-port"], {}),
            (["external-port", "1"], {}),
            (["-external-port", "³"], {"external-port": 0}),
            (["-external-port", "-1"], {"external-port": 0}),
            (["-external-port", "9" * 5000], {"external-port": 0}),
            (["-external-port", 10001], {"external-port": 10001}),
            (["-external-port", "1", "-external-port", "2"], {"external-port": 2}),
            ("-external-port 1", {}),
        ],
    )
    def test_odd_flags(self, args: object, flags: dict[str, int]) -> None:
        seen = look(workload(pod=pod(args=args)))["workloads"]["n/StatefulSet/x"]
        assert seen["flags"] == flags

    @pytest.mark.parametrize(
        ("spec", "replicas"),
        [
            ({}, 1),
            ({"replicas": 0}, 0),
            ({"replicas": 4}, 4),
            ({"replicas": "1"}, -1),
            ({"replicas": None}, -1),
            ({"replicas": True}, -1),
            ({"replicas": []}, -1),
        ],
    )
    def test_replicas(self, spec: dict[str, Any], replicas: int) -> None:
        seen = look(workload(**spec))["workloads"]["n/StatefulSet/x"]
        assert seen["replicas"] == replicas

    def test_a_daemon_set_has_no_replicas(self) -> None:
        seen = look(workload("DaemonSet", replicas=7))["workloads"]["n/DaemonSet/x"]
        assert seen["replicas"] == 1

    @pytest.mark.parametrize(
        ("kind", "spec", "surge"),
        [
            ("StatefulSet", {}, False),
            ("StatefulSet", {"updateStrategy": {"rollingUpdate": {"maxSurge": 1}}}, True),
            ("StatefulSet", {"updateStrategy": {"rollingUpdate": {"maxSurge": "0%"}}}, False),
            ("StatefulSet", {"updateStrategy": "RollingUpdate"}, False),
            ("Deployment", {}, True),
            ("Deployment", {"strategy": {"type": "Recreate"}}, False),
        ],
    )
    def test_two_pods_at_a_time(self, kind: str, spec: dict[str, Any], surge: bool) -> None:  # noqa: FBT001 - expected
        [shape] = look(workload(kind, **spec))["shapes"].values()
        assert shape["surge"] is surge

    @pytest.mark.parametrize(("value", "grace"), [(60, 60), (0, 0), ("60", -1), (True, -1)])
    def test_time_to_stop(self, value: object, grace: int) -> None:
        item = workload(pod={"terminationGracePeriodSeconds": value})
        [shape] = look(item)["shapes"].values()
        assert shape["grace"] == grace

    def test_equal_pods_have_one_shape(self) -> None:
        other = workload(pod=pod()) | {
            "metadata": {"name": "y", "labels": {"testnet/role": "seed"}}
        }
        third = workload(pod=pod())
        third["metadata"] = third["metadata"] | {"name": "z"}
        seen = look(workload(pod=pod()), other, third)
        assert len(seen["shapes"]) == 2
        assert {w["shape"] for w in seen["workloads"].values()} == set(seen["shapes"])

    def test_annotations_of_the_template_belong_to_the_shape(self) -> None:
        item = workload(pod=pod())
        item["spec"]["template"]["metadata"] = {
            "annotations": {"container.apparmor.security.beta.kubernetes.io/daemon": "unconfined"}
        }
        [shape] = look(item)["shapes"].values()
        assert shape["pod"]["appArmorAnnotations"] == {"daemon": "unconfined"}


class TestIngress:
    def test_each_path(self) -> None:
        backend = {"service": {"name": "s", "port": {"number": 3085}}}
        spec = {"rules": [{"http": {"paths": [{"backend": backend}, {"backend": 1}]}}, {}, "x"]}
        seen = look(made("Ingress", spec=spec))["exposed"]
        assert [(r["via"], r["daemon"], r["number"]) for r in seen] == [("Ingress", "s", 3085)]

    def test_what_is_served_where_no_path_fits(self) -> None:
        spec = {"defaultBackend": {"service": {"name": "s", "port": {"name": "http"}}}}
        assert exposed(made("Ingress", spec=spec)) == [("Ingress", "http", 0)]


class TestNetworkPolicy:
    @staticmethod
    def admit(rule: dict[str, Any], selector: dict[str, Any] | None = None) -> Any:
        spec = {"podSelector": selector or {}, "ingress": [rule]}
        seen = look(made("NetworkPolicy", spec=spec))
        return seen["admitted"], [row["port"] for row in seen["exposed"]]

    @staticmethod
    def block(*cidrs: str) -> list[dict[str, Any]]:
        return [{"ipBlock": {"cidr": cidr}} for cidr in cidrs]

    def test_ranges_from_which_peers_come(self) -> None:
        rule = {"from": self.block("192.0.2.0/24", "198.51.100.0/24"), "ports": [{"port": "p2p"}]}
        assert self.admit(rule) == (["192.0.2.0/24", "198.51.100.0/24"], [])

    @pytest.mark.parametrize("rule", [{}, {"from": []}, {"from": None}])
    def test_without_sources_the_world_comes_in_to_all_ports(self, rule: dict[str, Any]) -> None:
        assert self.admit(rule) == (["0.0.0.0/0"], ["all"])

    def test_pods_of_the_cluster_are_not_the_world(self) -> None:
        rule = {"from": [{"podSelector": {}}], "ports": [{"port": 3085}]}
        assert self.admit(rule) == ([], [])

    @pytest.mark.parametrize("cidr", ["0.0.0.0/0", "::/0"])
    def test_other_ports_for_the_world(self, cidr: str) -> None:
        ports = [{"port": 3085}, {"port": "discovery"}, {"port": 3000, "endPort": 4000}]
        rule = {"from": self.block(cidr), "ports": ports}
        assert self.admit(rule) == ([cidr], ["3085", "3000-4000"])

    def test_other_ports_for_some(self) -> None:
        rule = {"from": self.block("192.0.2.0/24"), "ports": [{"port": 3085}]}
        assert self.admit(rule) == ([], [])

    @pytest.mark.parametrize(
        ("selector", "seeds"),
        [
            ({}, True),
            ({"matchLabels": {"testnet/role": "seed"}}, True),
            ({"matchLabels": {"testnet/role": "archive"}}, False),
            ({"matchLabels": {"app": "x"}}, False),
            ({"matchExpressions": [{"key": "testnet/daemon", "operator": "Exists"}]}, True),
            ({"matchExpressions": [{"key": "app", "operator": "Exists"}]}, False),
            (
                {
                    "matchExpressions": [
                        {"key": "testnet/role", "operator": "In", "values": ["seed"]}
                    ]
                },
                True,
            ),
            ({"matchExpressions": [{"key": "testnet/role", "operator": "In"}]}, False),
            ({"matchExpressions": [{"key": "testnet/role", "operator": "DoesNotExist"}]}, False),
            ({"matchExpressions": "x"}, True),
        ],
    )
    def test_policies_about_seeds(self, selector: dict[str, Any], seeds: bool) -> None:  # noqa: FBT001 - expected
        rule = {"from": self.block("192.0.2.0/24")}
        assert bool(self.admit(rule, selector)[0]) is seeds
