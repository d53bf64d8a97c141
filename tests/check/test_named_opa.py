"""An OPA that is named: its address, and that no facts are left in it."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from urllib.request import Request, urlopen

import pytest

from generator.errors import RemoteError, UsageError
from generator.opa import Bundle, find_opa, named_server, private_server, server
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
    with urlopen(request, timeout=10) as answer:  # noqa: S310 - our own child
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


def told(url: str, *, token: str = "", bundle: Bundle = BUNDLE) -> str:
    """What is said of a server that cannot be used."""
    with pytest.raises(RemoteError) as caught, named_server(url, bundle, token=token):
        pass
    assert "\n" not in str(caught.value)
    return str(caught.value).removeprefix(f"{url}: ")


@contextmanager
def answering(answer: Callable[[str], str], code: int = 404) -> Iterator[str]:
    """Yield the address of a server that is no OPA; `answer` is given the header with a token."""

    class Other(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(code)
            self.end_headers()
            self.wfile.write(answer(self.headers.get("Authorization", "")).encode())

        do_DELETE = do_PUT  # noqa: N815 - as the base class calls it

        def log_message(self, *_: object) -> None: ...

    with HTTPServer(("127.0.0.1", 0), Other) as other:
        Thread(target=other.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{other.server_port}"
        other.shutdown()


class TestToken:
    @pytest.mark.parametrize(
        "token", ["s3c\nr3t", "s3c\r\nr3t", "s3c\0r3t", "s3cr3t\u00e9", "\udc80"]
    )
    def test_one_that_is_none_is_not_repeated(self, token: str) -> None:
        with pytest.raises(UsageError, match=r"^OPA_TOKEN is no token: ") as caught:
            named_server("http://127.0.0.1:9", BUNDLE, token=token).__enter__()
        assert "s3c" not in str(caught.value)

    def test_white_space_around_it_is_none_of_it(self, elsewhere: tuple[str, str]) -> None:
        url, token = elsewhere
        with named_server(url, BUNDLE, token=f" {token}\n") as server:
            assert server.ask({"run": "1", "rows": [1]})["answer"] == 41

    def test_what_a_server_repeats_is_not_told(self) -> None:
        with answering(lambda sent: json.dumps({"code": "x", "message": f"sent: {sent}"})) as url:
            assert told(url, token="s3cr3t\n") == "sent: Bearer *** (x)"  # noqa: S106 - no password


class TestNoOpa:
    @pytest.mark.parametrize(
        "text", ["<html>", "[]", '["a"]', '"a"', "{}", '{"detail": "x"}', '{"errors": [1]}']
    )
    def test_a_server_that_is_none(self, text: str) -> None:
        with answering(lambda _: text) as url:
            assert told(url).startswith("it does not answer as an OPA does; start an OPA there")

    def test_one_that_takes_everything(self) -> None:
        with (
            answering(lambda _: "ok", 200) as url,
            pytest.raises(RemoteError, match="as an OPA"),
            named_server(url, BUNDLE) as server,
        ):
            server.ask({"run": "1"})

    def test_a_name_that_nobody_knows(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def unknown(*_: object, **__: object) -> None:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

        monkeypatch.setattr(socket, "getaddrinfo", unknown)
        said = told("http://absent.invalid:8181")
        assert said.startswith("cannot be reached: name or service not known; start an OPA")

    def test_one_that_refuses(self) -> None:
        said = told("http://127.0.0.1:9")
        assert said.startswith("cannot be reached: connection refused; start an OPA there")

    def test_one_that_never_answers(self, monkeypatch: pytest.MonkeyPatch) -> None:
        assert server.LOAD_SECONDS <= 10
        monkeypatch.setattr(server, "LOAD_SECONDS", 0.05)
        with socket.create_server(("127.0.0.1", 0)) as silent:
            said = told(f"http://127.0.0.1:{silent.getsockname()[1]}")
        assert said.startswith("cannot be reached: no answer within 0.05 s; start an OPA there")

    def test_a_question_is_waited_for_longer(self, elsewhere: tuple[str, str]) -> None:
        with named_server(elsewhere[0], BUNDLE, token=elsewhere[1]) as server:
            assert server.connect().timeout == 120
            server.ask({"run": "1", "rows": []})


def test_policies_that_do_not_compile_are_told_with_their_place(elsewhere: tuple[str, str]) -> None:
    broken = Bundle(
        modules={"policies/x/rule.rego": "package x\n\ny if z\n"}, settings={}, digest=""
    )
    said = told(elsewhere[0], token=elsewhere[1], bundle=broken)
    assert said.startswith("policies/x/rule.rego:3: ")
