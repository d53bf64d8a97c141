"""Only addresses and branches of known forms ever reach git."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.errors import UsageError
from generator.repository.address import parse_address, parse_branch


@pytest.mark.parametrize(
    ("url", "protocols"),
    [
        ("/srv/a b/environments.git", "file"),
        ("file:///srv/environments.git", "file"),
        ("https://example.org/a/environments.git", "https:ssh"),
        ("https://example.org:8443/a", "https:ssh"),
        ("http://127.0.0.1:8080/a", "http:https:ssh"),
        ("http://localhost/a", "http:https:ssh"),
        ("http://[::1]:80/a", "http:https:ssh"),
        ("ssh://git@example.org:22/a/b.git", "ssh:https"),
        ("ssh://example.org/~/b.git", "ssh:https"),
        ("git@github.com:owner/name.git", "ssh:https"),
        ("host.example.org:name.git", "ssh:https"),
    ],
)
def test_known_forms(url: str, protocols: str) -> None:
    address = parse_address(url)
    assert (address.url, address.protocols) == (url, protocols)
    assert address.remote == (protocols != "file")


def test_a_relative_path_becomes_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert parse_address("a/b.git").url == f"{tmp_path}/a/b.git"
    assert parse_address("./-b").url == f"{tmp_path}/-b"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "-u/tmp/x",
        "--upload-pack=touch /tmp/x",
        "ext::sh -c touch% /tmp/x",
        "ext::ssh host",
        "fd::17",
        "transport::address",
        "ext://sh",
        "http://example.org/a",
        "git://example.org/a",
        "ftp://example.org/a",
        "HTTPS://example.org/a",
        "https://example.org",
        "https://-oProxyCommand=x/a",
        "https://example.org/a?b",
        "https://example.org/$HOME",
        "ssh://-oProxyCommand=touch/a",
        "ssh://git@-oProxyCommand=touch/a",
        "ssh://-l@example.org/a",
        "-oProxyCommand=x:a",
        "git@-oProxyCommand:a",
        "git@example.org:-a",
        "git@example.org:a;touch x",
        "git@example.org:a b",
        "file://host/a",
        "file:///a\nb",
        "/a\nb",
        "/a\0b",
        "https://example.org/a\n",
        "git@example.org:a\n",
    ],
)
def test_other_forms_are_refused(url: str) -> None:
    with pytest.raises(UsageError, match="no address"):
        parse_address(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://me:hunter2@example.org/a",
        "https://hunter2@example.org/a",
        "http://me:hunter2@127.0.0.1/a",
        "ssh://me:hunter2@example.org/a",
        "https://me:hunter2@exa mple.org/a",
    ],
)
def test_credentials_are_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(UsageError, match="credential helper") as raised:
        parse_address(url)
    assert "hunter2" not in str(raised.value)


@pytest.mark.parametrize("name", ["environments", "a", "team/a.b", "x-1_y", "0"])
def test_branches(name: str) -> None:
    assert parse_branch(name) == name


@pytest.mark.parametrize(
    "name",
    [
        *("", "-b", "--all", "a..b", "a//b", "a/", "a.", "/a", ".a", "a/.b", "a.lock", "a.lock/b"),
        *("a b", "a:b", "a~1", "a^", "+a", "a\n", "HEAD", "a@{1}", "a*", "ä", "a" * 201),
    ],
)
def test_other_branches_are_refused(name: str) -> None:
    with pytest.raises(UsageError, match="no name of a branch"):
        parse_branch(name)


@given(st.text(st.sampled_from("ab0-_./@{}~^:*?[ \\lock\n"), max_size=12))
def test_a_branch_that_passes_is_one_for_git(name: str) -> None:
    try:
        parse_branch(name)
    except UsageError:
        return
    subprocess.run(["git", "check-ref-format", f"refs/heads/{name}"], check=True)
