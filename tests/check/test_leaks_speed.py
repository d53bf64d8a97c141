"""How long the scanner for secrets takes over what somebody wrote to keep it busy."""

from __future__ import annotations

import base64
import time

import pytest

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
