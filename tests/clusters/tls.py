"""Certificates of an authority of our own, for API servers and for the git server."""

from __future__ import annotations

import ssl
import subprocess
from pathlib import Path


def make_authority(directory: Path, *names: str) -> None:
    """Write ca.crt, and server.crt with server.key for these DNS names and loopback."""
    alternatives = ",".join(["IP:127.0.0.1", *(f"DNS:{name}" for name in names)])
    curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc")
    _openssl(
        directory,
        *("req", "-x509", *curve, "-days", "30", "-subj", "/CN=tests"),
        *("-keyout", "ca.key", "-out", "ca.crt", "-addext", "keyUsage=critical,keyCertSign"),
    )
    _openssl(
        directory,
        *("req", "-x509", *curve, "-days", "30", "-subj", "/CN=server"),
        *("-CA", "ca.crt", "-CAkey", "ca.key", "-keyout", "server.key", "-out", "server.crt"),
        *("-addext", f"subjectAltName={alternatives}"),
        *("-addext", "basicConstraints=critical,CA:FALSE"),
    )


def make_key(directory: Path, name: str) -> None:
    """Write a key that signs tokens, and its public half."""
    _openssl(directory, "genrsa", "-out", f"{name}.key", "2048")
    _openssl(directory, "rsa", "-in", f"{name}.key", "-pubout", "-out", f"{name}.pub")


def server_context(directory: Path) -> ssl.SSLContext:
    """Return what a server of this authority needs."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(directory / "server.crt", directory / "server.key")
    return context


def _openssl(directory: Path, *arguments: str) -> None:
    subprocess.run(["openssl", *arguments], cwd=directory, check=True, capture_output=True)
