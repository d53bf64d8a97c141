"""Synthetic repositories of any size: real formats, keys made for the purpose."""

from __future__ import annotations

import hashlib
import random
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

from generator.publickey import KeyFormat, PublicKey, on_pallas
from generator.yaml import emit

ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
REPOSITORY = Path(__file__).resolve().parent.parent
REGIONS = (
    "us-west-2",
    "eu-central-1",
    "ap-southeast-1",
    "us-east1",
    "europe-west1",
    "asia-northeast1",
)


def base58(data: bytes) -> str:
    """Encode bytes in the alphabet of Bitcoin."""
    number = int.from_bytes(data)
    text = ""
    while number:
        number, digit = divmod(number, 58)
        text = ALPHABET[digit] + text
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + text


def base58check(data: bytes) -> str:
    """Encode bytes with the four bytes of checksum that the daemon's texts end with."""
    checksum = hashlib.sha256(hashlib.sha256(data).digest()).digest()[:4]
    return base58(data + checksum)


def public_keys(count: int, seed: int = 1) -> list[str]:
    """Return distinct B62q keys on the Pallas curve that nobody holds."""
    rng = random.Random(seed)  # noqa: S311 - nothing secret: the same keys in every run
    keys: list[str] = []
    while len(keys) < count:
        decoded = b"\xcb\x01\x01" + rng.randbytes(31) + b"\x0f" + bytes([rng.randrange(2)])
        if on_pallas(PublicKey("", KeyFormat.B62Q, decoded)):
            keys.append(base58check(decoded))
    return keys


def peer_ids(count: int) -> list[str]:
    """Return distinct libp2p peer ids that nobody holds."""
    return [
        base58(bytes.fromhex("002408011220") + hashlib.sha256(b"%d" % number).digest())
        for number in range(count)
    ]


def pool(name: str, kinds: Mapping[str, Iterable[str]]) -> str:
    """Return the text of a key pool: keys of each kind, named after it and numbered."""
    keys = {
        kind: {f"{name}-{kind[0]}{number:05d}": text for number, text in enumerate(texts)}
        for kind, texts in kinds.items()
    }
    document = {
        "pool": name,
        "owner": "tests",
        "secrets": {"aws": f"{name}/{{name}}", "gcp": f"{name}-{{name}}"},
        "keys": keys,
    }
    return emit([document], header="Made for a test.")


def testnet(name: str, key_pool: str, producers: range, **more: object) -> str:
    """Return the text of a net over six regions, with keys of a pool made by `pool`."""
    first, last = producers.start, producers.stop - 1
    document = {
        "name": name,
        "owner": "tests",
        "purpose": "public",
        "flavour": "mina",
        "image": "gcr.io/o1labs-192920/mina-daemon:3.0.3-bullseye-devnet",
        "regions": list(REGIONS),
        "seeds": {"keys": [f"{key_pool}-l00000..{key_pool}-l00002"]},
        "block_producers": [
            {
                "name": "p",
                "keys": [f"{key_pool}-b{first:05d}..{key_pool}-b{last:05d}"],
                "stake": "1000",
            }
        ],
        **more,
    }
    return emit([document], header="Made for a test.")


def write_repository(root: Path, daemons: int) -> Path:
    """Write a repository with one net of so many daemons (three are seeds), and return it."""
    environments = root / "environments"
    for directory in ("keys", "testnets"):
        (environments / directory).mkdir(parents=True)
    shutil.copy(REPOSITORY / "environments/fleet.yaml", environments / "fleet.yaml")
    shutil.copytree(REPOSITORY / "overlays", root / "overlays")
    count = daemons - 3
    kinds = {"block-producer": public_keys(count), "libp2p": peer_ids(3)}
    (environments / "keys/big.yaml").write_text(pool("big", kinds), "utf-8")
    text = testnet("big", "big", range(count))
    (environments / "testnets/big.yaml").write_text(text, "utf-8")
    return root


def write_fleet(root: Path, nets: int, daemons: int) -> Path:
    """Write a repository with many nets over six clusters, and return it.

    Each has three seeds, a coordinator with its workers, and producers: `daemons` in all. They
    are small, so that budgets and clusters hold them, and nothing is wrong with any.
    """
    environments = root / "environments"
    for directory in ("keys", "testnets"):
        (environments / directory).mkdir(parents=True)
    shutil.copy(REPOSITORY / "environments/fleet.yaml", environments / "fleet.yaml")
    shutil.copytree(REPOSITORY / "overlays", root / "overlays")
    producers = daemons - 5
    keys = public_keys(nets * (producers + 1))
    ids = peer_ids(3 * nets)
    for number in range(nets):
        own, seeds = keys[number::nets], ids[number::nets]
        name = f"net{number:03d}"
        kinds = {"block-producer": own[:-1], "snark": own[-1:], "libp2p": seeds}
        (environments / f"keys/{name}.yaml").write_text(pool(name, kinds), "utf-8")
        more = {
            "owner": f"team{number:03d}",
            "defaults": {"resources": {"cpu": "250m", "memory": "512Mi", "storage": "1Gi"}},
            "snark_pools": [
                {
                    "name": "snark",
                    "region": REGIONS[number % len(REGIONS)],
                    "key": f"{name}-s00000",
                    "workers": 1,
                    "fee": "0.001",
                }
            ],
        }
        text = testnet(name, name, range(producers), **more)
        (environments / f"testnets/{name}.yaml").write_text(text, "utf-8")
    return root
