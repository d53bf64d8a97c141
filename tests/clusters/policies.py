"""Admission policies of a cluster's own: what refuses or changes requests behind Flux's back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tests.clusters.api import Api, ApiError, Object
from tests.clusters.parts import wait_for

_VERSION = "admissionregistration.k8s.io/v1"
_NAME = "of-a-test"


@contextmanager
def keeping(api: Api, name: str) -> Iterator[None]:
    """Refuse to delete StatefulSets of a name, as a webhook that is out of order would."""
    message = f"the deletion of {name} is refused by this test"
    own: Object = {"validations": [{"expression": "false", "message": message}]}
    probe = f"/apis/apps/v1/namespaces/net-handover/statefulsets/{name}?dryRun=All"

    def refused() -> bool:
        try:
            api.delete(probe)
        except ApiError as error:
            return message in str(error)
        return False

    with _policy(api, "Validating", _matching("DELETE", name) | own):
        wait_for("the policy", refused, 30)
        yield


@contextmanager
def changing(api: Api, name: str, change: str) -> Iterator[None]:
    """Merge an expression of CEL into all StatefulSets of a name that are written."""
    mutation = {"patchType": "ApplyConfiguration", "applyConfiguration": {"expression": change}}
    own: Object = {"mutations": [mutation], "reinvocationPolicy": "Never"}
    with _policy(api, "Mutating", _matching("UPDATE", name) | own):
        yield


def _matching(verb: str, name: str) -> Object:
    rule = {
        "apiGroups": ["apps"],
        "apiVersions": ["*"],
        "operations": [verb],
        "resources": ["statefulsets"],
        "resourceNames": [name],
    }
    return {"failurePolicy": "Fail", "matchConstraints": {"resourceRules": [rule]}}


@contextmanager
def _policy(api: Api, word: str, spec: Object) -> Iterator[None]:
    kind = f"{word}AdmissionPolicy"
    policy = f"/apis/{_VERSION}/{word.lower()}admissionpolicies/{_NAME}"
    binding = f"/apis/{_VERSION}/{word.lower()}admissionpolicybindings/{_NAME}"
    actions = {"validationActions": ["Deny"]} if word == "Validating" else {}
    api.apply(policy, _object(kind, spec))
    api.apply(binding, _object(f"{kind}Binding", {"policyName": _NAME} | actions))
    try:
        yield
    finally:
        api.delete(binding)
        api.delete(policy)


def _object(kind: str, spec: Object) -> Object:
    return {"apiVersion": _VERSION, "kind": kind, "metadata": {"name": _NAME}, "spec": spec}
