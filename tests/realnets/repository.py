"""Converted nets as a repository: fleet, key pools and testnet files."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

from generator.kustomize import Kustomize, find_kustomize
from generator.yaml import emit
from tests.realnets.convert import Net
from tests.realnets.gke import Document

ROOT = Path(__file__).resolve().parent.parent.parent
# Every region that the data names, by provider: a cluster each.
REGIONS = {
    "aws": ("us-west-2", "us-west-1", "us-east-1", "us-east-2", "eu-west-1"),
    "gcp": ("us-east1", "us-east4", "us-central1", "us-west1", "northamerica-northeast1"),
}
IDENTITIES = "identities"
_PRICES = {
    "cpu_hour": "0.0336",
    "memory_gib_hour": "0.0042",
    "storage_gib_month": "0.08",
    "load_balancer_hour": "0.0225",
}


@cache
def kustomize() -> Kustomize:
    """Return the kustomize there is, looked for once."""
    return find_kustomize()


def write_repository(root: Path, nets: Sequence[Net], *, regions: Iterable[str] = ()) -> Path:
    """Write nets with their keys and the fleet below `root`, with the library of overlays.

    The fleet has the clusters of `regions`, by default those of the nets.
    """
    wanted = set(regions) or {region for net in nets for region in net.regions}
    for path, text in files(nets, wanted).items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, "utf-8")
    (root / "overlays").symlink_to(ROOT / "overlays")
    return root


def files(nets: Sequence[Net], regions: set[str]) -> dict[str, str]:
    """Return the files that people would have written for these nets, by path."""
    identities = {name: text for net in nets for name, text in net.identities.items()}
    pools = {net.name: net.keys for net in nets if net.keys}
    if identities:
        pools[IDENTITIES] = {"libp2p": identities}
    return {
        "environments/fleet.yaml": emit([_fleet(regions)], header="Made for a test."),
        **{
            f"environments/keys/{name}.yaml": emit([_pool(name, kinds)], header="Made for a test.")
            for name, kinds in pools.items()
        },
        **{f"environments/testnets/{net.name}.yaml": file_text(net) for net in nets},
    }


def file_text(net: Net) -> str:
    """Return the testnet file of a net."""
    source = net.entry["source"]
    origin = f"{source['repository']} {net.entry['directory']} @ {source['commit'][:10]}"
    return emit([net.document], header=f"Converted from {origin}")


def _pool(name: str, kinds: dict[str, dict[str, str]]) -> Document:
    return {
        "pool": name,
        "owner": "protocol",
        "secrets": {"aws": f"testnets/{name}/{{name}}", "gcp": f"testnets-{name}-{{name}}"},
        "keys": kinds,
    }


def _fleet(regions: set[str]) -> Document:
    places = [(provider, region) for provider, found in REGIONS.items() for region in found]
    clusters = [
        _cluster(number, provider, region)
        for number, (provider, region) in enumerate(places)
        if region in regions
    ]
    assert len(clusters) == len(regions), regions
    return {
        "environments": {"url": "https://example.org/environments", "branch": "environments"},
        "notifications": {"type": "github", "secret": "github-app"},
        "prices": {"standard": _PRICES},
        "clusters": clusters,
    }


def _cluster(number: int, provider: str, region: str) -> Document:
    account = "testnets@example.iam.gserviceaccount.com"
    secrets = {
        "aws": {"role": "arn:aws:iam::123456789012:role/testnet-keys"},
        "gcp": {"project": "example", "service_account": account, "cluster": f"gcp-{region}"},
    }
    return {
        "name": f"{provider}-{region}",
        "provider": provider,
        "region": region,
        "kubernetes": "1.37",
        "flux": "2.9",
        "dns": {"public": f"{region}.o1test.net", "internal": "cluster.local"},
        "secrets": secrets[provider],
        "addresses": {"default": "host-port", "ports": "10000-19999"},
        "network": {"pods": f"10.{number}.0.0/16", "egress": [f"203.0.113.{number}/32"]},
        "storage_class": {"aws": "gp3", "gcp": "standard-rwo"}[provider],
        "capacity": {"cpu": 100_000, "memory": "90Ti", "storage": "90Ti"},
        "load_balancers": 50,
        "prices": "standard",
    }
