"""Public keys and peer ids: published vectors, and what is refused and why."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator import publickey
from generator.publickey import (
    InvalidKey,
    KeyFormat,
    PublicKey,
    check_curve,
    decode_peer_id,
    decode_public_key,
    on_pallas,
    on_tweedle,
)

VECTORS = Path(__file__).parent / "data" / "public-keys"
ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
PALLAS = 0x40000000000000000000000000000000224698FC094CF91B992D30ED00000001
TWEEDLE = 0x40000000000000000000000000000000038AA127696286C9842CAFD400000001
SEED_PEER = "12D3KooWFRpSQ9zqtQjbcqB4wkMCMCTbUmJ3rEXcUtm8b9CwY4aW"


def read_vectors(name: str) -> list[str]:
    return (VECTORS / f"{name}.txt").read_text(encoding="ascii").split()


VALID = read_vectors("valid")
OFF_CURVE = read_vectors("off-curve")
OLD = read_vectors("old-format")


def base58(data: bytes) -> str:
    """Encode bytes, independently of the code under test."""
    number, text = int.from_bytes(data, "big"), ""
    while number:
        number, digit = divmod(number, 58)
        text = ALPHABET[digit] + text
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + text


def base58check(data: bytes) -> str:
    return base58(data + hashlib.sha256(hashlib.sha256(data).digest()).digest()[:4])


def modern_key(x: int, parity: int = 0, version: bytes = b"\xcb\x01\x01") -> str:
    return base58check(version + x.to_bytes(32, "little") + bytes([parity]))


def refusal(text: str) -> str:
    with pytest.raises(InvalidKey) as caught:
        decode_public_key(text)
    return caught.value.reason


def peer_refusal(text: str) -> str:
    with pytest.raises(InvalidKey) as caught:
        decode_peer_id(text)
    return caught.value.reason


def curve_refusal(key: PublicKey, *, pallas_only: bool = True) -> str:
    with pytest.raises(InvalidKey) as caught:
        check_curve(key, pallas_only=pallas_only)
    return caught.value.reason


# --- published keys -------------------------------------------------------------------------


def test_valid_keys_are_on_pallas() -> None:
    for text in VALID:
        key = decode_public_key(text)
        check_curve(key)
        assert (key.text, key.format, len(key.identity)) == (text, KeyFormat.B62Q, 33)
        assert base58check(key.decoded) == text


def test_both_parities_and_both_curves_occur_among_the_valid() -> None:
    keys = [decode_public_key(text) for text in VALID]
    assert {key.decoded[-1] for key in keys} == {0, 1}
    assert {on_tweedle(key) for key in keys} == {True, False}


def test_off_curve_keys_decode_and_name_their_curve() -> None:
    for text in OFF_CURVE:
        key = decode_public_key(text)
        assert not on_pallas(key)
        assert on_tweedle(key)
        assert "Tweedle" in curve_refusal(key)
        check_curve(key, pallas_only=False)


def test_old_keys_have_the_format_they_begin_with() -> None:
    for text in OLD:
        key = decode_public_key(text)
        assert text.startswith(key.format)
        assert len(key.identity) == 97
        assert base58check(key.decoded) == text
        check_curve(key, pallas_only=False)
        assert f'"{key.format}"' in curve_refusal(key)
        assert not on_pallas(key)
        assert not on_tweedle(key)


def test_each_old_format_is_in_the_vectors() -> None:
    assert {decode_public_key(text).format for text in OLD} == {
        KeyFormat.TNCI,
        KeyFormat.TDN,
        KeyFormat.FOUR_VSRC,
    }


@pytest.mark.parametrize("text", read_vectors("bad-checksum"), ids=lambda text: text[:12])
def test_published_keys_with_a_wrong_checksum_are_refused(text: str) -> None:
    assert refusal(text).startswith("has a wrong checksum")


# --- what is refused ------------------------------------------------------------------------


@given(st.sampled_from(VALID + OFF_CURVE + OLD), st.data())
def test_any_changed_character_is_refused(text: str, data: st.DataObject) -> None:
    position = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.sampled_from(ALPHABET).filter(lambda c: c != text[position]))
    assert refusal(text[:position] + other + text[position + 1 :])


@given(st.text())
def test_arbitrary_text_is_refused(text: str) -> None:
    for decode in (decode_public_key, decode_peer_id):
        with pytest.raises(InvalidKey):
            decode(text)


@pytest.mark.parametrize("prefix", [f for f in KeyFormat if f is not KeyFormat.PEER_ID])
@given(st.text(alphabet=ALPHABET, max_size=200))
def test_a_right_beginning_alone_is_refused(prefix: KeyFormat, rest: str) -> None:
    assert refusal(prefix + rest)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "is empty"),
        ("B62q" + "i" * 50, 'has 54 characters, but a key that begins with "B62q" has 55'),
        ("4vsRC" + "i" * 40, 'has 45 characters, but a key that begins with "4vsRC" has 144'),
        (VALID[0][:-2] + "0O", "has the character '0' at position 54, which Base58 does not have"),
        (VALID[0] + "\n", "has the character '\\n' at position 56, which Base58 does not have"),
        # A Cyrillic letter that looks like the B.
        (
            "\u0412" + VALID[0][1:],
            "has the character '\\u0412' at position 1, which Base58 does not have",
        ),
        (SEED_PEER, "is a libp2p peer id, not a public key"),
        (
            "3" + "z" * 300,
            'begins with none of "B62q", "4vsRC", "tdN" and "tNci", as public keys do',
        ),
        ("1", 'begins with none of "B62q", "4vsRC", "tdN" and "tNci", as public keys do'),
        ("B63q", 'begins with none of "B62q", "4vsRC", "tdN" and "tNci", as public keys do'),
        (base58check(b"\x10\x01" + b"\x07" * 32), "is a state hash, not a public key"),
        (base58check(b"\x9a\x01" + b"\x07" * 64), "is a signature, not a public key"),
        (modern_key(1, parity=2), "has the parity byte 2, which can only be 0 or 1"),
    ],
)
def test_the_reason_names_what_is_wrong(text: str, reason: str) -> None:
    assert refusal(text) == reason


def test_a_huge_text_is_refused_at_once() -> None:
    # Decoding a million digits would take minutes.
    for start in ("z", "B62q", "12D3KooW"):
        assert refusal(start + "z" * 1_000_000)
        assert peer_refusal(start + "z" * 1_000_000)


def test_wrong_version_bytes_are_named() -> None:
    text = modern_key(2**256 - 1, version=b"\xcb\x01\x00")
    assert text.startswith("B62q"), "or the test is about the prefix"
    assert refusal(text) == "has the version bytes cb 01 00 instead of cb 01 01"


@pytest.mark.parametrize(
    ("secret", "kind"),
    [
        (base58check(b"\x5a\x01" + b"\x07" * 32), "is a private key"),
        ("EKthis/is=mistyped", "is a private key"),
        ("CAESQ" + "Ab/+" * 20 + ",CAESI" + "Cd/+" * 10 + "," + SEED_PEER, "is a libp2p key pair"),
    ],
)
def test_a_secret_is_recognised_and_not_repeated(secret: str, kind: str) -> None:
    for reason in (refusal(secret), peer_refusal(secret)):
        assert reason.startswith(kind)
        assert not any(secret[n : n + 6] in reason for n in range(len(secret) - 5))


@pytest.mark.parametrize("x", [PALLAS, PALLAS + 1, 2**256 - 1])
def test_a_coordinate_beyond_the_field_is_on_no_curve(x: int) -> None:
    key = decode_public_key(modern_key(x))
    assert curve_refusal(key).startswith("is a point of neither")
    assert curve_refusal(key, pallas_only=False).startswith("is a point of neither")


# --- arithmetic -----------------------------------------------------------------------------


@given(st.integers(0, 2**256 - 1))
def test_curves_agree_with_eulers_criterion(x: int) -> None:
    key = decode_public_key(modern_key(x))
    for on_curve, prime in ((on_pallas, PALLAS), (on_tweedle, TWEEDLE)):
        euler = x < prime and pow(x**3 + 5, (prime - 1) // 2, prime) in (0, 1)
        assert on_curve(key) is euler


@pytest.mark.parametrize("prime", [3, 5, 7, 11, 13, 17, 19, 23, 97])
def test_squares_modulo_small_primes(prime: int) -> None:
    squares = {n * n % prime for n in range(prime)}
    found = {n for n in range(prime) if publickey._is_square(n, prime)}  # noqa: SLF001 - the arithmetic itself
    assert found == squares


# --- identity -------------------------------------------------------------------------------


def test_identity_is_the_key_without_its_version() -> None:
    body = bytes(range(96)) + b"\x01"
    older = decode_public_key(base58check(b"\xca\x01\x60" + body))
    newer = decode_public_key(base58check(b"\xcb\x01\x60" + body))
    assert older.format is not newer.format
    assert older.identity == newer.identity == body


def test_the_other_parity_is_another_key() -> None:
    assert (
        decode_public_key(modern_key(1, 0)).identity != decode_public_key(modern_key(1, 1)).identity
    )


# --- peer ids -------------------------------------------------------------------------------


@given(st.binary(min_size=32, max_size=32))
def test_a_peer_id_decodes_to_its_ed25519_key(ed25519: bytes) -> None:
    text = base58(b"\x00\x24\x08\x01\x12\x20" + ed25519)
    key = decode_peer_id(text)
    assert (key.text, key.format, key.identity) == (text, KeyFormat.PEER_ID, ed25519)
    assert not on_pallas(key)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (VALID[0], "is a public key, not a libp2p peer id"),
        ("", 'does not begin with "12D3KooW", as a libp2p peer id does'),
        ("QmYyQSo1c1Ym7", 'does not begin with "12D3KooW", as a libp2p peer id does'),
        ("Qm/", "has the character '/' at position 3, which Base58 does not have"),
        (SEED_PEER + "x", 'has 53 characters, but a key that begins with "12D3KooW" has 52'),
        (SEED_PEER[:-1] + "I", "has the character 'I' at position 52, which Base58 does not have"),
        (
            "12D3KooW" + "z" * 44,
            "has the version bytes 00 24 08 01 12 22 instead of 00 24 08 01 12 20",
        ),
    ],
)
def test_what_is_no_peer_id_is_refused(text: str, reason: str) -> None:
    assert peer_refusal(text) == reason
