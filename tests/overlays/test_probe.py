"""probe.sh: alive is not synced, and a daemon that waits for its genesis is alive."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.overlays.pods import Pod


def genesis(**ago: float) -> str:
    return (datetime.now(UTC) - timedelta(**ago)).isoformat()


@pytest.fixture
def listening() -> Iterator[str]:
    """A port that accepts connections."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield str(server.getsockname()[1])


@pytest.fixture
def closed() -> str:
    """A port that nothing listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return str(server.getsockname()[1])


class GraphQL(BaseHTTPRequestHandler):
    """Answers a GraphQL query with the status in the server's `status`."""

    def do_POST(self) -> None:
        query = self.rfile.read(int(self.headers["Content-Length"]))
        asked = self.path == "/graphql" and b"{ syncStatus }" in query
        self.send_response(getattr(self.server, "status", 500) if asked else 404)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@pytest.fixture
def graphql() -> Iterator[ThreadingHTTPServer]:
    """A GraphQL server on loopback."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), GraphQL)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("mode", ["startup", "live"])
def test_a_daemon_that_listens_is_alive(pod: Pod, listening: str, mode: str) -> None:
    assert pod.run("probe.sh", mode, P2P_PORT=listening).returncode == 0


@pytest.mark.parametrize("mode", ["startup", "live"])
def test_a_daemon_that_does_not_listen_is_not_alive(pod: Pod, closed: str, mode: str) -> None:
    result = pod.run("probe.sh", mode, P2P_PORT=closed)
    assert result.returncode == 1
    assert f"nothing listens on port {closed}" in result.stderr


@pytest.mark.parametrize("mode", ["startup", "live", "ready"])
@pytest.mark.parametrize("time", ["2999-01-01T00:00:00Z", "2999-01-01T00:00:00.5+05:30"])
def test_before_the_genesis_a_daemon_is_alive_and_ready(
    pod: Pod, closed: str, mode: str, time: str
) -> None:
    result = pod.run("probe.sh", mode, P2P_PORT=closed, GRAPHQL_PORT=closed, GENESIS_TIME=time)
    assert result.returncode == 0, result.stderr


def test_after_the_genesis_a_daemon_has_time_to_open_its_ports(pod: Pod, closed: str) -> None:
    minute, hour = genesis(minutes=1), genesis(hours=1)
    assert pod.run("probe.sh", "live", P2P_PORT=closed, GENESIS_TIME=minute).returncode == 0
    assert pod.run("probe.sh", "live", P2P_PORT=closed, GENESIS_TIME=hour).returncode == 1
    assert pod.run("probe.sh", "startup", P2P_PORT=closed, GENESIS_TIME=minute).returncode == 1
    short = pod.run("probe.sh", "live", P2P_PORT=closed, GENESIS_TIME=minute, GENESIS_GRACE="5")
    assert short.returncode == 1


def test_a_genesis_time_that_is_none_is_an_error(pod: Pod, closed: str) -> None:
    result = pod.run("probe.sh", "live", P2P_PORT=closed, GENESIS_TIME="soon")
    assert result.returncode == 1
    assert "GENESIS_TIME 'soon' is no time" in result.stderr


@pytest.mark.parametrize("curl", [True, False])
@pytest.mark.parametrize(("status", "code"), [(200, 0), (500, 1)])
def test_ready_means_that_graphql_answers(
    pod: Pod, graphql: ThreadingHTTPServer, *, status: int, code: int, curl: bool
) -> None:
    graphql.status = status  # type: ignore[attr-defined] # read by GraphQL
    path = "/usr/bin:/bin" if curl else "/nonexistent"

    result = pod.run("probe.sh", "ready", path=path, GRAPHQL_PORT=str(graphql.server_port))

    assert result.returncode == code


@pytest.mark.parametrize("path", ["/usr/bin:/bin", "/nonexistent"])
def test_a_daemon_without_graphql_is_not_ready(pod: Pod, closed: str, path: str) -> None:
    result = pod.run("probe.sh", "ready", path=path, GRAPHQL_PORT=closed)
    assert result.returncode == 1
    assert result.stderr == "probe: GraphQL does not answer\n"


def test_an_unknown_probe_is_an_error(pod: Pod) -> None:
    result = pod.run("probe.sh", "alive")
    assert result.returncode == 1
    assert "got 'alive'" in result.stderr
