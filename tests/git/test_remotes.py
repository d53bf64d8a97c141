"""Remotes over http and ssh: credentials come from git's own ways and are shown nowhere."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from generator.errors import RemoteError
from tests.git.bare import Bare, git
from tests.git.conftest import Opener
from tests.git.test_environments import write
from tests.git.web import GitServer, serve

SECRET = "hunter2" * 2


@pytest.fixture
def server(bare: Bare) -> Iterator[GitServer]:
    """The remote over http."""
    git(bare.path, "config", "http.receivepack", "true")
    with serve(bare.path.parent) as server:
        yield server


def publish_to(opened: Opener, url: str, text: str = "1\n") -> bool:
    with opened(url) as environments:
        write(environments.tree, "a", text)
        environments.commit("a message")
        return environments.push()


def answer_with(home: Path, monkeypatch: pytest.MonkeyPatch, user: str, password: str) -> None:
    """Have the user's GIT_ASKPASS answer."""
    script = home / "askpass"
    script.write_text(f'#!/bin/sh\ncase "$1" in User*) echo {user};; *) echo {password};; esac\n')
    script.chmod(0o755)
    monkeypatch.setenv("GIT_ASKPASS", str(script))


def test_http(opened: Opener, bare: Bare, server: GitServer) -> None:
    url = f"{server.url}/remote.git"
    assert publish_to(opened, url)
    assert publish_to(opened, url, "2\n")
    assert bare.file("a") == "2"
    with opened(url) as environments:
        write(environments.tree, "a", "3\n")
        environments.commit("lost")
        bare.add({"b": "1\n"})
        assert not environments.push()


def test_a_large_push_over_http(opened: Opener, bare: Bare, server: GitServer) -> None:
    text = "".join(f"{number * 7919 % 1000003}\n" for number in range(600_000))
    assert publish_to(opened, f"{server.url}/remote.git", text)
    assert bare.file("a") == text.strip()


@pytest.mark.parametrize("way", ["askpass", "helper", "header"])
def test_credentials_come_from_git(  # noqa: PLR0913 - fixtures
    opened: Opener,
    bare: Bare,
    server: GitServer,
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    way: str,
) -> None:
    server.demands = f"me:{SECRET}"
    if way == "askpass":
        answer_with(home, monkeypatch, "me", SECRET)
    elif way == "helper":
        with (home / ".gitconfig").open("a") as config:
            config.write("[credential]\nhelper = store\n")
        address = server.url.removeprefix("http://")
        (home / ".git-credentials").write_text(f"http://me:{SECRET}@{address}\n")
    else:
        monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
        monkeypatch.setenv("GIT_CONFIG_KEY_0", f"http.{server.url}/.extraHeader")
        monkeypatch.setenv("GIT_CONFIG_VALUE_0", "Authorization: Basic bWU6aHVudGVyMmh1bnRlcjI=")
    assert publish_to(opened, f"{server.url}/remote.git")
    assert bare.files() == ["a"]


def test_wrong_credentials_are_told_and_not_shown(
    opened: Opener, server: GitServer, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.demands = "me:other"
    answer_with(home, monkeypatch, "me", SECRET)
    monkeypatch.setenv("GIT_CURL_VERBOSE", "1")
    monkeypatch.setenv("GIT_TRACE_CURL", "1")
    monkeypatch.setenv("GIT_TRACE_REDACT", "0")
    with pytest.raises(RemoteError, match="not let in; give credentials") as raised:
        publish_to(opened, f"{server.url}/remote.git")
    text = str(raised.value)
    assert SECRET not in text
    assert "bWU6" not in text
    assert "\n" not in text


def test_no_credentials_do_not_make_it_ask(opened: Opener, server: GitServer) -> None:
    server.demands = "me:other"
    with pytest.raises(RemoteError, match="not let in; give credentials"):
        publish_to(opened, f"{server.url}/remote.git")


def test_no_right_to_write_is_told(opened: Opener, bare: Bare, server: GitServer) -> None:
    git(bare.path, "config", "http.receivepack", "false")
    with pytest.raises(RemoteError, match="not let in; give credentials that may write"):
        publish_to(opened, f"{server.url}/remote.git")


def test_no_such_repository_over_http(opened: Opener, server: GitServer) -> None:
    with pytest.raises(RemoteError, match="no such repository"):
        publish_to(opened, f"{server.url}/none.git")


@pytest.mark.parametrize("status", [500, 503])
def test_a_server_with_trouble_is_told(opened: Opener, server: GitServer, status: int) -> None:
    server.answers = status
    with pytest.raises(RemoteError, match=f"{status}"):
        publish_to(opened, f"{server.url}/remote.git")


def test_nobody_listening_is_told(opened: Opener, server: GitServer) -> None:
    url = f"{server.url}/remote.git"
    server.socket.close()
    with pytest.raises(RemoteError, match=r"cannot be reached|connection was lost"):
        publish_to(opened, url)


def test_a_connection_lost_after_the_push_arrived(
    opened: Opener, bare: Bare, server: GitServer
) -> None:
    server.loses = "git-receive-pack"
    url = f"{server.url}/remote.git"
    with opened(url) as environments:
        write(environments.tree, "a")
        commit = environments.commit("a")
        # The first answer, with the refs, has to come through.
        server.loses = "remote.git/git-receive-pack"
        assert environments.push()
    assert bare.head() == commit


def test_a_host_is_not_followed_to_another_protocol(
    opened: Opener, server: GitServer, home: Path, tmp_path: Path
) -> None:
    with (home / ".gitconfig").open("a") as config:
        config.write(f'[url "ext::touch {tmp_path}/witness "]\ninsteadOf = {server.url}\n')
        config.write("[protocol]\nallow = always\n")
    with pytest.raises(RemoteError, match="another protocol"):
        publish_to(opened, f"{server.url}/remote.git")
    assert not (tmp_path / "witness").exists()


@pytest.mark.parametrize("url", ["git@host.example:{path}", "ssh://git@host.example{path}"])
def test_ssh(
    opened: Opener, bare: Bare, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    script = tmp_path / "ssh"
    script.write_text(
        f'#!/bin/sh\necho "$@" >> {tmp_path}/log\nfor last; do :; done\nexec sh -c "$last"\n'
    )
    script.chmod(0o755)
    monkeypatch.setenv("GIT_SSH_COMMAND", str(script))
    assert publish_to(opened, url.format(path=bare.path))
    assert bare.files() == ["a"]
    assert "git@host.example git-receive-pack" in (tmp_path / "log").read_text()


@pytest.mark.parametrize(
    ("words", "match"),
    [
        ("git@host.example: Permission denied (publickey).", "ssh is not let in"),
        ("Host key verification failed.", "known_hosts"),
        ("ssh: Could not resolve hostname host.example", "cannot be reached"),
        ("ERROR: Repository not found.", "no such repository"),
        ("Connection closed by 192.0.2.1 port 22", "the connection was lost"),
    ],
)
def test_ssh_that_fails(
    opened: Opener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: str, match: str
) -> None:
    script = tmp_path / "ssh"
    script.write_text(f"#!/bin/sh\necho '{words}' >&2\nexit 255\n")
    script.chmod(0o755)
    monkeypatch.setenv("GIT_SSH_COMMAND", str(script))
    with pytest.raises(RemoteError, match=match):
        publish_to(opened, "git@host.example:a.git")
