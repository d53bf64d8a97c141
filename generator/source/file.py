"""Reads one file that a person wrote, and no other file in its place."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from generator.errors import InvalidInput
from generator.finding import Finding, Location
from generator.source.parse import parse_document
from generator.source.text import MAX_BYTES
from generator.source.values import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A file that a person wrote: path from the root, values, sha256 (hex) of its bytes.

    `findings` are faults with which its values can be read all the same.
    """

    path: str
    mapping: Mapping
    digest: str
    findings: tuple[Finding, ...] = ()


def read_document(root: Path, path: Path, *, elsewhere: bool = False) -> Document:
    """Read the YAML file `path` (absolute, or from `root`); InvalidInput where it has no values.

    `elsewhere` is for a file that somebody named, wherever it lies: no link leads there.
    """
    target = path if path.is_absolute() else root / path
    base = root if target.is_relative_to(root) else root.resolve()
    name = (target.relative_to(base) if target.is_relative_to(base) else target).as_posix()
    text = _read(root, target, name, elsewhere=elsewhere)
    mapping, findings = parse_document(name, text)
    if mapping is None:
        raise InvalidInput(findings)
    digest = hashlib.sha256(text).hexdigest()
    return Document(path=name, mapping=mapping, digest=digest, findings=findings)


def _read(root: Path, target: Path, name: str, *, elsewhere: bool) -> bytes:
    """Return the bytes of a plain file below `root`, one more than allowed at most."""
    try:
        if not elsewhere and not target.parent.resolve().is_relative_to(root.resolve()):
            raise _refusal(name, "leads out of the repository", "Move the file into it.")
        # Neither a link to somebody else's file, nor a pipe that never ends.
        descriptor = os.open(target, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as stream:
            if stat.S_ISREG(os.fstat(descriptor).st_mode):
                return stream.read(MAX_BYTES + 1)
    except (OSError, ValueError, RuntimeError) as error:
        raise _refusal(name, *_REASONS.get(getattr(error, "errno", None), _UNKNOWN)) from error
    raise _refusal(name, *_REASONS[errno.EISDIR])


_UNKNOWN = ("cannot be read", "Make it a readable file.")
_REASONS: dict[int | None, tuple[str, str]] = {
    errno.ENOENT: ("does not exist", "Create the file, or correct the path."),
    errno.ENOTDIR: ("does not exist", "Create the file, or correct the path."),
    errno.ELOOP: ("is a link", "Put the file itself there."),
    errno.EISDIR: ("is not a file", "Give the path of a YAML file."),
    errno.EACCES: ("cannot be read: permission denied", "Make the file readable."),
}


def _refusal(name: str, message: str, remediation: str) -> InvalidInput:
    finding = Finding(
        rule="yaml/file",
        message=f'"{name}" {message}',
        remediation=remediation,
        at=Location(name),
    )
    return InvalidInput((finding,))
