"""An OPA that is named: its address, and that no facts are left in it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from urllib.request import Request, urlopen

import pytest

from generator.errors import RemoteError, UsageError
from generator.opa import Bundle, find_opa, named_server, private_server
from tests.check.test_opa import BUNDLE, TOOLS


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[tuple[str, str]]:
    """The address and token of an OPA that has other things in it."""
    other = Bundle(modules={"o.rego": "package other\n\nx := 1\n"}, settings={}, digest="")
    with private_server(find_opa(TOOLS), other) as started:
        started.connect().delete_policy("policies/version.rego")
        token = started.connect().headers["Authorization"].split()[1]
        yield started.connect().root_url.removesuffix("/v1"), token


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:99999",
        "http://127.0.0.1:0",
        "http://127.0.0.1:abc",
        "http://[::1",
        "http://[",
        "http://127.0.0.1:8181/v1",
        "http://127.0.0.1:8181?x=1",
        "http://127.0.0.1:8181#x",
        "http://:secret@127.0.0.1",
        "http://a b",
        "http://.:x",
        "http://x\ny z",
        "file:///etc/passwd",
    ],
)
def test_what_is_no_address_is_said_in_one_line(url: str) -> None:
    with (
        pytest.raises(UsageError, match=r"^--opa .* is no address such as .*$") as caught,
        named_server(url, BUNDLE),
    ):
        pass
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("http://127.0.0.1:9/", "http://127.0.0.1:9"),
        ("http://[::1]:9", "http://[::1]:9"),
        ("https://127.0.0.1:9", "https://127.0.0.1:9"),
    ],
)
def test_what_is_one(url: str, name: str) -> None:
    with pytest.raises(RemoteError) as caught, named_server(url, BUNDLE):
        pass
    assert str(caught.value).startswith(f"{name}: ")
    assert "\n" not in str(caught.value)


def facts_in(url: str, token: str) -> bool:
    request = Request(f"{url}/v1/data", headers={"Authorization": f"Bearer {token}"})  # noqa: S310
    with urlopen(request) as answer:  # noqa: S310 - our own child
        return "facts" in json.load(answer)["result"]


@pytest.mark.parametrize("raised", [KeyboardInterrupt, SystemExit, RuntimeError])
def test_no_facts_are_left_after_an_error(
    elsewhere: tuple[str, str], raised: type[BaseException]
) -> None:
    url, token = elsewhere

    def judge() -> None:
        with named_server(url, BUNDLE, token=token) as server:
            server.ask({"run": "1", "rows": [1]})
            assert facts_in(url, token)
            raise raised

    with pytest.raises(raised):
        judge()
    assert not facts_in(url, token)


def test_the_error_is_told_and_not_that_of_the_facts(elsewhere: tuple[str, str]) -> None:
    url, token = elsewhere
    with (
        pytest.raises(RuntimeError, match="the first"),
        named_server(url, BUNDLE, token=token),
    ):
        # There are no facts to delete.
        raise RuntimeError("the first")
