"""find-address.py against a real HTTP server that answers as the Kubernetes API does."""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from tests.overlays.library import SCRIPTS

SCRIPT = SCRIPTS / "find-address.py"
NODE = "/api/v1/nodes/node-1"
SERVICE = "/api/v1/namespaces/net-x/services/whale-1"


def _load() -> Any:
    spec = importlib.util.spec_from_file_location("find_address", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # where dataclasses look for it
    spec.loader.exec_module(module)
    return module


find_address = _load()


class Api(ThreadingHTTPServer):
    """Answers each GET of a path with the next of its answers, the last one for ever."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers: dict[str, list[tuple[int, str]]] = {}
        self.tokens: list[str] = []

    def answer(self, path: str, *objects: Any) -> None:
        """Set the answers of a path: objects, or the number of an HTTP error."""
        self.answers[path] = [(o, "") if isinstance(o, int) else (200, _text(o)) for o in objects]


def _text(answer: Any) -> str:
    return answer if isinstance(answer, str) else json.dumps(answer)


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, Api)
        self.server.tokens.append(self.headers["Authorization"])
        waiting = self.server.answers.get(self.path, [(404, "")])
        status, text = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        self.send_response(status)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@pytest.fixture
def api() -> Iterator[Api]:
    """A Kubernetes API on loopback."""
    server = Api()
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def environment(api: Api, directory: Path, **env: str) -> dict[str, str]:
    (directory / "token").write_text("t0ken\n")
    return {
        "NAMESPACE": "net-x",
        "SERVICE_NAME": "whale-1",
        "NODE_NAME": "node-1",
        "API_URL": f"http://127.0.0.1:{api.server_port}",
        "TOKEN_FILE": str(directory / "token"),
        "OUTPUT": str(directory / "external-ip"),
        "FIRST_PAUSE": "0",
        "LONGEST_PAUSE": "0",
    } | env


def run(api: Api, directory: Path, **env: str) -> tuple[int, str, str]:
    """Run the script; return its exit code, its stderr, and what it wrote."""
    result = subprocess.run(
        [sys.executable, str(SCRIPT)],
        env=environment(api, directory, **env),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    output = directory / "external-ip"
    return result.returncode, result.stderr, output.read_text() if output.exists() else ""


def node(*addresses: tuple[str, str]) -> dict[str, Any]:
    return {"status": {"addresses": [{"type": t, "address": a} for t, a in addresses]}}


def balancer(*points: dict[str, str]) -> dict[str, Any]:
    return {"spec": {"type": "LoadBalancer"}, "status": {"loadBalancer": {"ingress": list(points)}}}


HEADLESS = {"spec": {"clusterIP": "None", "type": "ClusterIP"}, "status": {"loadBalancer": {}}}
PUBLIC = node(("InternalIP", "10.0.0.4"), ("ExternalIP", "8.8.8.8"))


def test_a_daemon_on_a_host_port_has_the_address_of_its_node(api: Api, tmp_path: Path) -> None:
    api.answer(NODE, PUBLIC)
    code, stderr, address = run(api, tmp_path, ADDRESS_MODE="node")
    assert (code, address) == (0, "8.8.8.8\n")
    assert stderr == "find-address: 8.8.8.8\n"
    assert api.tokens == ["Bearer t0ken"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["external-ip", "token"]


def test_a_daemon_behind_a_load_balancer_has_its_address(api: Api, tmp_path: Path) -> None:
    api.answer(SERVICE, balancer({"ip": "8.8.4.4"}))
    assert run(api, tmp_path, ADDRESS_MODE="service") == (0, "find-address: 8.8.4.4\n", "8.8.4.4\n")


@pytest.mark.parametrize(
    ("service", "address"), [(HEADLESS, "8.8.8.8\n"), (balancer({"ip": "8.8.4.4"}), "8.8.4.4\n")]
)
def test_by_default_the_service_says_which(
    api: Api, tmp_path: Path, service: dict[str, Any], address: str
) -> None:
    api.answer(SERVICE, service)
    api.answer(NODE, PUBLIC)
    assert run(api, tmp_path)[2] == address


def test_it_says_what_it_waits_for_and_goes_on(api: Api, tmp_path: Path) -> None:
    pending = {"spec": {"type": "LoadBalancer"}, "status": {"loadBalancer": {}}}
    private = balancer({"ip": "10.1.2.3"}, {"ip": "100.64.0.1"})
    api.answer(SERVICE, 403, "{", pending, private, balancer({"ip": "8.8.4.4"}))

    code, stderr, address = run(api, tmp_path)

    assert (code, address) == (0, "8.8.4.4\n")
    lines = stderr.splitlines()
    assert f"the API answers 403 to GET {SERVICE}" in lines[0]
    assert f"cannot read {SERVICE}" in lines[1]
    assert "has no address yet" in lines[2]
    assert "no public IPv4 address (found '10.1.2.3', '100.64.0.1')" in lines[3]
    assert lines[4] == "find-address: 8.8.4.4"
    assert len(lines) == 5


@pytest.mark.parametrize(
    ("env", "reason"),
    [
        ({"ADDRESS_MODE": "host"}, "ADDRESS_MODE 'host'"),
        ({"FIRST_PAUSE": "x"}, "could not convert"),
    ],
)
def test_wrong_settings_end_it(api: Api, tmp_path: Path, env: dict[str, str], reason: str) -> None:
    code, stderr, address = run(api, tmp_path, **env)
    assert (code, address) == (2, "")
    assert reason in stderr


def test_it_stops_when_the_pod_does(api: Api, tmp_path: Path) -> None:
    env = environment(api, tmp_path, FIRST_PAUSE="600", LONGEST_PAUSE="600")
    with subprocess.Popen(
        [sys.executable, str(SCRIPT)], env=env, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        assert "trying again in 600 s" in process.stderr.readline()
        process.send_signal(signal.SIGTERM)
        try:
            assert process.wait(timeout=30) == 143
        finally:
            process.kill()


def test_a_signal_just_before_a_pause_ends_it() -> None:
    begin = "import runpy, signal; signal.signal(signal.SIGUSR1, lambda *_: None)"
    pause = f"sleep = runpy.run_path({str(SCRIPT)!r})['sleeper']()"
    raised = "signal.raise_signal(signal.SIGUSR1); sleep(600)"
    words = [sys.executable, "-c", f"{begin}; {pause}; {raised}"]
    assert subprocess.run(words, timeout=30, check=False).returncode == 0


@pytest.mark.parametrize("address", ["8.8.8.8", "34.82.1.9"])
def test_a_public_address_is_usable(address: str) -> None:
    assert find_address.usable(address) == address


@pytest.mark.parametrize(
    "address",
    [
        "10.0.0.1",
        "100.64.0.1",
        "127.0.0.1",
        "169.254.1.1",
        "172.16.0.1",
        "192.168.1.1",
        "198.18.0.1",
        "203.0.113.7",
        "224.0.0.1",
        "2001:4860:4860::8888",
        "seed-1",
        "",
    ],
)
def test_an_address_that_peers_cannot_dial_is_not(address: str) -> None:
    assert find_address.usable(address) is None


def test_a_host_name_is_resolved_and_the_lowest_usable_address_taken() -> None:
    service = balancer({"hostname": "x.elb.us-west-2.amazonaws.com"})
    asked: list[str] = []

    def resolve(host: str) -> tuple[str, ...]:
        asked.append(host)
        return ("10.0.0.1", "34.82.1.9", "52.10.0.1")

    assert find_address.service_address(service, "whale-1", resolve) == "34.82.1.9"
    assert asked == ["x.elb.us-west-2.amazonaws.com"]


def test_addresses_of_a_host_name_are_ipv4_in_order() -> None:
    assert find_address.resolve_ipv4("localhost") == ("127.0.0.1",)


def test_a_host_name_without_an_address_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    with pytest.raises(find_address.NotYetError, match="does not resolve"):
        find_address.resolve_ipv4("nobody.invalid")


def test_pauses_double_up_to_the_longest() -> None:
    assert list(islice(find_address.pauses(2, 60), 7)) == [2, 4, 8, 16, 32, 60, 60]


def test_waiting_pauses_between_tries(capsys: pytest.CaptureFixture[str]) -> None:
    env = {"NAMESPACE": "n", "SERVICE_NAME": "s", "NODE_NAME": "m", "ADDRESS_MODE": "node"}
    settings = find_address.read_settings(env)
    answers = iter([node(), node(("ExternalIP", "192.168.0.1")), PUBLIC])
    slept: list[float] = []

    found = find_address.wait_for_address(
        settings, lambda _: next(answers), lambda _: (), slept.append
    )

    assert (found, slept) == ("8.8.8.8", [2, 4])
    assert "Node 'm' has no public IPv4 address (found none)" in capsys.readouterr().err


def test_the_api_is_found_as_kubernetes_says() -> None:
    env = {"NAMESPACE": "n", "SERVICE_NAME": "s", "NODE_NAME": "m"}
    assert find_address.read_settings(env).api_url == "https://kubernetes.default.svc:443"
    env |= {"KUBERNETES_SERVICE_HOST": "fd00::1", "KUBERNETES_SERVICE_PORT": "6443"}
    assert find_address.read_settings(env).api_url == "https://[fd00::1]:6443"


def test_a_token_that_is_not_there_yet_is_waited_for(tmp_path: Path) -> None:
    env = dict(os.environ, NAMESPACE="n", SERVICE_NAME="s", NODE_NAME="m")
    settings = find_address.read_settings(env | {"TOKEN_FILE": str(tmp_path / "token")})
    with pytest.raises(find_address.NotYetError, match="cannot read /x"):
        find_address.kubernetes_get(settings)("/x")
