"""A server before the small GitHub, which lets nothing through that is not in the description."""

from __future__ import annotations

import json
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.github.description import packages, used


@contextmanager
def enforce(upstream: str, directory: Path) -> Iterator[str]:
    """Run the server in front of an address, and yield its own."""
    description = directory / "github.json"
    description.write_text(json.dumps(used()))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    node, program = packages() / "node", packages() / "node_modules/.bin/prism"
    options = ("--errors", "--host", "127.0.0.1", "--port", str(port))
    command = (str(node), str(program), "proxy", str(description), upstream, *options)
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        try:
            assert process.stdout
            log = []
            for line in process.stdout:
                log.append(line.decode(errors="replace"))
                if b"is listening" in line:
                    break
            else:
                raise AssertionError("".join(log))
            yield f"http://127.0.0.1:{port}"
        finally:
            process.kill()
