"""Which nets a change can affect, and what is known of all the others."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from generator.cache import Cache
from generator.check.base import Files
from generator.check.claims import Claims, Ledger
from generator.check.setting import Published
from generator.library import read_library
from generator.load import FLEET, KEYS, TESTNETS

OVERLAYS = "overlays"
_HOME = PurePosixPath(TESTNETS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """The nets to judge, by name, and the claims of those that stay as they are."""

    nets: frozenset[str]
    others: Mapping[str, Claims]


def find_scope(root: Path, base: Path | Files, published: Published, cache: Cache) -> Scope | None:
    """Return what a change from `base` to `root` can affect; None where that may be everything.

    A change to the fleet, to keys or to the overlays can affect every net, a change to a testnet
    file that net alone, but for what no two nets may have: a key, a port, a name, a chain, and a
    share of a budget. A net that is not published as its file asks for is planned anew after all
    others, so that any change can affect it; and one with waivers is judged with them.
    """
    written, earlier = _read(root), _read(base) if isinstance(base, Path) else base
    if written is None or earlier is None or _shared(written) != _shared(earlier):
        return None
    files = _testnets(written)
    now, before = _digests(files), _digests(_testnets(earlier))
    nets = published.allocations.nets
    names = now.keys() | before.keys()
    same = {name for name in now.keys() & before.keys() if now[name] == before[name]}
    ledger = Ledger(root, published.locks, read_library(root, cache).version, cache)
    others: dict[str, Claims] = {}
    for name in sorted(same & nets.keys()):
        if b"waivers" in files[name]:
            continue
        claims = ledger.read(name, now[name])
        if claims is not None:
            others[name] = claims
        elif nets[name].source_digest == now[name]:
            return None  # a full check comes by its claims, and keeps them
    return Scope(nets=frozenset(names - others.keys()), others=others)


def _read(root: Path) -> Files | None:
    """Return everything that nets follow from; None where links are, which all have to hear of."""
    paths = [root / FLEET]
    paths += [p for d in (KEYS, OVERLAYS) for p in (root / d).rglob("*")]
    paths += (root / TESTNETS).glob("*.yaml")
    if any(path.is_symlink() for path in paths):
        return None
    return {p.relative_to(root).as_posix(): p.read_bytes() for p in paths if p.is_file()}


def _shared(files: Files) -> Files:
    """Return everything that all nets follow from."""
    return {
        path: content
        for path, content in files.items()
        if path == FLEET
        or (path.startswith((f"{KEYS}/", f"{OVERLAYS}/")) and "__pycache__" not in path.split("/"))
    }


def _digests(files: Mapping[str, bytes]) -> dict[str, str]:
    return {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}


def _testnets(files: Files) -> dict[str, bytes]:
    """Return the testnet files by the net's name, which is that of the file."""
    paths = {path: PurePosixPath(path) for path in sorted(files)}
    return {
        path.stem: files[name]
        for name, path in paths.items()
        if path.parent == _HOME and path.suffix == ".yaml" and not path.name.startswith(".")
    }
