"""What the scanner for secrets finds, and the shapes of secrets that have one of their own.

A shape begins with a few letters that are looked for first: searching a text for plain letters is
many times faster than for a pattern, and 100 MB are read in a full check.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass
from enum import StrEnum

from generator.publickey import decode_base58_check


class LeakKind(StrEnum):
    """What sort of secret a text holds; the value ends the sentence "this is ..."."""

    KEY_BOX = "an encrypted private key of a daemon"
    PRIVATE_KEY = "a private key of Coda or Mina"
    LIBP2P_KEY = "a libp2p key pair"
    PEM = "a private key in PEM"
    AWS_KEY = "an access key of AWS"
    GCP_KEY = "a service account key of Google Cloud"
    GITHUB_TOKEN = "a token of GitHub"  # noqa: S105 - a description
    CHAT_TOKEN = "a token or webhook of Slack or Discord"  # noqa: S105 - a description
    URL_PASSWORD = "an address with a password in it"  # noqa: S105 - a description
    PASSWORD = "a password or token, written out"  # noqa: S105 - a description
    CROWD = "more names of passwords than can be looked at, whatever their values are"
    PUBLISHED = "a secret that was published in source code"
    PUBLISHED_IDENTITY = "the identity of a libp2p key that was published in source code"


@dataclass(frozen=True, slots=True, order=True)
class Hit:
    """A secret in a text, from `start` to `end`; `what` says more of it, never the secret.

    `digest` is the same wherever the same secret stands.
    """

    start: int
    end: int
    kind: LeakKind
    what: str = ""
    digest: str = ""


_AROUND = re.compile(r"\\+n|[\s\\\"']+")


def digest_of_secret(text: str) -> str:
    """Return a digest of a secret, however it is quoted or broken into lines."""
    return hashlib.blake2b(
        _AROUND.sub("", text).encode("utf-8", "surrogatepass"), digest_size=16, person=b"leak"
    ).hexdigest()


_BASE58 = "1-9A-HJ-NP-Za-km-z"
_BASE64 = "A-Za-z0-9+/"
_PRIVATE_KEY = 0x5A
_BOX_PART = 0x02
_LONGEST_BODY = 8000  # of a key in PEM, with what lines are indented by
_LIBP2P_HEAD = b"\x08\x01\x12\x40"  # of a protobuf: Ed25519, 64 bytes


_PUBLIC_PART = re.compile(f"[{_BASE64}]{{20,800}}")
_SECRET_PART = re.compile(f"[{_BASE64}]{{60}}")
_IN_BASE58 = re.compile(f"[{_BASE58}]")


@dataclass(frozen=True, slots=True)
class _Shape:
    """A pattern that begins at one of `anchors`, in lower case, and what else must hold."""

    kind: LeakKind
    anchors: tuple[bytes, ...]
    pattern: re.Pattern[str]
    accept: Callable[[re.Match[str]], bool] = lambda _: True
    secret: Callable[[re.Match[str]], str] = lambda match: match[match.lastgroup or 0]


def _is_private_key(match: re.Match[str]) -> bool:
    """Tell a key from other text by its checksum; in a long run only at its ends."""
    text, start, end = match.string, match.start(), match.end()
    if start and _IN_BASE58.match(text[start - 1]) and _IN_BASE58.match(text, end):
        return False
    return holds_private_key(match[0])


def holds_private_key(text: str) -> bool:
    """Say whether a text is the Base58Check form of a private key, of whatever era."""
    return decode_base58_check(text)[:1] == bytes([_PRIVATE_KEY])


def _is_libp2p_key(match: re.Match[str]) -> bool:
    decoded = base64.b64decode(f"{match[0]}=")
    return decoded.startswith(_LIBP2P_HEAD)


def _is_third_part(match: re.Match[str]) -> bool:
    """Say whether a peer id is the last part of a key pair, after the secret and the public one."""
    before = match.string[max(0, match.start() - 4000) : match.start()]
    parts = before.rsplit(",", 2)
    if len(parts) == 1:
        return False
    public, secret = parts[-1].rstrip("="), parts[-2].rstrip("=")
    if "CAESQ" in secret[-91:]:  # found by its own shape
        return False
    return bool(_PUBLIC_PART.fullmatch(public) and _SECRET_PART.fullmatch(secret[-60:]))


def _is_box(match: re.Match[str]) -> bool:
    """Say whether a ciphertext is that of a key box, complete or beside the names of one."""
    if decode_base58_check(match["value"])[:1] == bytes([_BOX_PART]):
        return True
    start = max(0, match.start() - 600)
    return "_primitive" in match.string[start : match.end() + 600]


def _has_content(match: re.Match[str]) -> bool:
    """Say whether a key follows its first line, and not only talk of it."""
    after = match.string[match.end() : match.end() + 200]
    return re.search(f"[{_BASE64}]{{40}}", after) is not None


def _body(match: re.Match[str]) -> str:
    """Return the key after its first line, which all keys of a sort have in common."""
    return match.string[match.end() : match.end() + _LONGEST_BODY].partition("-----")[0]


def _is_literal_login(match: re.Match[str]) -> bool:
    return not re.match(r"[$<{*%]|x+$|\.+$", match["password"])


_AFTER_NAME = r"\\{0,2}[\"']?\s{0,4}[:=]\s{0,4}\\{0,2}[\"']?"
SHAPES = (
    _Shape(
        LeakKind.PRIVATE_KEY,
        (b"ekd", b"eke", b"ekf"),
        re.compile(f"EK[D-F][{_BASE58}]{{49}}"),
        _is_private_key,
    ),
    _Shape(LeakKind.LIBP2P_KEY, (b"caesq",), re.compile(f"CAESQ[{_BASE64}]{{86}}"), _is_libp2p_key),
    _Shape(
        LeakKind.LIBP2P_KEY,
        (b",12d3koow", b",qm"),
        re.compile(f",(?:12D3KooW[{_BASE58}]{{44}}|Qm[{_BASE58}]{{44}})"),
        _is_third_part,
    ),
    _Shape(
        LeakKind.KEY_BOX,
        (b"ciphertext",),
        re.compile(f"ciphertext{_AFTER_NAME}(?P<value>[{_BASE58}]{{40,200}})"),
        _is_box,
    ),
    _Shape(
        LeakKind.PEM,
        (b"-----begin",),
        re.compile(r"-----BEGIN(?: [A-Z0-9]{1,12}){0,4} PRIVATE KEY(?: BLOCK)?-----"),
        _has_content,
        _body,
    ),
    _Shape(
        LeakKind.AWS_KEY,
        (b"akia", b"asia"),
        re.compile(r"(?<![A-Za-z0-9+/])(?:AKIA|ASIA)[A-Z2-7]{16}(?![A-Za-z0-9+/])"),
    ),
    _Shape(
        LeakKind.AWS_KEY,
        (b"secret_access_key", b"secretaccesskey"),
        re.compile(
            f"(?i:secret_?access_?key){_AFTER_NAME}(?P<value>[{_BASE64}]{{40}})(?![{_BASE64}=])"
        ),
    ),
    _Shape(
        LeakKind.GCP_KEY,
        (b"private_key_id",),
        re.compile(f"private_key_id{_AFTER_NAME}(?P<value>[0-9a-f]{{40}})"),
    ),
    _Shape(
        LeakKind.GITHUB_TOKEN,
        (b"ghp_", b"gho_", b"ghu_", b"ghs_", b"ghr_"),
        re.compile(r"(?<![A-Za-z0-9])gh[pousr]_[A-Za-z0-9]{36,255}(?![A-Za-z0-9_])"),
    ),
    _Shape(
        LeakKind.GITHUB_TOKEN,
        (b"github_pat_",),
        re.compile(r"github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}"),
    ),
    _Shape(
        LeakKind.CHAT_TOKEN,
        (b"hooks.slack.com/",),
        re.compile(r"hooks\.slack\.com/(?:services|workflows|triggers)/[A-Za-z0-9/]{20,200}"),
    ),
    _Shape(
        LeakKind.CHAT_TOKEN,
        (b"xoxa-", b"xoxb-", b"xoxe-", b"xoxo-", b"xoxp-", b"xoxr-", b"xoxs-"),
        re.compile(r"(?<![A-Za-z0-9])xox[abeoprs]-[0-9]{6,}-[A-Za-z0-9-]{10,250}"),
    ),
    _Shape(
        LeakKind.CHAT_TOKEN,
        (b"/api/webhooks/",),
        re.compile(r"/api/webhooks/[0-9]{15,21}/[A-Za-z0-9_-]{60,100}"),
    ),
    _Shape(
        LeakKind.URL_PASSWORD,
        (b"://",),
        re.compile(
            r"://[^\s/:@\"'`<>]{0,64}:(?P<password>[^\s/@\"'`]{1,128})@(?!sha\d)[A-Za-z0-9$\[{<]"
        ),
        _is_literal_login,
    ),
)
ANCHORS = tuple((anchor, shape) for shape in SHAPES for anchor in shape.anchors)


def find_shapes(text: str, lower: bytes, held: Container[bytes]) -> Iterator[Hit]:
    """Find secrets of a shape of their own; `lower` is the text in lower case, in one byte each.

    `held` are the anchors that it holds.
    """
    for anchor, shape in ANCHORS:
        start = lower.find(anchor) if anchor in held else -1
        while start >= 0:
            match = shape.pattern.match(text, start)
            if match and shape.accept(match):
                digest = digest_of_secret(shape.secret(match))
                yield Hit(match.start(), match.end(), shape.kind, digest=digest)
            start = lower.find(anchor, start + 1)
