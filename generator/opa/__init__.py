"""OPA: a private server on loopback, or one that is named, and the one question it is asked."""

from __future__ import annotations

from generator.opa.bundle import Bundle
from generator.opa.private import find_opa, private_server
from generator.opa.server import Server, named_server

__all__ = ["Bundle", "Server", "find_opa", "named_server", "private_server"]
