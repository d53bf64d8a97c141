"""The address of a repository and the name of a branch, held to strict patterns."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass

from generator.errors import UsageError
from generator.repository.failure import scrub

_BRANCH = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_./-]{0,199}")
_BAD_IN_BRANCH = re.compile(r"\.\.|//|/\.|\.lock(/|$)|[./]$|@\{")
_HOST = r"(?:[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?"
_PATH = r"[A-Za-z0-9._~/%+@=,:-]+"
_USER = r"[A-Za-z0-9_][A-Za-z0-9._-]*"
_WEB = re.compile(rf"(https?)://({_HOST})/{_PATH}")
_SSH = re.compile(rf"ssh://(?:{_USER}@)?{_HOST}/{_PATH}")
_SCP = re.compile(
    rf"(?:{_USER}@)?[A-Za-z0-9][A-Za-z0-9.-]*:(?!:|//)[A-Za-z0-9._~/][A-Za-z0-9._~/+-]*"
)
_FILE = re.compile(r"file://(/[^\0-\x1f\x7f]*)")
_CREDENTIALS = re.compile(r"(https?://[^/]*@|[A-Za-z+]+://[^/@]*:[^/@]*@)")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*::?//|[A-Za-z][A-Za-z0-9+.-]*::")
_LOOPBACK = re.compile(r"(127\.0\.0\.1|localhost|\[::1\])(:\d+)?")


@dataclass(frozen=True, slots=True)
class Address:
    """Where a repository is, as git gets it, and the protocols that git may then speak."""

    url: str
    protocols: str

    @property
    def remote(self) -> bool:
        """Say whether it is on another machine."""
        return self.protocols != "file"


def parse_address(text: str) -> Address:
    """Return the address in a text that a person wrote: a path or a URL.

    Raises:
        UsageError: for any form but a path, file://, https://, ssh:// and user@host:path, and
            for a URL with credentials. http:// is for this machine only.
    """
    if _CREDENTIALS.match(text):
        raise UsageError(
            f'"{scrub(text)[:200]}": no credentials in a URL, as it is shown and kept. Give them'
            " by a git credential helper, GIT_ASKPASS, or an ssh key"
        )
    if web := _WEB.fullmatch(text):
        if web[1] == "https":
            return Address(text, "https:ssh")
        if _LOOPBACK.fullmatch(web[2]):
            return Address(text, "http:https:ssh")
    elif _SSH.fullmatch(text) or _is_scp(text):
        return Address(text, "ssh:https")
    elif _FILE.fullmatch(text):
        return Address(text, "file")
    elif _is_path(text):
        return Address(os.path.realpath(text), "file")
    raise UsageError(
        f'"{scrub(text)[:200]}" is no address of a repository: write a path, file:///path,'
        " https://host/path, ssh://user@host/path or user@host:path"
    )


def parse_branch(text: str) -> str:
    """Return the name of a branch.

    Raises:
        UsageError: for a text that git, or a shell, could take for anything else.
    """
    if not _BRANCH.fullmatch(text) or _BAD_IN_BRANCH.search(text) or text == "HEAD":
        raise UsageError(f'"{text[:80]}" is no name of a branch')
    return text


def _is_scp(text: str) -> bool:
    # As git itself decides: a slash before the colon makes it a path.
    return "/" not in text.partition(":")[0] and _SCP.fullmatch(text) is not None


def _is_path(text: str) -> bool:
    plain = bool(text) and text.isprintable() and not text.startswith("-")
    return plain and not _SCHEME.match(text) and ":" not in text.partition("/")[0]
