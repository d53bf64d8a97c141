"""Which files are searched for secrets, in which encoding, and which are refused."""

from __future__ import annotations

import bz2
import codecs
import errno
import gzip
import lzma
import os
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from generator.check import secrecy
from generator.check.judge import check
from generator.check.leaks import find_leaks
from generator.check.secrecy import read_texts
from generator.finding import Finding
from generator.opa import Server
from tests.check.judging import make_setting, policies_with
from tests.check.test_hidden_leaks import BODIES, pem
from tests.policies.checking import policies, write_repository

KEY = pem(BODIES[0])
WITH_WORDS = f"# für später · von gestern\n{KEY}"


def write(root: Path, files: Mapping[str, bytes]) -> Path:
    for name, content in files.items():
        path = root / "environments" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return root


def searched(root: Path, *extra: Path) -> dict[str, str]:
    return read_texts(root, {}, extra)[0]


def refused(root: Path, *extra: Path) -> list[Finding]:
    return sorted(read_texts(root, {}, extra)[1], key=lambda finding: finding.order)


def rules(root: Path) -> list[tuple[str, str]]:
    return [(f.rule, f.at.path.removeprefix("environments/")) for f in refused(root)]


@pytest.mark.parametrize("text", [KEY, WITH_WORDS], ids=["plain", "with words"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be"])
def test_key_is_found_in_every_encoding(
    encoding: str, mark: str, text: str, tmp_path: Path
) -> None:
    content = {"key.pem": f"{mark}{text}".encode(encoding)}
    texts = searched(write(tmp_path, content))
    assert texts == {"environments/key.pem": text}
    assert [leak.line for leak in find_leaks(text)] == [1 + text.count("\n") - KEY.count("\n")]


def test_text_that_is_not_utf_8_is_searched_all_the_same(tmp_path: Path) -> None:
    for content in (f"# für\n{KEY}".encode("latin-1"), codecs.BOM_UTF16_LE + KEY.encode()):
        [text] = searched(write(tmp_path, {"a": content})).values()
        assert find_leaks(text)


def test_what_is_packed_is_refused(tmp_path: Path) -> None:
    packed = {
        "a.bz2": bz2.compress(KEY.encode()),
        "b.gz": gzip.compress(KEY.encode(), mtime=0x12345678),
        "c.xz": lzma.compress(KEY.encode()),
        "d.der": bytes(range(256)) * 4,
        "e.txt": KEY.encode("utf-32"),
    }
    write(tmp_path, packed | {"fine.yaml": b"a: 1\r\n\tb\x1b[0m\f\n", "empty": b""})
    with zipfile.ZipFile(tmp_path / "environments/z.zip", "w") as archive:
        archive.writestr("key.pem", KEY)
    assert rules(tmp_path) == [("yaml/encoding", name) for name in (*packed, "z.zip")]


@pytest.mark.parametrize(
    "start",
    [b"b0VIM 9.0", b"Vim\x9fUnDo\xe5", b"\0\0\0\1Bud1", b"\0\5\x16\7\0\2"],
    ids=["vim's swap", "vim's undo", "Finder", "AppleDouble"],
)
def test_what_an_editor_leaves_is_searched(start: bytes, tmp_path: Path) -> None:
    content = start + b"\0\0\0\1\2" + KEY.encode() + bytes(range(9))
    [text] = searched(write(tmp_path, {"left": content})).values()
    assert find_leaks(text)
    write(tmp_path, {"left": b"x" + content})
    assert rules(tmp_path) == [("yaml/encoding", "left")]


@pytest.mark.parametrize("wide", ["utf-16-le", "utf-16-be"])
def test_what_may_be_either_is_searched_as_both(wide: str, tmp_path: Path) -> None:
    padding = ("#" * 2 * len(KEY)).encode(wide)
    swap = b"b0VIM 9.0\0" + bytes(4096) + KEY.encode() + bytes(8000)
    for content in (KEY.encode() + padding, swap):
        [text] = searched(write(tmp_path, {"a": content})).values()
        assert find_leaks(text)


def test_another_content_is_another_thing_that_nobody_looked_at(tmp_path: Path) -> None:
    subjects = {
        refused(write(tmp_path, {"a.gz": gzip.compress(text, mtime=0)}))[0].subject
        for text in (b"a", b"b")
    }
    assert len(subjects) == 2


class TestWhatMayNotBeRead:
    @pytest.fixture
    def root(self, tmp_path: Path) -> Path:
        return write(tmp_path, {"sub/key.pem": KEY.encode(), "fleet.yaml": b"a: 1\n"})

    def test_a_directory(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        scan = os.scandir

        def guarded(path: str) -> object:
            if os.fspath(path).endswith("/sub"):
                raise PermissionError(errno.EACCES, "Permission denied", path)
            return scan(path)

        monkeypatch.setattr(os, "scandir", guarded)
        [finding] = refused(root)
        assert (finding.rule, finding.at.path) == ("yaml/file", "environments/sub")
        assert finding.message.endswith("cannot be read, and cannot be searched for secrets")

    def test_what_is_in_a_directory_that_is_only_listed(
        self, root: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        look = Path.lstat

        def guarded(path: Path) -> os.stat_result:
            if path.name == "key.pem":
                raise PermissionError(errno.EACCES, "Permission denied", str(path))
            return look(path)

        monkeypatch.setattr(Path, "lstat", guarded)
        assert rules(root) == [("yaml/file", "sub/key.pem")]

    def test_a_file(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(secrecy, "read_plain", lambda *_: None)
        assert rules(root) == [("yaml/file", "fleet.yaml"), ("yaml/file", "sub/key.pem")]


def test_more_than_can_be_searched_in_a_moment_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(secrecy, "MOST", 2**20)
    draft = tmp_path / "draft.yaml"
    draft.write_bytes(b"#\n")
    root = write(tmp_path / "root", {"a": b"#" * (2**20 - 9), "b": b"#" * 9})
    assert len(searched(root)) == 2
    [finding] = refused(root, draft)
    assert (finding.rule, finding.at.path) == ("yaml/size", "environments/a")
    assert "more than 1 MiB together" in finding.message
    assert sorted(searched(root, draft)) == [draft.as_posix(), "environments/b"]


def test_no_link_pipe_or_gone_file_is_searched(tmp_path: Path) -> None:
    root = write(tmp_path, {"fleet.yaml": b"a: 1\n"})
    os.mkfifo(root / "environments/pipe")
    (root / "environments/link").symlink_to("fleet.yaml")
    (root / "environments/loop").symlink_to(".")
    fleet = {"environments/fleet.yaml": "a: 1\n"}
    assert read_texts(root, {}, [root / "gone.yaml"]) == (fleet, [])
    assert read_texts(root / "nowhere", {"base/a": "b"}, []) == ({"overlays/base/a": "b"}, [])


def test_what_is_written_in_policies_is_searched(tmp_path: Path, judge_server: Server) -> None:
    root = write_repository(tmp_path / "top")
    name = "policies/settings/data.yaml"
    spoilt = policies_with(written={**policies().written, name: f"levels: {{}}\n{WITH_WORDS}"})
    verdict = check(root, make_setting(root, judge_server, policies=spoilt))
    secrets = [f for f in verdict.findings if f.rule.startswith("secrets/")]
    assert [(f.at.path, f.at.line) for f in secrets] == [(name, 3)]
