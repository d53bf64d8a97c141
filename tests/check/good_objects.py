"""One object of some kinds in which nothing is wrong, and how to change it."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from tests.built import Object

Path = tuple[str | int, ...]

CONTAINER = {"name": "daemon", "image": "x"}
GOOD: dict[str, Object] = {
    "StatefulSet": {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": {"name": "x", "labels": {"testnet/role": "seed"}},
        "spec": {
            "serviceName": "x",
            "selector": {"matchLabels": {"x": "x"}},
            "template": {"spec": {"containers": [CONTAINER]}},
        },
    },
    "Secret": {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "x"},
        "data": {"key": "aGVsbG8gd29ybGQ=", "lines": "aGVs\nbG8=\n", "none": ""},
    },
    "Service": {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "x", "creationTimestamp": None},
        "spec": {"ports": [{"name": "p2p", "port": 8302, "targetPort": "p2p"}, {"port": 80}]},
    },
    "DNSEndpoint": {
        "apiVersion": "externaldns.k8s.io/v1alpha1",
        "kind": "DNSEndpoint",
        "metadata": {"name": "x"},
        "spec": {"endpoints": [{"dnsName": "x.example", "recordTTL": 60, "targets": ["y"]}]},
    },
    "Provider": {
        "apiVersion": "notification.toolkit.fluxcd.io/v1beta3",
        "kind": "Provider",
        "metadata": {"name": "x"},
        "spec": {"type": "github", "address": "https://example.org/x/y", "timeout": "30s"},
    },
    "Kustomization": {
        "apiVersion": "kustomize.toolkit.fluxcd.io/v1",
        "kind": "Kustomization",
        "metadata": {"name": "x"},
        "spec": {
            "interval": "10m",
            "prune": True,
            "sourceRef": {"kind": "GitRepository", "name": "x"},
            "healthChecks": [{"apiVersion": "apps/v1", "kind": "StatefulSet", "name": "x"}],
        },
    },
    "SecretStore": {
        "apiVersion": "external-secrets.io/v1",
        "kind": "SecretStore",
        "metadata": {"name": "x"},
        "spec": {"provider": {"aws": {"service": "SecretsManager", "region": "us-west-2"}}},
    },
    "PodMonitor": {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PodMonitor",
        "metadata": {"name": "x"},
        "spec": {"selector": {}, "podMetricsEndpoints": [{"port": "metrics", "interval": "30s"}]},
    },
}


def changed(value: Object, path: Path, new: object) -> Object:
    """Return an object with another value at a place; `...` takes away what is there."""
    result = deepcopy(value)
    inner: Any = result
    for step in path[:-1]:
        inner = inner[step]
    if new is ...:
        del inner[path[-1]]
    else:
        inner[path[-1]] = new
    return result
