"""Built objects against the schemas of their kinds: what is refused, where, in which words."""

from __future__ import annotations

import json
import re
from importlib.resources import files

import pytest

from generator.check.validate import (
    MAX_FAULTS,
    ObjectFault,
    validate_objects,
)
from generator.schema import known_minors
from tests.built import Object
from tests.check.good_objects import CONTAINER, GOOD, Path, changed
from tools.schemas import KUBERNETES

MINOR = "1.37"


def only(value: Object) -> ObjectFault:
    (fault,) = validate_objects([value], MINOR)
    return fault


@pytest.mark.parametrize("minor", known_minors())
@pytest.mark.parametrize("kind", GOOD)
def test_good_object_has_no_fault(kind: str, minor: str) -> None:
    assert not validate_objects([GOOD[kind]], minor)


POD: Path = ("spec", "template", "spec")
STORE: Path = ("spec", "provider")
ENDPOINT: Path = ("spec", "podMetricsEndpoints", 0)


@pytest.mark.parametrize(
    ("kind", "path", "value", "field", "message"),
    [
        (
            "StatefulSet",
            (*POD, "containers", 0, "imagee"),
            "x",
            "spec.template.spec.containers[daemon].imagee",
            'unknown field "imagee"; did you mean "image"?',
        ),
        ("StatefulSet", ("zzz",), 1, "zzz", 'unknown field "zzz"'),
        (
            "StatefulSet",
            ("spec", "replicas"),
            "1",
            "spec.replicas",
            '"replicas" must be a whole number, not the text "1"',
        ),
        (
            "StatefulSet",
            ("spec", "replicas"),
            2**31,
            "spec.replicas",
            '"replicas" must be at most 2147483647, not 2147483648',
        ),
        (
            "StatefulSet",
            (*POD, "containers", 0, "name"),
            ...,
            "spec.template.spec.containers[0].name",
            '"name" is missing',
        ),
        ("StatefulSet", ("spec", "selector"), None, "spec.selector", '"selector" is missing'),
        ("StatefulSet", ("spec",), ..., "spec", '"spec" is missing'),
        ("StatefulSet", ("metadata", "name"), ..., "metadata.name", '"name" is missing'),
        (
            "StatefulSet",
            (*POD, "restartPolicy"),
            "Often",
            "spec.template.spec.restartPolicy",
            '"restartPolicy" must be "Always", "Never" or "OnFailure", not the text "Often"',
        ),
        (
            "StatefulSet",
            (*POD, "containers"),
            [CONTAINER, CONTAINER | {"tty": 1}],
            "spec.template.spec.containers[1].tty",
            '"tty" must be true or false, not 1',
        ),
        (
            "StatefulSet",
            (*POD, "containers", 0, "resources"),
            {"limits": {"cpu": "1 core"}},
            "spec.template.spec.containers[daemon].resources.limits.cpu",
            '"cpu" must be a quantity such as "500m" or "16Gi", not the text "1 core"',
        ),
        (
            "StatefulSet",
            ("metadata", "labels", "testnet/role"),
            3,
            "metadata.labels[testnet/role]",
            '"testnet/role" must be text, not 3',
        ),
        (
            "StatefulSet",
            ("metadata", "creationTimestamp"),
            "now",
            "metadata.creationTimestamp",
            '"creationTimestamp" must be a time such as "2026-12-01T12:00:00Z", not the text "now"',
        ),
        ("Secret", ("data", "key"), "no-base64", "data.key", '"key" must be base64'),
        ("Secret", ("stringData",), {"a": 7}, "stringData.a", '"a" must be text'),
        (
            "Service",
            ("spec", "ports", 1, "port"),
            "http" * 20,
            "spec.ports[1].port",
            '"port" must be a whole number, not a text of 80 characters',
        ),
        (
            "Service",
            ("spec", "ports", 0, "targetPort"),
            [80],
            "spec.ports[p2p].targetPort",
            '"targetPort" must be a whole number or text, not a list',
        ),
        ("Service", ("spec", "ports", 1), 7, "spec.ports[1]", "the entry must be a mapping, not 7"),
        (
            "DNSEndpoint",
            ("spec", "endpoints", 0, "recordTTL"),
            "60",
            "spec.endpoints[0].recordTTL",
            '"recordTTL" must be a whole number, not the text "60"',
        ),
        (
            "DNSEndpoint",
            ("spec", "endpoints", 0, "target"),
            "y",
            "spec.endpoints[0].target",
            'unknown field "target"; did you mean "targets"?',
        ),
        (
            "Provider",
            ("spec", "timeout"),
            "1d",
            "spec.timeout",
            '"timeout" must be of the form ^([0-9]+(\\.[0-9]+)?(ms|s|m))+$, not the text "1d"',
        ),
        (
            "Provider",
            ("spec", "secretref"),
            {"name": "x"},
            "spec.secretref",
            'unknown field "secretref"; did you mean "secretRef"?',
        ),
        ("Provider", ("spec", "type"), ..., "spec.type", '"type" is missing'),
        (
            "Kustomization",
            ("spec", "sourceRef", "kind"),
            7,
            "spec.sourceRef.kind",
            '"kind" must be text, not 7',
        ),
        (
            "Kustomization",
            ("spec", "healthChecks", 0, "name"),
            None,
            "spec.healthChecks[0].name",
            '"name" is missing',
        ),
        ("Kustomization", ("spec", "prune"), ..., "spec.prune", '"prune" is missing'),
        (
            "SecretStore",
            (*STORE, "gcpsm"),
            {},
            "spec.provider",
            '"provider" must have at most 1 key, not 2',
        ),
        (
            "SecretStore",
            (*STORE, "aws", "service"),
            "SSM",
            "spec.provider.aws.service",
            '"service" must be "SecretsManager" or "ParameterStore", not the text "SSM"',
        ),
        (
            "PodMonitor",
            (*ENDPOINT, "scheme"),
            "ftp",
            "spec.podMetricsEndpoints[0].scheme",
            '"scheme" must be "http" or "https", not the text "ftp"',
        ),
        (
            "PodMonitor",
            (*ENDPOINT, "honourLabels"),
            True,
            "spec.podMetricsEndpoints[0].honourLabels",
            'unknown field "honourLabels"; did you mean "honorLabels"?',
        ),
        ("PodMonitor", ("spec", "selector"), ..., "spec.selector", '"selector" is missing'),
    ],
)
def test_fault_has_a_place_and_words(
    kind: str, path: Path, value: object, field: str, message: str
) -> None:
    fault = only(changed(GOOD[kind], path, value))
    assert (fault.field, fault.message) == (field, message)


@pytest.mark.parametrize(
    ("value", "field", "message"),
    [
        (
            {"apiVersion": "v1", "kind": "StatefulSet"},
            "apiVersion",
            '"StatefulSet" is not in "v1" but in "apps/v1"',
        ),
        (
            {"apiVersion": "example.org/v1", "kind": "Thing"},
            "kind",
            'no schema is known of kind "Thing" in "example.org/v1"',
        ),
        ({"kind": "Service"}, "apiVersion", '"apiVersion" must be text'),
        ({"apiVersion": "v1", "kind": 7}, "kind", '"kind" must be text'),
    ],
)
def test_kind_that_nobody_knows_is_a_fault(value: Object, field: str, message: str) -> None:
    fault = only(value)
    assert (fault.field, fault.message) == (field, message)


def test_faults_name_their_object_in_order() -> None:
    good, bad = GOOD["Service"], changed(GOOD["Service"], ("spec", "b"), 1)
    worse = changed(GOOD["Service"], ("spec", "ports"), {})
    worse = changed(worse, ("spec", "a"), 1)
    found = validate_objects(iter([bad, good, worse]), MINOR)
    assert [(fault.index, fault.field) for fault in found] == [
        (0, "spec.b"),
        (2, "spec.a"),
        (2, "spec.ports"),
    ]


def test_long_choice_is_cut_short() -> None:
    fault = only(changed(GOOD["Provider"], ("spec", "type"), "pigeon"))
    words = r'"type" must be ("[a-z-]+", ){11}"[a-z]+" or 20 more, not the text "pigeon"'
    assert re.fullmatch(words, fault.message)


def test_object_that_is_all_wrong_has_a_bounded_number_of_faults() -> None:
    fields = {f"x{number}": 1 for number in range(1000)}
    assert len(validate_objects([GOOD["Service"] | fields], MINOR)) == MAX_FAULTS


def test_null_is_as_if_the_field_were_not_there() -> None:
    for kind, path in [
        ("StatefulSet", ("spec", "replicas")),
        ("StatefulSet", ("metadata", "labels")),
        ("Kustomization", ("spec", "healthChecks")),
        ("PodMonitor", (*ENDPOINT, "interval")),
    ]:
        assert not validate_objects([changed(GOOD[kind], path, None)], MINOR)
    # The API server reads an empty entry of plain values as the empty value.
    args = changed(GOOD["StatefulSet"], (*POD, "containers", 0, "args"), ["a", None])
    assert not validate_objects([args], MINOR)


def test_field_is_known_from_the_minor_version_on_that_has_it() -> None:
    value = changed(GOOD["StatefulSet"], (*POD, "schedulingGroup"), {"podGroupName": "x"})
    refused = [minor for minor in known_minors() if validate_objects([value], minor)]
    assert refused == ["1.34", "1.35"]


def test_versions_with_schemas_are_those_of_the_tool() -> None:
    assert known_minors() == ("1.34", "1.35", "1.36", "1.37") == tuple(KUBERNETES)


def test_no_other_version_stands_in_for_one_without_schemas() -> None:
    with pytest.raises(FileNotFoundError):
        validate_objects([GOOD["Service"]], "1.38")


def test_schemas_are_small_and_name_their_sources() -> None:
    folder = files("generator") / "schemas"
    names = [f"kubernetes/{minor}.json" for minor in known_minors()]
    total = 0
    for name in [*names, "crds.json"]:
        text = (folder / name).read_text("utf-8")
        total += len(text)
        document = json.loads(text)
        assert next(iter(document)) == "sources"
        assert all(re.fullmatch(r"[\w./-]+@v\d+\.\d+\.\d+", name) for name in document["sources"])
    assert total < 1_500_000
