"""What git says when it fails, as one line that tells what to do and gives no secret away."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

from generator.errors import GeneratorError, RemoteError, ToolError


class DiskFull(ToolError):  # noqa: N818 - as the other words of the exit code table
    """Exception raised when this machine has no room: to make the clone again would not help."""


class GitFailed(ToolError):  # noqa: N818 - as the other words of the exit code table
    """Exception raised when git fails on this machine for no known reason: a corrupt clone may."""


class HistoryRefused(RemoteError):  # noqa: N818 - as the other words of the exit code table
    """Exception raised when the remote's history is not one to build on."""


class Refused(RemoteError):  # noqa: N818 - as the other words of the exit code table
    """Exception raised when the remote answers, and does not take a commit."""


_USER_INFO = re.compile(r"(?<=://)[^/\s'\"]*@")
_HEADER = re.compile(
    r"(?i)((?:authorization|cookie|token|password)\s*[:=]\s*|\b(?:bearer|basic)\s+)\S.*"
)
_SECRET_NAME = re.compile(r"TOKEN|PASSWORD|SECRET|GIT_CONFIG_(VALUE|PARAMETERS)")
# Shorter values would take ordinary words out of a message.
_SHORTEST_SECRET = 8
_LONGEST = 400

_FULL = re.compile(r"(?i)no space left|disk quota exceeded|file too large|sigxfsz")
_HOOK = re.compile(r"(?i)hook declined|aborted by hook|protected branch|GH\d{3}|declined")
# In the order in which they are asked, as one failure often has the words of several.
_REMOTE = (
    (
        re.compile(r"(?i)host key verification failed"),
        "the host's ssh key is not known; add it to known_hosts",
    ),
    (
        re.compile(r"(?i)permission denied \(|publickey"),
        "ssh is not let in; give it a key (an agent, or GIT_SSH_COMMAND)",
    ),
    (
        re.compile(
            r"(?i)authentication failed|could not read (username|password)|invalid credentials"
            r"|terminal prompts disabled|\b401\b|\b403\b|permission to \S+ denied|write access"
        ),
        "not let in; give credentials that may write by a credential helper or GIT_ASKPASS",
    ),
    (
        re.compile(
            r"(?i)repository .*not found|does not appear to be a git repository|\b404\b"
            r"|does not exist|no such file or directory|not a git repository"
        ),
        "no such repository, or no right to see it",
    ),
    (
        re.compile(
            r"(?i)could not resolve|failed to connect|couldn't connect|connection refused"
            r"|timed out|no route to host|network is unreachable|unable to connect"
        ),
        "cannot be reached",
    ),
    (
        re.compile(
            r"(?i)hung up|early eof|connection (was )?(reset|closed)|unexpected disconnect"
            r"|rpc failed|broken pipe|\b50\d\b|operation too slow"
        ),
        "the connection was lost",
    ),
    (
        re.compile(r"(?i)transport '.*' not allowed"),
        "git's configuration leads to another protocol",
    ),
)


def scrub(text: str) -> str:
    """Return a text without credentials: of URLs, of headers, and of this environment."""
    for value in sorted(_secrets(), key=len, reverse=True):
        text = text.replace(value, "***")
    return _HEADER.sub(r"\1***", _USER_INFO.sub("***@", text))


def explain(what: str, said: str, *, remote: bool) -> GeneratorError:
    """Return the error for a git operation `what` that failed with the words `said`.

    `remote` says whether the other side has a part in it.
    """
    words = _words(scrub(said))
    if _FULL.search(said):
        if remote and re.search(r"(?m)^remote:|unpack", said):
            return RemoteError(f"{what}: the remote has no room left ({words})")
        return DiskFull(f"{what}: no room left on this disk ({words}); free some and run again")
    if not remote:
        hint = _hint(said)
        return ToolError(f"{what}: {hint}; {words}") if hint else GitFailed(f"{what}: {words}")
    if _HOOK.search(said):
        return Refused(f"{what}: the remote refused it ({words})")
    meanings = (f"{meaning} ({words})" for pattern, meaning in _REMOTE if pattern.search(said))
    return RemoteError(f"{what}: {next(meanings, words)}")


def _hint(said: str) -> str:
    """Return what to do about a local failure that has a known remedy."""
    if re.search(r"(?i)tell me who you are|empty ident|auto-detect email", said):
        return "git has no name for its commits; set user.name and user.email"
    if re.search(r"(?i)gpg failed|failed to sign|signing failed|ssh-keygen", said):
        return "the commit could not be signed, as commit.gpgsign asks for"
    return ""


def _words(said: str) -> str:
    """Return the lines that tell most: those of the remote, then those of git itself."""
    lines = [line.strip() for line in re.split(r"[\r\n]+", said)]
    lines = [line for line in lines if line.rstrip(":") not in {"", "remote", "hint"}]
    theirs = [line for line in lines if line.startswith(("remote:", "!"))]
    own = [line for line in lines if line.startswith(("fatal:", "error:"))]
    chosen = list(dict.fromkeys([*theirs[:4], *own[:3]])) or lines[:3]
    text = "; ".join(_printable(line) for line in chosen)
    return text[:_LONGEST] or "git gave no reason"


def _printable(line: str) -> str:
    """Return a line without what a terminal would obey: a remote chooses its words."""
    return "".join(letter if letter.isprintable() else " " for letter in line).strip()


def _secrets() -> Iterator[str]:
    for name, value in os.environ.items():
        if _SECRET_NAME.search(name) and len(value) >= _SHORTEST_SECRET:
            yield value
