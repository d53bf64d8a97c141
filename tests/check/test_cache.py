"""What is remembered of overlays, and what is not believed."""

from __future__ import annotations

import json
import os
import time
from contextlib import nullcontext
from pathlib import Path

import pytest

from generator import cache as module
from generator.cache import KEPT_SECONDS, Cache, key_of
from generator.check.look import read_seen
from generator.check.observe import nothing

KEY = "ab" + "c" * 38


def entry(directory: Path) -> Path:
    """Return the only entry of a cache."""
    [path] = directory.glob("*/*/*.json")
    return path


def filled(directory: Path) -> Path:
    """Keep one entry, and return its file."""
    Cache(directory).write_json(KEY, nothing())
    return entry(directory)


def test_what_was_kept_is_found(tmp_path: Path) -> None:
    seen = nothing()
    seen["size"] = 7
    Cache(tmp_path).write_json(KEY, seen)
    assert read_seen(Cache(tmp_path), KEY) == seen
    assert read_seen(Cache(tmp_path), "ab" + "d" * 38) is None


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b"{}",
        b"\xff\xfe",
        b"[" * 100_000,
        json.dumps(nothing() | {"more": 1}).encode(),
        json.dumps(nothing() | {"objects": {}}).encode(),
        json.dumps(nothing() | {"size": "1"}).encode(),
        json.dumps(nothing()).encode()[:-20],
    ],
)
def test_what_is_no_entry_is_not_believed(tmp_path: Path, content: bytes) -> None:
    filled(tmp_path).write_bytes(content)
    assert read_seen(Cache(tmp_path), KEY) is None
    Cache(tmp_path).write_json(KEY, nothing())
    assert read_seen(Cache(tmp_path), KEY) == nothing()


def test_a_directory_in_place_of_an_entry(tmp_path: Path) -> None:
    path = filled(tmp_path)
    path.unlink()
    path.mkdir()
    Cache(tmp_path).write_json(KEY, nothing())
    assert read_seen(Cache(tmp_path), KEY) is None


def test_what_other_code_kept_is_not_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    filled(tmp_path)
    monkeypatch.setattr(module, "program_digest", lambda: "other")
    assert read_seen(Cache(tmp_path), KEY) is None


def test_without_a_directory_nothing_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    cache = Cache(None)
    cache.write_json(KEY, nothing())
    cache.sweep()
    assert read_seen(cache, KEY) is None
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize("below", ["", "/below"])
def test_a_directory_that_cannot_be_written_is_no_error(tmp_path: Path, below: str) -> None:
    (tmp_path / "file").write_text("")
    cache = Cache(Path(f"{tmp_path}/file{below}"))
    cache.write_json(KEY, nothing())
    cache.sweep()
    assert read_seen(cache, KEY) is None


@pytest.mark.parametrize("raised", [OSError, KeyboardInterrupt])
def test_nothing_is_left_of_what_could_not_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, raised: type[BaseException]
) -> None:
    def fail(*_: object) -> None:
        raise raised

    monkeypatch.setattr(Path, "replace", fail)
    with nullcontext() if raised is OSError else pytest.raises(raised):
        Cache(tmp_path).write_json(KEY, nothing())
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_entries_are_for_their_owner_alone(tmp_path: Path) -> None:
    assert filled(tmp_path).stat().st_mode & 0o077 == 0


class TestSweep:
    def test_takes_what_is_old(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        new = filled(tmp_path)
        monkeypatch.setattr(module, "program_digest", lambda: "other")
        Cache(tmp_path).write_json(KEY, nothing())
        old = next(path for path in tmp_path.glob("*/*/*") if path != new)
        past = time.time() - KEPT_SECONDS - 60
        os.utime(old, (past, past))
        Cache(tmp_path).sweep()
        assert entry(tmp_path) == new
        assert not [*tmp_path.glob("other*")]

    def test_once_a_day(self, tmp_path: Path) -> None:
        path = filled(tmp_path)
        Cache(tmp_path).sweep()
        past = time.time() - KEPT_SECONDS - 60
        os.utime(path, (past, past))
        Cache(tmp_path).sweep()
        assert path.exists()
        os.utime(tmp_path / "swept", (past, past))
        Cache(tmp_path).sweep()
        assert not path.exists()


def test_keys_are_told_apart_wherever_a_name_begins() -> None:
    parts = [
        key_of("policies /p", {"ab/x/rule.rego": "text"}),
        key_of("policies /pa", {"b/x/rule.rego": "text"}),
        key_of("policies /p", {"ab/x/rule.rego": "tex", "t": ""}),
        key_of("policies /p", {"ab/x/rule.rego": "", "text": ""}),
        key_of("policies /p", {}),
    ]
    assert len({*parts}) == len(parts)
    assert key_of("policies /\udcff", {"\udcff": "\udcff"})


def test_a_cache_is_for_its_owner_alone_from_its_top(tmp_path: Path) -> None:
    top = tmp_path / "cache"
    Cache(top).write_json(KEY, nothing())
    assert top.stat().st_mode & 0o077 == 0
