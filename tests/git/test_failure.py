"""One line for each failure of git, without secrets."""

from __future__ import annotations

import pytest

from generator.errors import RemoteError
from generator.repository.command import Answer, said_of
from generator.repository.failure import DiskFull, GitFailed, Refused, explain, scrub


@pytest.mark.parametrize(
    ("said", "kind", "meaning"),
    [
        ("fatal: sha1 file write error: No space left on device", DiskFull, "on this disk"),
        ("fatal: ended by SIGXFSZ", DiskFull, "on this disk"),
        ("remote: fatal: write error: No space left on device", RemoteError, "the remote has no"),
        ("error: remote unpack failed: No space left on device", RemoteError, "the remote has no"),
        ("remote: error: GH006: Protected branch update failed", Refused, "refused it"),
        ("!\tHEAD:x\t[remote rejected] (pre-receive hook declined)", Refused, "refused it"),
        ("remote: Permission to a/b.git denied to me.", RemoteError, "not let in"),
        ("fatal: unable to access 'x': The requested URL returned error: 403", RemoteError, "not"),
        ("fatal: something new", RemoteError, "git push x: fatal: something new"),
        ("", RemoteError, "git gave no reason"),
    ],
)
def test_failures_with_the_remote(said: str, kind: type[Exception], meaning: str) -> None:
    error = explain("git push x", said, remote=True)
    assert type(error) is kind
    assert meaning in str(error)
    assert "\n" not in str(error)


def test_local_failures() -> None:
    error = explain("git add", "hint: no\nwarning: x\nerror: bad\nfatal: worse\n", remote=False)
    assert type(error) is GitFailed
    assert str(error) == "git add: error: bad; fatal: worse"
    assert isinstance(explain("git add", "fatal: File too large", remote=False), DiskFull)


def test_words_are_bounded_and_plain() -> None:
    said = "\n".join(f"remote: \x1b[31m{'x' * 300}\x07\u202e" for _ in range(100))
    text = str(explain("git push", said, remote=True))
    assert len(text) < 500
    assert text.isprintable()


@pytest.mark.parametrize(
    "text",
    [
        "fatal: unable to access 'https://me:hunter2hunter2@example.org/a'",
        "fatal: 'ssh://hunter2hunter2@example.org/a'",
        "Authorization: Basic hunter2hunter2",
        "> authorization: bearer hunter2hunter2",
        "password=hunter2hunter2",
        "proxy http://me:hunter2@hunter2@proxy.example/",
    ],
)
def test_secrets_are_taken_out(text: str) -> None:
    assert "hunter2" not in scrub(text)


def test_secrets_of_the_environment_are_taken_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_TOKEN", "hunter2hunter2")
    assert scrub("it said hunter2hunter2 twice") == "it said *** twice"


def test_an_ordinary_text_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GH_TOKEN", "short")
    text = "fatal: https://example.org/a.git is short of nothing"
    assert scrub(text) == text


def test_what_was_said_is_never_empty() -> None:
    assert said_of(Answer(1)) == "exit code 1"
    assert said_of(Answer(-9)).startswith("fatal: ended by SIGKILL")
    assert said_of(Answer(1, b"some data", "words")) == "words"
    assert said_of(Answer(1, b"To x\n!\trejected", "words")) == "words\nTo x\n!\trejected"
