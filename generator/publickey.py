"""Public keys of every era and libp2p peer ids: decoded, checked, and on which curve."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache


class InvalidKey(ValueError):  # noqa: N818 - says what is wrong, as InvalidInput does
    """Exception raised when a text is no key of the kind asked for.

    `reason` is one sentence that lacks its subject. It never repeats the text and shows at
    most one character of it, for somebody may have pasted a private key.
    """

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class KeyFormat(StrEnum):
    """The formats of a key, oldest first; the value is what every text of it begins with."""

    TNCI = "tNci"  # mid-2019
    TDN = "tdN"  # autumn 2019
    FOUR_VSRC = "4vsRC"  # January to August 2020
    B62Q = "B62q"  # since August 2020
    PEER_ID = "12D3KooW"  # the libp2p identity of a daemon


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key as people write it, its format, and its bytes without the checksum."""

    text: str
    format: KeyFormat
    decoded: bytes

    @property
    def identity(self) -> bytes:
        """The key alone, without version bytes: equal for two texts that mean one key."""
        return self.decoded[len(_LAYOUTS[self.format].version) :]


@dataclass(frozen=True, slots=True)
class _Layout:
    """How a format is laid out: characters of text, version bytes, bytes in all, checksum."""

    characters: int
    version: bytes
    total_bytes: int
    has_checksum: bool = True


# After the version: the x coordinate, little-endian, and a byte that says which y; 0x60 is
# the length of the older, longer x. Source: version_bytes.ml of the daemon's base58_check.
_LAYOUTS = {
    KeyFormat.TNCI: _Layout(142, b"\xca\x01\x60", 104),
    KeyFormat.TDN: _Layout(142, b"\xcb\x01\x60", 104),
    KeyFormat.FOUR_VSRC: _Layout(144, b"\xcb\x01\x01\x60", 105),
    KeyFormat.B62Q: _Layout(55, b"\xcb\x01\x01", 40),
    # An identity multihash of 36 bytes, holding a protobuf that holds an Ed25519 key.
    KeyFormat.PEER_ID: _Layout(52, b"\x00\x24\x08\x01\x12\x20", 38, has_checksum=False),
}
_PUBLIC_KEYS = (KeyFormat.B62Q, KeyFormat.FOUR_VSRC, KeyFormat.TDN, KeyFormat.TNCI)

_SECRETS = {"EK": "a private key", "CAES": "a libp2p key pair"}
# What else people paste: the first byte of other Base58Check texts of the daemon.
_OTHER_KINDS = {
    0x02: "a part of an encrypted key box",
    0x05: "a ledger hash",
    0x0C: "a receipt chain hash",
    0x0D: "an epoch seed",
    0x10: "a state hash",
    0x14: "a transaction memo",
    0x9A: "a signature",
}
_LONGEST = 200  # characters that are worth decoding when nothing says what they are

_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_DIGITS = {character: digit for digit, character in enumerate(_ALPHABET)}

# Both curves are y^2 = x^3 + 5, modulo these primes.
_PALLAS = 0x40000000000000000000000000000000224698FC094CF91B992D30ED00000001
_TWEEDLE = 0x40000000000000000000000000000000038AA127696286C9842CAFD400000001


@lru_cache(maxsize=1 << 16)  # pools, register and locks name the same keys
def decode_public_key(text: str) -> PublicKey:
    """Decode a public key of any era and check all but its curve; raise InvalidKey.

    The formats are Base58Check: version bytes, key, 4 bytes of a double SHA-256.
    """
    _refuse_secret(text)
    key_format = next((known for known in _PUBLIC_KEYS if text.startswith(known)), None)
    if key_format is None:
        raise InvalidKey(_what_else(text))
    decoded = _decode(text, key_format)
    if decoded[-1] > 1:
        raise InvalidKey(f"has the parity byte {decoded[-1]}, which can only be 0 or 1")
    return PublicKey(text, key_format, decoded)


def decode_peer_id(text: str) -> PublicKey:
    """Decode the libp2p peer id of an Ed25519 key; raise InvalidKey.

    A peer id has no checksum, so that a mistyped character often goes unseen.
    """
    _refuse_secret(text)
    if not text.startswith(KeyFormat.PEER_ID):
        if text.startswith(_PUBLIC_KEYS):
            raise InvalidKey("is a public key, not a libp2p peer id")
        _require_base58(text)
        raise InvalidKey(f'does not begin with "{KeyFormat.PEER_ID}", as a libp2p peer id does')
    return PublicKey(text, KeyFormat.PEER_ID, _decode(text, KeyFormat.PEER_ID))


def decode_base58_check(text: str) -> bytes:
    """Return what any Base58Check text of the daemon holds, version byte first.

    Nothing where the text is none: of other characters, too long, or with a wrong checksum.
    """
    if len(text) > _LONGEST or not _DIGITS.keys() >= set(text):
        return b""
    number = _number(text)
    decoded = number.to_bytes((number.bit_length() + 7) // 8, "big")
    return decoded[:-4] if _checksum(decoded[:-4]) == decoded[-4:] else b""


def check_curve(key: PublicKey, *, pallas_only: bool = True) -> None:
    """Raise InvalidKey, saying on which curve the key is, unless its daemon can use it.

    Every daemon since December 2020 demands Pallas. Without `pallas_only` Tweedle will do,
    and the formats older than B62q are not judged: their curve is another again.
    """
    if key.format is not KeyFormat.B62Q:
        if pallas_only:
            raise InvalidKey(f'has the format "{key.format}", which is older than the curve Pallas')
        return
    if on_pallas(key):
        return
    if not on_tweedle(key):
        raise InvalidKey("is a point of neither Pallas nor Tweedle, so that no daemon can use it")
    if pallas_only:
        raise InvalidKey(
            "is a point of Tweedle, the curve of keys made before December 2020, not of Pallas"
        )


def on_pallas(key: PublicKey) -> bool:
    """Say whether a key is a point of Pallas, the curve of B62q keys since December 2020."""
    return key.format is KeyFormat.B62Q and _has_point(_x(key), _PALLAS)


def on_tweedle(key: PublicKey) -> bool:
    """Say whether a key is a point of Tweedle, the curve of B62q keys before that.

    About half of the keys made for one curve are points of the other too.
    """
    return key.format is KeyFormat.B62Q and _has_point(_x(key), _TWEEDLE)


def _decode(text: str, key_format: KeyFormat) -> bytes:
    """Return the bytes of a text that begins like `key_format`, without the checksum."""
    _require_base58(text)
    layout = _LAYOUTS[key_format]
    if len(text) != layout.characters:
        raise InvalidKey(
            f"has {len(text)} characters, but a key that begins with "
            f'"{key_format}" has {layout.characters}'
        )
    decoded = _number(text).to_bytes(layout.total_bytes, "big")
    if layout.has_checksum:
        decoded, checksum = decoded[:-4], decoded[-4:]
        if _checksum(decoded) != checksum:
            raise InvalidKey("has a wrong checksum: at least one character is not as it was")
    if not decoded.startswith(layout.version):
        found = decoded[: len(layout.version)].hex(" ")
        raise InvalidKey(f"has the version bytes {found} instead of {layout.version.hex(' ')}")
    return decoded


def _refuse_secret(text: str) -> None:
    for start, secret in _SECRETS.items():
        if text.startswith(start):
            raise InvalidKey(f"is {secret}, which belongs in a secret manager and never in a file")


def _what_else(text: str) -> str:
    """Say what a text is that begins like no public key."""
    if text.startswith(KeyFormat.PEER_ID):
        return "is a libp2p peer id, not a public key"
    if not text:
        return "is empty"
    _require_base58(text)
    decoded = decode_base58_check(text)
    if decoded and (kind := _OTHER_KINDS.get(decoded[0])):
        return f"is {kind}, not a public key"
    *others, oldest = (f'"{known}"' for known in _PUBLIC_KEYS)
    return f"begins with none of {', '.join(others)} and {oldest}, as public keys do"


def _require_base58(text: str) -> None:
    if _DIGITS.keys() >= set(text):
        return
    position, wrong = next((n, c) for n, c in enumerate(text, 1) if c not in _DIGITS)
    # Only an escape tells a Cyrillic letter or an invisible space from the real thing.
    raise InvalidKey(
        f"has the character {wrong!a} at position {position}, which Base58 does not have"
    )


def _number(text: str) -> int:
    number = 0
    for character in text:
        number = number * 58 + _DIGITS[character]
    return number


def _checksum(data: bytes) -> bytes:
    return hashlib.sha256(hashlib.sha256(data).digest()).digest()[:4]


def _x(key: PublicKey) -> int:
    return int.from_bytes(key.identity[:-1], "little")


@lru_cache(maxsize=1 << 15)
def _has_point(x: int, prime: int) -> bool:
    return x < prime and _is_square(x**3 + 5, prime)


def _is_square(number: int, prime: int) -> bool:
    """Say whether a number is a square modulo an odd prime, by its Jacobi symbol.

    The law of quadratic reciprocity as in Euclid's algorithm: 16 us for 255 bits, where
    Euler's criterion by `pow` takes 64.
    """
    square = True
    top, bottom = number % prime, prime
    while top:
        twos = (top & -top).bit_length() - 1
        top >>= twos
        if twos & 1 and bottom & 7 in (3, 5):
            square = not square
        if top & bottom & 2:  # both are 3 modulo 4
            square = not square
        top, bottom = bottom % top, top
    return square
