"""Pull requests of a repository on GitHub, and the files that one changes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from generator.hub.api import Api, Json, segment, unexpected

# GitHub names no more files of a pull request; what the others are, nobody knows.
MOST_FILES = 3000
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


class Change(StrEnum):
    """What a pull request does to a file."""

    ADDED = "added"
    REMOVED = "removed"
    MODIFIED = "modified"
    RENAMED = "renamed"
    COPIED = "copied"
    CHANGED = "changed"  # its mode
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedFile:
    """A file that a pull request changes; `before` is its old path where it was renamed."""

    path: str
    change: Change
    before: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pull:
    """One pull request; `head` and `base` are full commit ids, `node` is its id in GraphQL.

    `title`, `author` and `head_ref` are texts of strangers: escape them where they are shown.
    `merge_commit` is empty until it is merged; `author` where the account is gone.
    """

    number: int
    title: str
    author: str
    head: str
    head_ref: str
    base_ref: str
    base: str
    fork: bool
    draft: bool
    open: bool
    merged: bool
    merge_commit: str
    node: str

    @property
    def ref(self) -> str:
        """The name under which git finds its head in the repository that it is for."""
        return f"refs/pull/{self.number}/head"


def read_pulls(api: Api, name: str) -> tuple[Pull, ...]:
    """Return all open pull requests of a repository, the oldest first."""
    path, what = f"/repos/{name}/pulls", f"open pull requests of {name}"
    entries = api.pages(path, what, state="open", sort="created", direction="asc")
    return tuple(_pull(entry, what) for entry in entries)


def read_pull(api: Api, name: str, number: int) -> Pull:
    """Return one pull request, open or not."""
    what = f"pull request {number} of {name}"
    pull = _pull(api.get(f"/repos/{name}/pulls/{number}", what), what)
    if pull.number != number:
        raise unexpected(what)
    return pull


def read_pulls_of(api: Api, name: str, commit: str) -> tuple[Pull, ...]:
    """Return the pull requests that brought a commit, or have it."""
    what = f"pull requests of commit {commit[:12]}"
    entries = api.pages(f"/repos/{name}/commits/{segment(commit)}/pulls", what)
    return tuple(_pull(entry, what) for entry in entries)


def read_files(api: Api, name: str, number: int) -> tuple[ChangedFile, ...]:
    """Return the files that a pull request changes, as many as GitHub names."""
    what = f"files of pull request {number}"
    return tuple(_file(e, what) for e in api.pages(f"/repos/{name}/pulls/{number}/files", what))


def _pull(entry: Json, what: str) -> Pull:
    try:
        head, base, user = entry["head"], entry["base"], entry["user"]
        here = base["repo"]["id"]
        pull = Pull(
            number=entry["number"],
            title=entry["title"],
            author=user["login"] if user else "",
            head=head["sha"],
            head_ref=head["ref"],
            base_ref=base["ref"],
            base=base["sha"],
            # Of a fork that was deleted there is no repository any more.
            fork=not head["repo"] or head["repo"]["id"] != here,
            draft=bool(entry.get("draft")),
            open=entry["state"] == "open",
            merged=bool(entry["merged_at"]),
            merge_commit=(entry["merge_commit_sha"] or "") if entry["merged_at"] else "",
            node=entry["node_id"],
        )
    except (LookupError, TypeError) as error:
        raise unexpected(what) from error
    texts = (pull.title, pull.author, pull.head_ref, pull.base_ref, pull.node)
    ids = (pull.head, pull.base, *([pull.merge_commit] if pull.merge_commit else ()))
    if (
        type(pull.number) is not int
        or not all(isinstance(text, str) for text in texts)
        or not all(isinstance(text, str) and _COMMIT.fullmatch(text) for text in ids)
    ):
        raise unexpected(what)
    return pull


def _file(entry: Json, what: str) -> ChangedFile:
    try:
        path, before = entry["filename"], entry.get("previous_filename") or ""
        change = Change(entry["status"])
    except (LookupError, TypeError, AttributeError, ValueError) as error:
        raise unexpected(what) from error
    if not isinstance(path, str) or not isinstance(before, str):
        raise unexpected(what)
    return ChangedFile(path=path, change=change, before=before)
