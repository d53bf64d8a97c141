"""The parts of an archive node beside its daemon: the archive program and PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterable

from generator.plan import Daemon, Plan
from generator.plan.command import ARCHIVE_METRICS_PORT, ARCHIVE_PORT, POSTGRES_PORT
from generator.plan.defaults import ARCHIVE_PROGRAM, POSTGRES, POSTGRES_IMAGE
from generator.render.manifest import (
    Manifest,
    container_resources,
    manifest,
    volume_claim,
)
from generator.testnet import Resources


def _password(name: str) -> Manifest:
    reference = {"name": f"{name}-postgres", "key": "password"}
    return {"name": "POSTGRES_PASSWORD", "valueFrom": {"secretKeyRef": reference}}


def archive_container(daemon: Daemon) -> Manifest:
    """Return the container of the archive program, in the daemon's own pod."""
    return {
        "name": "archive",
        "image": daemon.archive_image,
        "args": list(daemon.archive_args),
        "env": [_password(daemon.name)],
        "ports": [
            {"name": "archive", "containerPort": ARCHIVE_PORT},
            {"name": "archive-metrics", "containerPort": ARCHIVE_METRICS_PORT},
        ],
        "resources": container_resources(ARCHIVE_PROGRAM),
    }


def render_postgres(plan: Plan, daemon: Daemon, labels: dict[str, str]) -> Iterable[Manifest]:
    """Return PostgreSQL of an archive node; its password is made in the cluster."""
    name = f"{daemon.name}-postgres"
    labels = labels | {"testnet/role": "archive-postgres", "testnet/daemon": name}
    head: Manifest = {"name": name, "namespace": plan.namespace, "labels": labels}
    claim = f"{name}-g{plan.genesis.generation}"
    resources = daemon.postgres.over(POSTGRES)
    yield manifest(
        "apps/v1",
        "StatefulSet",
        head,
        spec={
            "replicas": 1,
            "serviceName": name,
            "selector": {"matchLabels": {"testnet/daemon": name}},
            "template": {
                "metadata": {"labels": labels},
                "spec": {
                    "containers": [_postgres_container(daemon, resources)],
                    "volumes": [{"name": "state", "persistentVolumeClaim": {"claimName": claim}}],
                },
            },
        },
    )
    port = {"name": "postgres", "port": POSTGRES_PORT, "targetPort": "postgres"}
    yield manifest(
        "v1",
        "Service",
        head,
        spec={"selector": {"testnet/daemon": name}, "ports": [port]},
    )
    claim_head = head | {"name": claim}
    yield volume_claim(plan, claim_head, daemon.cluster.storage_class, resources.storage)
    yield from _password_objects(head)


def _postgres_container(daemon: Daemon, resources: Resources) -> Manifest:
    return {
        "name": "postgres",
        "image": POSTGRES_IMAGE,
        "env": [{"name": "POSTGRES_DB", "value": "archive"}, _password(daemon.name)],
        "ports": [{"name": "postgres", "containerPort": POSTGRES_PORT}],
        "resources": container_resources(resources),
    }


def _password_objects(head: Manifest) -> Iterable[Manifest]:
    generator = {"apiVersion": "generators.external-secrets.io/v1alpha1", "kind": "Password"}
    yield manifest(
        generator["apiVersion"],
        generator["kind"],
        head,
        spec={"length": 32, "digits": 8, "symbols": 0, "noUpper": False, "allowRepeat": True},
    )
    yield manifest(
        "external-secrets.io/v1",
        "ExternalSecret",
        head,
        spec={
            # Made once: a database keeps the password it was made with.
            "refreshInterval": "0",
            "target": {"name": head["name"], "creationPolicy": "Owner"},
            "dataFrom": [
                {"sourceRef": {"generatorRef": {**generator, "name": head["name"]}}},
            ],
        },
    )
