"""What is seen in objects other than workloads and networks: secrets, Flux, roles, patches."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.check.looking import look, made, workload

PATCHES = """\
apiVersion: kustomize.config.k8s.io/v1alpha1
kind: Component
patches:
- path: all.yaml
  target: {kind: StatefulSet}
- path: seeds.yaml
  target: {kind: StatefulSet, labelSelector: testnet/role=seed}
- path: own.yaml
- just text
- path: own.yaml
  target: {kind: Service}
"""
OWN = "kind: StatefulSet\nmetadata: {name: x}\n"


class TestFlux:
    @pytest.mark.parametrize("name", ["reconcile", "prune", "ssa", "force"])
    def test_annotations_that_opt_out(self, name: str) -> None:
        key = f"kustomize.toolkit.fluxcd.io/{name}"
        labels = {"testnet/role": "seed"}
        item = made("ConfigMap", metadata={"annotations": {key: "disabled"}, "labels": labels})
        row = {"object": "n/ConfigMap/x", "role": "seed", "name": key, "value": "disabled"}
        assert look(item)["annotations"] == [row | {"map": "annotations"}]
        item = made("ConfigMap", metadata={"labels": labels | {key: "disabled"}})
        assert look(item)["annotations"] == [row | {"map": "labels"}]

    @pytest.mark.parametrize("annotations", [None, "x", [], {"other": "disabled"}])
    def test_others_do_not(self, annotations: object) -> None:
        assert look(made("ConfigMap", metadata={"annotations": annotations}))["annotations"] == []

    def test_kustomizations(self) -> None:
        spec = {
            "prune": "true",
            "force": True,
            "sourceRef": {"kind": "GitRepository", "name": "g"},
            "dependsOn": [{"name": "other"}, {"name": "far", "namespace": "m", "readyExpr": "x"}],
            "postBuild": {},
        }
        [seen] = look(made("Kustomization", spec=spec))["kustomizations"]
        assert (seen["prune"], seen["force"]) == (False, True)
        assert (seen["source"], seen["post_build"]) == ("GitRepository/n/g", True)
        assert seen["depends"] == [
            {"namespace": "n", "name": "other", "ready_expression": False},
            {"namespace": "m", "name": "far", "ready_expression": True},
        ]

    @pytest.mark.parametrize("spec", [None, [], {"dependsOn": {}, "sourceRef": 1}])
    def test_odd_kustomizations(self, spec: object) -> None:
        [seen] = look(made("Kustomization", spec=spec))["kustomizations"]
        assert seen["depends"] == []


class TestFixed:
    def test_what_a_stateful_set_cannot_change(self) -> None:
        item = workload(serviceName="s", replicas=3, volumeClaimTemplates=[{"a": 1}])
        assert look(item)["fixed"]["n/StatefulSet/x"] == {
            "spec.serviceName": "s",
            "spec.podManagementPolicy": "OrderedReady",
            "spec.volumeClaimTemplates": '[{"a": 1}]',
        }

    @pytest.mark.parametrize(
        ("kind", "fields", "fixed"),
        [
            ("Service", {"spec": {"clusterIP": "None"}}, {"spec.clusterIP": "None"}),
            ("Service", {"spec": {"clusterIP": "10.0.0.1"}}, {"spec.clusterIP": "given"}),
            ("Service", {}, {"spec.clusterIP": "given"}),
            ("RoleBinding", {"roleRef": {"name": "r"}}, {"roleRef": '{"name": "r"}'}),
            ("PersistentVolumeClaim", {"spec": []}, {"spec.volumeMode": "Filesystem"}),
            ("ConfigMap", {"data": {}}, None),
        ],
    )
    def test_of_other_kinds(
        self, kind: str, fields: dict[str, Any], fixed: dict[str, str] | None
    ) -> None:
        assert look(made(kind, **fields))["fixed"].get(f"n/{kind}/x") == fixed


class TestSecrets:
    @pytest.mark.parametrize(
        ("fields", "values"),
        [
            ({}, 0),
            ({"data": {"a": "eA=="}, "stringData": {"b": "c", "d": "e"}}, 3),
            ({"data": 1}, 0),
        ],
    )
    def test_values_of_a_secret(self, fields: dict[str, Any], values: int) -> None:
        [row] = look(made("Secret", **fields))["secrets"]
        assert row["values"] == values

    @pytest.mark.parametrize(
        ("spec", "store"),
        [
            ({"secretStoreRef": {"name": "keys"}}, "keys"),
            (
                {"secretStoreRef": {"name": "keys", "kind": "ClusterSecretStore"}},
                "ClusterSecretStore/keys",
            ),
            ({"dataFrom": [{"sourceRef": {"generatorRef": {}}}]}, "generator"),
            ({"dataFrom": [{"sourceRef": {"generatorRef": {}}}, {"extract": {}}]}, ""),
            ({"dataFrom": []}, ""),
            ({}, ""),
        ],
    )
    def test_store_of_an_external_secret(self, spec: dict[str, Any], store: str) -> None:
        [row] = look(made("ExternalSecret", spec=spec))["secrets"]
        assert row["store"] == store

    def test_what_looks_like_one_is_found_with_its_object_and_not_its_value(self) -> None:
        box = dict.fromkeys(("nonce", "pwsalt", "ciphertext"), "x" * 40)
        value = json.dumps(box | {"box_primitive": "xsalsa20poly1305", "pwdiff": [1, 2]})
        seen = look(made("Service"), made("ConfigMap", data={"a": value}))
        assert {leak["object"] for leak in seen["leaks"]} == {"n/ConfigMap/x"}
        assert "xxx" not in str(seen["leaks"])


class TestOthers:
    def test_claims_that_outlive_their_net(self) -> None:
        key = "kustomize.toolkit.fluxcd.io/prune"
        kept = made("PersistentVolumeClaim", metadata={"annotations": {key: "disabled"}})
        other = made("PersistentVolumeClaim", metadata={"name": "y"})
        assert look(kept, other)["claims"] == {
            "n/PersistentVolumeClaim/x": True,
            "n/PersistentVolumeClaim/y": False,
        }

    def test_genesis_and_its_parts(self) -> None:
        items = [
            made("ConfigMap", metadata={"name": name}, data=data)
            for name, data in (
                ("net", {"GENESIS_TIME": "2026-12-01T12:00:00Z"}),
                ("genesis-0", {"part": "{"}),
                ("genesis-10", {"part": "}"}),
                ("genesis-³", {"part": "x"}),
                ("genesis-x", {"part": "x"}),
            )
        ]
        assert look(*items)["genesis"] == {
            "time": "2026-12-01T12:00:00Z",
            "object": "n/ConfigMap/net",
            "parts": {"0": "{", "10": "}"},
        }

    @pytest.mark.parametrize("kind", ["HorizontalPodAutoscaler", "ScaledObject"])
    def test_autoscalers(self, kind: str) -> None:
        spec = {"scaleTargetRef": {"kind": "StatefulSet", "name": "w"}}
        assert look(made(kind, spec=spec), made(kind))["autoscalers"] == [
            {"object": f"n/{kind}/x", "kind": "StatefulSet", "target": "w"},
            {"object": f"n/{kind}/x", "kind": "Deployment", "target": ""},
        ]

    def test_bindings_of_accounts(self) -> None:
        subjects = [
            {"kind": "ServiceAccount", "name": "a"},
            {"kind": "ServiceAccount", "name": "b", "namespace": "m"},
            {"kind": "User", "name": "c"},
            "d",
        ]
        fields = {"roleRef": {"kind": "ClusterRole", "name": "r"}, "subjects": subjects}
        seen = look(made("RoleBinding", **fields), made("ClusterRoleBinding", **fields))
        assert [(b["namespace"], b["account"]) for b in seen["bindings"]] == [
            ("n", "n/a"),
            ("n", "m/b"),
            ("", "n/a"),
            ("", "m/b"),
        ]
        assert {b["role"] for b in seen["bindings"]} == {"ClusterRole/r"}

    def test_rules_of_roles(self) -> None:
        rules = [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}, {"verbs": "get"}, 1]
        assert look(made("ClusterRole", rules=rules))["roles"] == {
            "ClusterRole/x": [
                {"apis": [""], "resources": ["pods"], "verbs": ["get"]},
                {"apis": [], "resources": [], "verbs": []},
            ]
        }

    def test_labels_are_kept_of_what_findings_speak_of(self) -> None:
        seen = look(workload(), made("Role", metadata={"labels": {"a": "b"}}))
        assert set(seen["labels"]) >= {"n/StatefulSet/x"}
        assert seen["labels"]["n/StatefulSet/x"]["testnet/role"] == "block-producer"


class TestPatches:
    LIBRARY: dict[str, str] = {  # noqa: RUF012 - nobody changes it
        "components/a/kustomization.yaml": PATCHES,
        "components/a/own.yaml": OWN,
        "components/b/kustomization.yaml": "components: [../a, ../b]\npatches: 3\n",
        "components/c/kustomization.yaml": "a: [",
    }

    @pytest.mark.parametrize("part", ["components/a", "components/b"])
    def test_each_entry_matches_or_does_not(self, part: str) -> None:
        file = "components/a/kustomization.yaml"
        assert look(workload(), library=self.LIBRARY, part=part)["patches"] == [
            [file, 0, True],
            [file, 1, False],
            [file, 2, True],
            [file, 4, False],
        ]

    @pytest.mark.parametrize("part", ["components/c", "components/none"])
    def test_what_cannot_be_read_has_none(self, part: str) -> None:
        assert look(workload(), library=self.LIBRARY, part=part)["patches"] == []
