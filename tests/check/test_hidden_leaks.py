"""Secrets that another one, or the size of a file, could hide."""

from __future__ import annotations

import base64
import textwrap
from pathlib import Path

import pytest

from generator.check import leaks as module
from generator.check.facts.unit import Origins, Unit
from generator.check.leaks import find_leaks
from generator.check.places import Places
from generator.check.secrecy import read_texts, search
from generator.finding import Location
from tests.check.looking import look, made

HOOK = "https://hooks.slack.com/services/T00000000/B00000000/"
ONE, OTHER = f"{HOOK}a1B2c3D4e5F6g7H8i9J0k1L2", f"{HOOK}z1B2c3D4e5F6g7H8i9J0k1L2"
BODIES = [base64.b64encode(bytes(range(n, n + 200))).decode() for n in (0, 40)]


def pem(body: str) -> str:
    lines = "\n".join(textwrap.wrap(body, 64))
    return f"-----BEGIN RSA PRIVATE KEY-----\n{lines}\n-----END RSA PRIVATE KEY-----\n"


def digests(text: str) -> set[str]:
    return {leak.digest for leak in find_leaks(text)}


class _Nowhere(Origins):
    """Everything follows from one file."""

    def __init__(self) -> None:
        """Know no net."""

    def of_object(self, unit: Unit, name: str) -> Location:
        """Return that file."""
        del unit, name
        return Location("environments/testnets/x.yaml")


def built_leaks(text: str, *built: str) -> list[str]:
    """Return the objects in which leaks are told of, where an input holds a text."""
    objects = [
        made("ConfigMap", metadata={"name": f"m{number}"}, data={"value": value})
        for number, value in enumerate(built)
    ]
    unit = Unit(path="p", cluster="c", net="", owner="", parts=(), seen=look(*objects))
    _, rows = search({"environments/a.txt": text}, [unit], _Nowhere(), Places())
    return [row["object"].rpartition("/")[2] for row in rows if row["object"]]


class TestTheSameSecret:
    @pytest.mark.parametrize(("one", "other"), [(ONE, OTHER), (pem(BODIES[0]), pem(BODIES[1]))])
    def test_another_of_its_kind_is_told(self, one: str, other: str) -> None:
        assert built_leaks(one, one, other) == ["m1"]

    def test_within_base64_it_is_the_same(self) -> None:
        assert built_leaks(ONE, base64.b64encode(ONE.encode()).decode()) == []

    def test_however_it_is_written(self) -> None:
        key = pem(BODIES[0])
        written = [key, textwrap.indent(key, "      "), key.replace("\n", "\\n")]
        assert len({frozenset(digests(text)) for text in written}) == 1
        assert digests(key) != digests(pem(BODIES[1]))

    def test_a_password_by_its_value(self) -> None:
        plain_text, quoted = "PASSWORD=tr0ub4dor-x", '- {name: A_TOKEN, value: "tr0ub4dor-x"}'
        before = "- value: tr0ub4dor-x\n  name: A_TOKEN\n"
        assert digests(plain_text) == digests(quoted) == digests(before) != set()
        assert digests("PASSWORD=tr0ub4dor-y") != digests(plain_text)

    def test_it_is_in_no_digest_to_be_read(self) -> None:
        [leak] = find_leaks(ONE)
        assert leak.digest not in repr(leak)
        assert "T0000" not in repr(leak)


def test_a_published_one_is_named() -> None:
    [leak] = find_leaks("PASSWORD=naughty blue worm\n")
    assert leak.what
    assert leak.said == f"{leak.kind}, {leak.what}"


class TestLargeFiles:
    def test_are_searched_to_the_end(self, tmp_path: Path) -> None:
        (tmp_path / "environments").mkdir()
        filler = "# nothing\n" * 450_000
        (tmp_path / "environments/a.txt").write_text(f"{filler}hook: {ONE}\n")
        _, [row] = search(read_texts(tmp_path, {}, [])[0], [], _Nowhere(), Places())
        assert row["where"] == "line 450001"

    @pytest.mark.parametrize("text", [ONE, pem(BODIES[0]), base64.b64encode(ONE.encode()).decode()])
    def test_wherever_they_are_cut(self, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(module, "_PIECE", 1200)
        monkeypatch.setattr(module, "_OVERLAP", 500)
        for before in range(500, 1300, 7):
            whole = " " * before + f"\n{text}\n" + " " * 900
            [leak] = find_leaks(whole)
            assert (leak.line, leak.column) == (2, find_leaks(f"\n{text}\n")[0].column)
