"""Records of the key inventory; never any private material."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from generator.finding import Location
from generator.publickey import PublicKey


class KeyKind(StrEnum):
    """What a key may be used for."""

    BLOCK_PRODUCER = "block-producer"
    SNARK = "snark"
    ACCOUNT = "account"
    LIBP2P = "libp2p"


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One key of a pool: its public part and, per provider, the name of its secret."""

    name: str
    kind: KeyKind
    public_key: PublicKey
    pool: str
    owner: str
    references: Mapping[str, str] = field(hash=False)
    at: Location = field(compare=False, repr=False)

    @property
    def text(self) -> str:
        """The public part as people write it."""
        return self.public_key.text

    @property
    def identity(self) -> bytes:
        """The decoded public part: what makes two keys the same key."""
        return self.public_key.identity


@dataclass(frozen=True, slots=True)
class KeyInventory:
    """All keys of all pools by name, in the order of pools and lines."""

    keys: Mapping[str, Key]

    def of_kind(self, kind: KeyKind) -> tuple[Key, ...]:
        """Return the keys of one kind, in order."""
        return tuple(key for key in self.keys.values() if key.kind is kind)
