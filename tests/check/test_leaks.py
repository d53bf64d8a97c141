"""What the scanner for secrets finds, and what it leaves alone. Every secret here is made up."""

from __future__ import annotations

import base64
import hashlib
import json
import random
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from generator.check.leak import LeakKind
from generator.check.leaks import MAX_LEAKS, Leak, find_leaks
from generator.check.published_secrets import _published
from tests.synthetic import base58, base58check, public_keys

ROOT = Path(__file__).resolve().parent.parent.parent
RANDOM = random.Random(4)  # noqa: S311 - made up, and the same in every run
HEX, ALNUM = "0123456789abcdef", "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


def some(alphabet: str, count: int) -> str:
    return "".join(RANDOM.choices(alphabet, k=count))


def b64(data: bytes | str) -> str:
    return base64.b64encode(data.encode() if isinstance(data, str) else data).decode()


PRIVATE = base58check(b"\x5a\x01" + RANDOM.randbytes(32))
OLD_PRIVATE = base58check(b"\x5a\x01\x60" + RANDOM.randbytes(96))
SECRET, PUBLIC = RANDOM.randbytes(32), RANDOM.randbytes(32)
LIBP2P = b64(b"\x08\x01\x12\x40" + SECRET + PUBLIC)
LIBP2P_PUBLIC = b64(b"\x08\x01\x12\x20" + PUBLIC)
PEER_ID = base58(b"\x00\x24\x08\x01\x12\x20" + PUBLIC)
PAIR = f"{LIBP2P},{LIBP2P_PUBLIC},{PEER_ID}"
OTHER_PAIR = f"{b64(b'0' * 300)},{b64(b'1' * 90)},Qm{PEER_ID[8:]}"
BOX = json.dumps(
    {
        "box_primitive": "xsalsa20poly1305",
        "pw_primitive": "argon2i",
        "nonce": base58check(b"\x02" + RANDOM.randbytes(24)),
        "pwsalt": base58check(b"\x02" + RANDOM.randbytes(16)),
        "pwdiff": [134217728, 6],
        "ciphertext": base58check(b"\x02" + RANDOM.randbytes(49)),
    }
)
HOOK = some("0123456789", 18)
BODY = "\n".join(some(ALNUM, 64) for _ in range(4))


def pem(kind: str, body: str = BODY) -> str:
    return f"-----BEGIN {kind}-----\n{body}\n-----END {kind}-----\n"


def changed(text: str, position: int) -> str:
    """Return a text with another character at a position."""
    other = "2" if text[position] != "2" else "3"
    return text[:position] + other + text[position + 1 :]


# Kind, what holds a secret of it, and what is nearly the same and holds none.
CASES: dict[str, tuple[LeakKind, str, str]] = {
    "private key": (LeakKind.PRIVATE_KEY, PRIVATE, changed(PRIVATE, 30)),
    "private key, cut": (LeakKind.PRIVATE_KEY, PRIVATE, PRIVATE[:-1]),
    "private key, after a line break in JSON": (
        LeakKind.PRIVATE_KEY,
        f'"a\\n{PRIVATE}\\n"',
        f'"a\\n{changed(PRIVATE, 51)}\\n"',
    ),
    "private key of 2019": (LeakKind.PRIVATE_KEY, OLD_PRIVATE, changed(OLD_PRIVATE, 60)),
    "private key, within other text": (
        LeakKind.PRIVATE_KEY,
        f"key-{PRIVATE}",
        f"a{PRIVATE}a",
    ),
    "public key": (LeakKind.PRIVATE_KEY, PRIVATE, base58check(b"\xcb\x01\x01" + bytes(33))),
    "libp2p key": (LeakKind.LIBP2P_KEY, f"-discovery-keypair {LIBP2P}", LIBP2P_PUBLIC),
    "libp2p pair": (LeakKind.LIBP2P_KEY, PAIR, f"{LIBP2P_PUBLIC},{PEER_ID}"),
    "libp2p pair of another curve": (
        LeakKind.LIBP2P_KEY,
        OTHER_PAIR,
        OTHER_PAIR.partition(",")[2],
    ),
    "libp2p key of another length": (
        LeakKind.LIBP2P_KEY,
        LIBP2P,
        LIBP2P[:5] + "z" + LIBP2P[6:],
    ),
    "libp2p key, cut": (LeakKind.LIBP2P_KEY, LIBP2P, LIBP2P[:-3]),
    "key box": (LeakKind.KEY_BOX, BOX, BOX.replace("ciphertext", "checksum")),
    "key box over lines": (
        LeakKind.KEY_BOX,
        json.dumps(json.loads(BOX), indent=2),
        '# a box has box_primitive, nonce, pwsalt, pwdiff and ciphertext: "..."',
    ),
    "key box in a string": (
        LeakKind.KEY_BOX,
        json.dumps({"key": BOX}),
        json.dumps({"key": '{"box_primitive": "x", "ciphertext": "see docs"}'}),
    ),
    "key box with a wrong checksum": (
        LeakKind.KEY_BOX,
        f'{{"pw_primitive": "argon2i", "ciphertext": "{some("abcdefgh", 73)}"}}',
        f'{{"cipher": "aes", "ciphertext": "{some("abcdefgh", 73)}"}}',
    ),
    "key box in another order": (
        LeakKind.KEY_BOX,
        f"ciphertext: {some('abcdefgh', 73)}\npw_primitive: argon2i",
        f"ciphertext: {some('abcdefgh', 73)}\nprimitive: argon2i",
    ),
    "PEM": (LeakKind.PEM, pem("PRIVATE KEY"), pem("PUBLIC KEY")),
    "PEM of RSA": (LeakKind.PEM, pem("RSA PRIVATE KEY"), pem("CERTIFICATE")),
    "PEM of OpenSSH": (
        LeakKind.PEM,
        pem("OPENSSH PRIVATE KEY"),
        'grep -q "-----BEGIN OPENSSH PRIVATE KEY-----" file',
    ),
    "PEM with a password": (
        LeakKind.PEM,
        pem("EC PRIVATE KEY", f"Proc-Type: 4,ENCRYPTED\nDEK-Info: AES,00\n\n{BODY}"),
        pem("EC PRIVATE KEY", "..."),
    ),
    "PEM on one line": (
        LeakKind.PEM,
        pem("PRIVATE KEY").replace("\n", "\\n"),
        pem("PUBLIC KEY").replace("\n", "\\n"),
    ),
    "PEM within YAML": (
        LeakKind.PEM,
        "key: |\n" + pem("PRIVATE KEY").replace("\n", "\n    "),
        "key: |\n" + pem("PRIVATE KEY", "").replace("\n", "\n    "),
    ),
    "AWS": (LeakKind.AWS_KEY, "AKIA" + "ABCDEFGH" * 2, "AKIA" + "ABCDEFGH" * 2 + "I"),
    "AWS for a while": (LeakKind.AWS_KEY, "ASIA" + "ABCDEFGH" * 2, "asia-northeast1"),
    "AWS secret": (
        LeakKind.AWS_KEY,
        f"aws_secret_access_key = {some(ALNUM, 40)}",
        f"aws_secret_access_key = {some(ALNUM, 39)}",
    ),
    "GCP": (
        LeakKind.GCP_KEY,
        f'"private_key_id": "{some(HEX, 40)}"',
        '"private_key_id": "see the console"',
    ),
    "GitHub": (LeakKind.GITHUB_TOKEN, f"ghp_{some(ALNUM, 36)}", f"ghp_{some(ALNUM, 35)}"),
    "GitHub App": (LeakKind.GITHUB_TOKEN, f"ghs_{some(ALNUM, 36)}", "the prefixes ghs_ and gho_"),
    "GitHub, narrow": (
        LeakKind.GITHUB_TOKEN,
        f"github_pat_{some(ALNUM, 22)}_{some(ALNUM, 59)}",
        "github_pat_TOKEN",
    ),
    "Slack": (LeakKind.CHAT_TOKEN, f"xoxb-{HOOK}-{some(ALNUM, 24)}", "xoxb-your-token"),
    "Slack webhook": (
        LeakKind.CHAT_TOKEN,
        f"https://hooks.slack.com/services/T{some(ALNUM, 8)}/B{some(ALNUM, 8)}/{some(ALNUM, 24)}",
        "https://hooks.slack.com/services/$HOOK",
    ),
    "Discord webhook": (
        LeakKind.CHAT_TOKEN,
        f"https://discord.com/api/webhooks/{HOOK}/{some(ALNUM, 68)}",
        f"https://discord.com/api/webhooks/{HOOK}/$TOKEN",
    ),
    "database": (
        LeakKind.URL_PASSWORD,
        "postgres://archive:hunter2@localhost:5432/archive",
        "postgres://archive:$(POSTGRES_PASSWORD)@localhost:5432/archive",
    ),
    "database without password": (
        LeakKind.URL_PASSWORD,
        "postgresql://a:b@c/d",
        "postgresql://a@c:5432/d",
    ),
    "repository": (LeakKind.URL_PASSWORD, "https://u:pw@example.org", "https://u:80/x@example.org"),
    "template": (LeakKind.URL_PASSWORD, "mysql://a:b@c", "mysql://{user}:{password}@{host}"),
    "image": (LeakKind.URL_PASSWORD, "x://a:b@c", f"docker://alpine:3.1@sha256:{'0' * 64}"),
    "libpq": (
        LeakKind.PASSWORD,
        "host=localhost user=archive password=hunter2",
        "connect(host=host, password=password)",
    ),
}


def kinds(text: str) -> list[LeakKind]:
    return [leak.kind for leak in find_leaks(text)]


@pytest.mark.parametrize("case", CASES)
def test_secret_is_found_and_what_is_like_it_is_not(case: str) -> None:
    kind, secret, near_miss = CASES[case]
    assert kinds(secret) == [kind]
    assert kinds(near_miss) == []


WRAPPED: dict[str, Callable[[str], str]] = {
    "once": b64,
    "twice": lambda text: b64(b64(text)),
    "with more around it": lambda text: b64(f"é: {'-' * 50}\nkey: {text}\n"),
    "in lines": lambda text: base64.encodebytes(text.encode()).decode(),
    "in lines of a block": lambda text: (
        "  a: |\n    "
        + base64.encodebytes(f"{text}\n{text}".encode()).decode().replace("\n", "\n    ")
    ),
    "after other letters": lambda text: f"data:x;base64,k/{b64(text)}",
    "for addresses": lambda text: base64.urlsafe_b64encode(f"??>>{text}".encode()).decode(),
}


@pytest.mark.parametrize("case", [case for case, found in CASES.items() if len(found[1]) > 30])
@pytest.mark.parametrize("how", WRAPPED)
def test_secret_is_found_inside_base64(case: str, how: str) -> None:
    kind, secret, near_miss = CASES[case]
    wrap = WRAPPED[how]
    found = find_leaks(wrap(secret))
    assert {leak.kind for leak in found} == {kind}
    assert all(leak.depth == 1 + (how == "twice") and not leak.start for leak in found)
    assert kinds(wrap(near_miss)) == []


def test_base64_is_opened_twice_and_no_more() -> None:
    assert kinds(b64(b64(pem("PRIVATE KEY")))) == [LeakKind.PEM]
    assert kinds(b64(b64(b64(pem("PRIVATE KEY"))))) == []


def test_leak_says_where_and_never_what() -> None:
    text = f"é: ünï\n  key: {PRIVATE}\n  pass:\n  X_PASS: hunter2secret\n  x: {b64(BOX)}\n"
    assert find_leaks(text) == (
        Leak(kind=LeakKind.PRIVATE_KEY, line=2, column=8, start=PRIVATE[:4]),
        Leak(kind=LeakKind.PASSWORD, line=4, column=11),
        Leak(kind=LeakKind.KEY_BOX, line=5, column=6, depth=1),
    )
    assert "hunter2" not in repr(find_leaks(text))


@pytest.mark.parametrize("case", CASES)
def test_no_more_than_four_characters_are_shown(case: str) -> None:
    for leak in find_leaks(CASES[case][1]):
        assert len(leak.start) <= 4


def test_name_of_a_file_may_be_a_secret() -> None:
    assert kinds(f"environments/keys/{PRIVATE}.yaml") == [LeakKind.PRIVATE_KEY]


def test_findings_end_somewhere() -> None:
    assert len(find_leaks(f"{PRIVATE}\n" * 500)) == MAX_LEAKS


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take three made-up secrets for published ones."""
    words = _published()._replace(
        passwords={digest("wicked green snail"): "a test", digest("hunter2"): "a test"},
        keys={digest(PRIVATE): "a test", digest(LIBP2P): "a test", digest(PEER_ID): "a test"},
        shapes=(b"AAAAAA AAAAA AAAAA",),
    )
    monkeypatch.setattr("generator.check.published_secrets._published", lambda: words)


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.usefixtures("published")
@pytest.mark.parametrize(
    "text",
    [
        "# the password is wicked green snail",
        "MINA_PRIVKEY_PASS=wicked green snail",
        'MINA_PRIVKEY_PASS: "Wicked Green-Snail"',
        "x: WICKED_GREEN_SNAIL",
        'X_PASS: "wicked green snail, again"',
        "MINA_PRIVKEY_PASS=hunter2",
        PRIVATE,
        LIBP2P,
        b64("export MINA_PRIVKEY_PASS='wicked green snail'"),
    ],
)
def test_published_secret_is_known_by_its_digest(text: str) -> None:
    [leak] = find_leaks(text)
    assert (leak.kind, leak.what) == (LeakKind.PUBLISHED, "a test")
    assert len(leak.start) <= 4


@pytest.mark.usefixtures("published")
@pytest.mark.parametrize(
    "text", ["wicked green snails", "awicked green snail", "wicked brown snail", "hunter2"]
)
def test_other_words_are_not_taken_for_published_ones(text: str) -> None:
    assert kinds(text) == []


@pytest.mark.usefixtures("published")
def test_identity_of_a_published_key_has_a_kind_of_its_own() -> None:
    [leak] = find_leaks(f"/dns4/seed.example.org/tcp/10000/p2p/{PEER_ID}")
    assert leak.kind is LeakKind.PUBLISHED_IDENTITY


def test_published_secrets_are_digests_only() -> None:
    data = json.loads((ROOT / "generator/data/leaked.json").read_text("utf-8"))
    for entry in (*data["passwords"], *data["keys"]):
        assert set(entry) <= {"sha256", "what", "words"}
        assert len(bytes.fromhex(entry["sha256"])) == 32
        assert len(entry.get("words", [0, 0, 0])) > 2
        assert kinds(entry["what"]) == []


def files(*directories: str) -> Iterable[Path]:
    for directory in directories:
        for path in sorted((ROOT / directory).rglob("*")):
            if path.is_file() and path.suffix in {".yaml", ".json", ".sh", ".py", ".txt", ".md"}:
                yield path


def test_nothing_is_found_where_nothing_is() -> None:
    places = ("environments", "overlays", "tests/golden", "tests/data/public-keys", "docs")
    paths = [*files(*places), *files("policies/example"), *files("policies/keys")]
    assert len(paths) > 50
    for path in paths:
        assert find_leaks(path.read_text("utf-8")) == (), path


def test_real_nets_hold_only_identities_that_are_known() -> None:
    text = (ROOT / "tests/data/realnets/mina-testnets.yaml").read_text("utf-8")
    found = set(kinds(text))
    assert found == {LeakKind.PUBLISHED_IDENTITY}


def test_no_public_key_is_taken_for_a_secret() -> None:
    text = "\n".join(public_keys(2000))
    assert find_leaks(text) == ()
    assert find_leaks(b64(text)) == ()
