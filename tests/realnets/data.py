"""The testnets that really ran, as they are kept under tests/data/realnets/."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import ryaml

Entry: TypeAlias = dict[str, Any]

DATA = Path(__file__).resolve().parent.parent / "data"
_RUN = re.compile(r"\[(\d+)\.\.(\d+)\]")


@cache
def entries() -> dict[str, Entry]:
    """Return every entry of mina-testnets.yaml by its id, in the order of the file."""
    return {entry["id"]: entry for entry in _read("mina-testnets.yaml")}


@cache
def producer_accounts() -> dict[str, dict[str, list[Entry]]]:
    """Return the accounts of producers that are known, by the id of the net and the file."""
    return {entry["testnet"]: entry["files"] for entry in _read("producer-accounts.yaml")}


@cache
def public_keys(name: str) -> tuple[str, ...]:
    """Return the public keys of a file, `name` being its path below tests/data."""
    return tuple((DATA / name).read_text("utf-8").split())


def _read(name: str) -> list[Entry]:
    read: list[Entry] = ryaml.loads((DATA / "realnets" / name).read_text("utf-8"))
    return read


def deployment(entry: Entry) -> Entry:
    """Return the deployment of an entry of platform gke, empty where it has none."""
    found: list[Entry] = entry.get("deployments", [])
    return found[0] if found else {}


def machines(entry: Entry) -> list[Entry]:
    """Return the seeds that ran on virtual machines of their own, beside the cluster."""
    own: list[Entry] = deployment(entry).get("seed_virtual_machines", [])
    return [*own, *entry.get("seed_virtual_machines", [])]


def expand(names: Iterable[str]) -> list[str]:
    """Write out runs of numbered names, which the data abbreviates: `whale-[1..3]`."""
    return [name for text in names for name in _expand(text)]


def _expand(text: str) -> Iterable[str]:
    run = _RUN.search(text)
    if run is None:
        return [text]
    numbers = range(int(run[1]), int(run[2]) + 1)
    return [f"{text[: run.start()]}{number}{text[run.end() :]}" for number in numbers]
