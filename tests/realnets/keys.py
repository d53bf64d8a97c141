"""The keys of one net: those that the data knows, and others of the same format."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence

from generator.publickey import KeyFormat, PublicKey, on_pallas
from tests.synthetic import base58, base58check

PEER_ID_PREFIX = bytes.fromhex("002408011220")
# Version bytes and length of the coordinate, by the beginning of a key.
_LAYOUTS = {
    "tNci": (b"\xca\x01\x60", 96),
    "tdN": (b"\xcb\x01\x60", 96),
    "4vsRC": (b"\xcb\x01\x01\x60", 96),
    "B62q": (b"\xcb\x01\x01", 32),
}
# Every second coordinate is on the curve.
_ATTEMPTS = 64
# Long enough to tell all identities of the data apart.
TAIL = 7


class Keys:
    """Hands out the names of a net's keys, and remembers the public part of each by kind.

    `spare` are public keys for daemons whose key is not known; `known` are those that must
    not be handed out, for they have an owner; `prefix` begins every name but those of
    identities that the data knows, which keep one name in all nets.
    """

    def __init__(self, net: str, spare: Iterable[str], known: set[str], prefix: str) -> None:
        self.kinds: dict[str, dict[str, str]] = {"block-producer": {}, "snark": {}, "libp2p": {}}
        self.identities: dict[str, str] = {}
        self._net = net
        self._prefix = prefix
        self._spare: Iterator[str] = iter([key for key in spare if key not in known])

    def add(self, kind: str, name: str, public_key: str = "") -> str:
        """Register a key unless it has been, and return its full name."""
        full = f"{self._prefix}{name}"
        if full not in self.kinds[kind]:
            self.kinds[kind][full] = public_key or next(self._spare)
        return full

    def identity(self, name: str, known: str = "") -> str:
        """Register the libp2p identity of a seed and return its name.

        One that the data knows is named after its last characters, one that is made `name`.
        """
        if known:
            tail = known[-TAIL:].lower()
            self.identities[tail] = known
            return tail
        full = f"{self._prefix}{name}"
        self.kinds["libp2p"][full] = peer_id(f"{self._net}/{name}")
        return full


def peer_id(text: str) -> str:
    """Return the peer id of an identity that nobody holds, the same for the same text."""
    return base58(PEER_ID_PREFIX + hashlib.sha256(text.encode()).digest())


def fresh_key(text: str, seed: str) -> str:
    """Return a public key that nobody holds, of the format of `text`; one for each seed."""
    start = next(start for start in _LAYOUTS if text.startswith(start))
    version, size = _LAYOUTS[start]
    for attempt in range(_ATTEMPTS):
        stream = hashlib.shake_256(f"{seed}/{attempt}".encode()).digest(size)
        # The last byte of the coordinate is its highest: kept small, to stay below the modulus.
        decoded = version + stream[:-1] + b"\x0f\x00"
        if start != "B62q" or on_pallas(PublicKey("", KeyFormat.B62Q, decoded)):
            return base58check(decoded)
    raise AssertionError(seed)


def runs(names: Sequence[str]) -> list[str]:
    """Write consecutive names as a range, as people do: `w1..w15`."""
    entries: list[list[str]] = []
    for name in names:
        if entries and _follows(entries[-1][-1], name):
            entries[-1].append(name)
        else:
            entries.append([name])
    return [run[0] if len(run) == 1 else f"{run[0]}..{run[-1]}" for run in entries]


def _follows(first: str, second: str) -> bool:
    one, two = re.fullmatch(r"(.*?)(\d+)", first), re.fullmatch(r"(.*?)(\d+)", second)
    return bool(one and two and one[1] == two[1] and int(two[2]) == int(one[2]) + 1)
