"""How long the scanner for secrets takes over what somebody wrote to keep it busy."""

from __future__ import annotations

import base64
import random
import time

import pytest

from generator.check import passwords
from generator.check.leak import LeakKind
from generator.check.leaks import find_leaks

HOSTILE = [
    *("A", "1", "a ", "\n", '"', "EKE", "pass=", "X_PASS: a\n", "password: ", "X_PASS: '"),
    *("://", "://a:b@", "CAESQ", ",12D3KooW", "-----BEGIN PRIVATE KEY-----", "ciphertext: "),
    *("Ab+/" * 10 + "\n", "Ab" * 20 + " " * 100, "A" * 41 + "\n \t", "name: X_PASS\n", "-_"),
    *("CAESQ" + "A" * 86, "ciphertext: " + "a" * 73, "EKE" + "a" * 49 + " ", "aaaaaaa bbbb cccc "),
]


@pytest.mark.parametrize("unit", HOSTILE)
def test_time_is_linear_whatever_is_written(unit: str) -> None:
    def seconds(text: str) -> float:
        start = time.process_time()
        find_leaks(text)
        return time.process_time() - start

    text = unit * (1_000_000 // len(unit))
    # What is quadratic takes minutes; the slowest of these about a second.
    assert seconds(text) < 10
    assert seconds(base64.b64encode(text[:200_000].encode()).decode()) < 5


@pytest.mark.parametrize("unit", ["pass=", "password: ", "--token $x ", "X_SECRET: $x\n"])
def test_crowd_of_names_is_refused_and_not_searched_to_its_end(unit: str) -> None:
    def kinds(text: str) -> set[LeakKind]:
        return {leak.kind for leak in find_leaks(text)}

    assert LeakKind.CROWD not in kinds(unit * passwords.FEWEST)
    text = unit * (passwords.FEWEST * 2)
    assert LeakKind.CROWD in kinds(text)
    assert kinds(encoded(text.encode())) & {LeakKind.CROWD, LeakKind.PASSWORD}


def test_short_runs_are_decoded_together(monkeypatch: pytest.MonkeyPatch) -> None:
    decode, calls = base64.b64decode, 0

    def counted(text: str) -> bytes:
        nonlocal calls
        calls += 1
        return decode(text)

    monkeypatch.setattr("generator.check.leaks.base64.b64decode", counted)
    made = random.Random(1)  # noqa: S311 - no secret
    text = "".join(f"{encoded(made.randbytes(33))} x\n" for _ in range(1000))
    hidden = f"{encoded(b'x: https://hooks.slack.com/services/T0/B0/a1B2c3D4e5F6g7H8i9')}\n"
    [leak] = find_leaks(text + hidden + text)
    assert (leak.line, leak.depth) == (1001, 1)
    assert calls < 50


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()
