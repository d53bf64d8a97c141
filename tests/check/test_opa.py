"""The OPA that a check asks: its own, private, and one that is named."""

from __future__ import annotations

import errno
import json
import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, ClassVar, cast
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from generator.errors import RemoteError, ToolError, UsageError
from generator.opa import Bundle, Server, find_opa, listener, named_server, private, private_server
from tests.synthetic import REPOSITORY

TOOLS = REPOSITORY / "build/tools"
MAIN = """package testnet.main

report := {
	"run": data.facts.run,
	"policies": data.testnet.version.digest,
	"answer": data.settings.parameters.base + count(data.facts.rows),
}
"""
BUNDLE = Bundle(
    modules={"policies/main.rego": MAIN},
    settings={"levels": {}, "parameters": {"base": 40}},
    digest="abc",
)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with private_server(find_opa(TOOLS), BUNDLE) as started:
        yield started


def test_it_answers_with_policies_settings_and_facts(server: Server) -> None:
    assert server.ask({"run": "1", "rows": [1, 2]}) == {
        "run": "1",
        "policies": "abc",
        "answer": 42,
    }


def test_each_question_has_its_own_facts(server: Server) -> None:
    server.ask({"run": "1", "rows": [1, 2]})
    assert server.ask({"run": "2", "rows": []})["answer"] == 40


def test_a_rule_that_fails_is_an_error_and_not_an_empty_answer(server: Server) -> None:
    with pytest.raises(RemoteError, match=r": policies/main\.rego:6: .*operand 1 must be one of"):
        server.ask({"run": "1", "rows": 7})


def test_facts_that_a_report_needs_and_has_not_are_an_error(server: Server) -> None:
    with pytest.raises(ToolError, match="no report on the facts of this check"):
        server.ask({"run": "1"})


def rule(category: str) -> str:
    return f"""package testnet.rules.{category}.first

judged := count(data.facts.rows)

violations contains {{"subject": row}} if some row in data.facts.rows
"""


PARTS = Bundle(
    modules={
        "policies/main.rego": (REPOSITORY / "policies/main.rego").read_text("utf-8"),
        **{f"policies/{c}/first/rule.rego": rule(c) for c in ("keys", "network", "pools")},
    },
    settings={},
    digest="abc",
)


def test_rules_are_asked_in_parts_and_the_answer_is_one() -> None:
    assert PARTS.parts == (("keys",), ("network", "pools"))
    with private_server(find_opa(TOOLS), PARTS) as started:
        report = started.ask({"run": "1", "rows": ["a"]})
        whole = replace(started, parts=()).ask({"run": "1", "rows": ["a"]})
    rules = {f"{category}/first" for category in ("keys", "network", "pools")}
    for each in (report, whole):
        assert (each["run"], each["policies"]) == ("1", "abc")
        assert each["judged"] == dict.fromkeys(rules, 1)
        assert sorted(each["answered"]) == sorted(rules)
        assert sorted(v["rule"] for v in each["violations"]) == sorted(rules)


def test_policies_that_know_no_parts_answer_once(server: Server) -> None:
    asked = replace(server, parts=(("keys",), ("network",)))
    assert asked.ask({"run": "1", "rows": [1]})["answer"] == 41


def test_parts_by_different_policies_are_nobodys() -> None:
    class Two:
        def update_or_create_data(self, *_: object) -> None: ...

        def query_rule(self, asked: Any, *_: object, **__: object) -> Any:
            [category] = categories = list(asked["categories"])
            empty: dict[str, Any] = {"violations": [], "judged": {}, "answered": []}
            return {"result": {"run": 1, "policies": category, "categories": categories, **empty}}

    report = Server(lambda: cast("Any", Two()), "two", (("keys",), ("pools",))).ask({"run": 1})
    assert report["policies"] is None


def test_nobody_else_may_ask(server: Server) -> None:
    request = Request(f"{server.connect().root_url}/data")  # noqa: S310 - our own child
    with pytest.raises(HTTPError, match="401"):
        urlopen(request, timeout=10)  # noqa: S310 - our own child


def test_it_is_gone_afterwards() -> None:
    with private_server(find_opa(TOOLS), BUNDLE) as started:
        url = started.connect().root_url
    with pytest.raises(OSError, match="refused"):
        urlopen(url, timeout=10)  # noqa: S310 - our own child


def test_policies_that_do_not_compile_are_said_in_one_line() -> None:
    broken = Bundle(modules={"main.rego": "package x\n\ny if z\n"}, settings={}, digest="")
    with (
        pytest.raises(ToolError, match=r"did not start: .*main\.rego:3") as caught,
        private_server(find_opa(TOOLS), broken) as started,
    ):
        started.connect()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("below", ["policies/", "other/"])
def test_they_are_named_as_people_know_them(below: str) -> None:
    text = "package x\n\ny := := 1\n"
    broken = Bundle(modules={f"{below}a/b/rule.rego": text}, settings={}, digest="")
    with pytest.raises(ToolError) as caught, private_server(find_opa(TOOLS), broken) as started:
        started.connect()
    assert f" {below}a/b/rule.rego:3: " in str(caught.value)
    assert "^" not in str(caught.value)


def test_one_that_did_not_start_is_not_waited_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[object] = []

    def never(*arguments: object) -> bool:
        waited.append(arguments)
        return False

    monkeypatch.setattr(private, "_is_ready", never)
    with private_server(find_opa(TOOLS), BUNDLE) as started:
        for _ in range(2):
            with pytest.raises(ToolError, match="did not start"):
                started.connect()
    assert len(waited) == 1


class Yes(BaseHTTPRequestHandler):
    """Say that all is well to whoever asks."""

    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.send_response(200)
        self.end_headers()


@pytest.mark.parametrize("answering", [True, False])
def test_a_port_that_another_took_is_left_to_it(
    monkeypatch: pytest.MonkeyPatch, *, answering: bool
) -> None:
    with HTTPServer(("127.0.0.1", 0), Yes) as other:
        if answering:
            Thread(target=other.serve_forever, daemon=True).start()
        free = private._free_port()  # noqa: SLF001 - to give it second
        ports = iter([other.server_port, free])
        monkeypatch.setattr(private, "_free_port", lambda: next(ports))
        with private_server(find_opa(TOOLS), BUNDLE) as started:
            assert started.ask({"run": "1", "rows": []})["answer"] == 40
            assert str(free) in started.connect().root_url
        if answering:
            other.shutdown()
    assert Yes.asked == []


def test_where_nothing_tells_who_listens_it_is_asked(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(listener, "_SOCKETS", tmp_path / "tcp")
    with private_server(find_opa(TOOLS), BUNDLE) as started:
        assert started.ask({"run": "1", "rows": []})["answer"] == 40


def test_a_script_may_start_it(tmp_path: Path) -> None:
    script = tmp_path / "opa"
    script.write_text(f'#!/bin/sh\n{find_opa(TOOLS)} "$@"\nexit $?\n')
    script.chmod(0o755)
    with private_server(str(script), BUNDLE) as started:
        assert started.ask({"run": "1", "rows": []})["answer"] == 40


@pytest.mark.parametrize("text", ["  sl  local_address rem_address\n", ""])
def test_a_system_that_keeps_to_itself_who_listens(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str
) -> None:
    (tmp_path / "tcp").write_text(text)
    monkeypatch.setattr(listener, "_SOCKETS", tmp_path / "tcp")
    assert listener.listens(os.getpid(), 1)


def test_a_process_that_may_not_be_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    def iterdir(path: Path) -> Iterator[Path]:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    with socket.create_server(("127.0.0.1", 0)) as server:
        monkeypatch.setattr(Path, "iterdir", iterdir)
        assert listener.listens(os.getpid(), server.getsockname()[1])


def test_who_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert listener.listens(os.getpid(), port)
        with subprocess.Popen(["cat"], stdin=subprocess.PIPE, start_new_session=True) as other:
            assert not listener.listens(other.pid, port)
        with socket.create_connection(("127.0.0.1", port)) as client:
            assert not listener.listens(os.getpid(), client.getsockname()[1])
    assert not listener.listens(os.getpid(), port)
    assert not listener.listens(0, port)


def test_without_opa_it_says_how_to_get_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolError, match="make tools"):
        find_opa(tmp_path)


def test_what_build_tools_has_goes_before_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("cache", "path"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "opa").write_text("#!/bin/sh\n")
        (tmp_path / name / "opa").chmod(0o755)
    tools = tmp_path / "checkout/build/tools"
    tools.mkdir(parents=True)
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    assert find_opa(tools) == str(tmp_path / "path/opa")
    (tools / "opa").symlink_to(tmp_path / "cache/opa")
    assert find_opa(tools) == str(tools / "opa")
    # One that lies in the checkout itself may have come with anybody's change.
    (tools / "opa").unlink()
    (tools / "opa").symlink_to(tmp_path / "checkout/opa")
    (tmp_path / "cache/opa").rename(tmp_path / "checkout/opa")
    assert find_opa(tools) == str(tmp_path / "path/opa")


@pytest.fixture
def elsewhere() -> Iterator[tuple[str, str]]:
    """The address and token of an OPA that has other things in it."""
    other = Bundle(modules={"o.rego": "package other\n\nx := 1\n"}, settings={}, digest="")
    with private_server(find_opa(TOOLS), other) as started:
        # An OPA of others has no digest of our policies.
        started.connect().delete_policy("policies/version.rego")
        headers = started.connect().headers
        yield started.connect().root_url.removesuffix("/v1"), headers["Authorization"].split()[1]


def test_one_elsewhere_is_given_the_policies_and_left_without_facts(
    elsewhere: tuple[str, str],
) -> None:
    url, token = elsewhere
    with named_server(url, BUNDLE, token=token) as server:
        assert server.ask({"run": "1", "rows": [1]})["answer"] == 41
    request = Request(f"{url}/v1/data", headers={"Authorization": f"Bearer {token}"})  # noqa: S310
    with urlopen(request, timeout=10) as answer:  # noqa: S310 - our own child
        left = json.load(answer)["result"]
    assert "facts" not in left
    assert left["other"] == {"x": 1}


def test_one_elsewhere_that_refuses_says_why(elsewhere: tuple[str, str]) -> None:
    with (
        pytest.raises(RemoteError, match=r"(?i)unauthorized"),
        named_server(elsewhere[0], BUNDLE, token="wrong"),  # noqa: S106 - no password
    ):
        pass


def test_one_elsewhere_that_is_not_there() -> None:
    with (
        pytest.raises(RemoteError, match=r"http://127\.0\.0\.1:9: .*refused"),
        named_server("http://127.0.0.1:9", BUNDLE),
    ):
        pass


@pytest.mark.parametrize("url", ["", "127.0.0.1:8181", "ftp://x", "http://", "http://me@host"])
def test_what_is_no_address(url: str) -> None:
    with pytest.raises(UsageError, match="is no address"), named_server(url, BUNDLE):
        pass


def test_no_proxy_stands_between(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(os.environ, "http_proxy", "http://127.0.0.1:9")
    with ExitStack() as stack:
        started = stack.enter_context(private_server(find_opa(TOOLS), BUNDLE))
        assert started.ask({"run": "1", "rows": []})["answer"] == 40


def test_policies_from_elsewhere_are_left_as_they_are(tmp_path: Path) -> None:
    """With an absolute path, as of policies outside the repository, nothing is written there."""
    path = tmp_path / "main.rego"
    bundle = Bundle(modules={path.as_posix(): MAIN}, settings=BUNDLE.settings, digest="abc")
    with private_server(find_opa(TOOLS), bundle) as started:
        assert started.ask({"run": "1", "rows": []})["answer"] == 40
    assert not path.exists()
