"""Commit statuses of a repository on GitHub, newest first."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from generator.hub.api import Api, HubError, Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """One status of one commit; `creator` is a login, `at` as GitHub writes it (RFC 3339)."""

    commit: str
    context: str
    state: str
    description: str
    creator: str
    at: str


def newest_statuses(
    api: Api, name: str, commit: str, contexts: Collection[str] | None = None
) -> dict[str, Status]:
    """Return the newest status of a commit by context; of `contexts` only, where some are given.

    GitHub gives them newest first, so that older pages are only read for what is missing.

    Raises:
        HubError: when it cannot be known.
    """
    missing = set(contexts or ())
    found: dict[str, Status] = {}
    for status in read_statuses(api, name, commit):
        if status.context in found or (contexts is not None and status.context not in missing):
            continue
        found[status.context] = status
        missing.discard(status.context)
        if contexts is not None and not missing:
            break
    return found


def read_statuses(api: Api, name: str, commit: str) -> Iterator[Status]:
    """Yield all statuses of a commit, newest first, a page of them at a time."""
    path = f"/repos/{name}/commits/{commit}/statuses"
    for item in api.pages(path, f"statuses of {commit[:12]}"):
        yield _status(item, commit)


def _status(item: Json, commit: str) -> Status:
    """Return a status in an answer about `commit`; a creator who is gone has no login."""
    fields = item if isinstance(item, dict) else {}
    creator = fields.get("creator")
    texts = {
        "context": fields.get("context"),
        "state": fields.get("state"),
        "description": fields.get("description") or "",
        "creator": creator.get("login") if isinstance(creator, dict) else "",
        "at": fields.get("created_at"),
    }
    known = {name: text for name, text in texts.items() if isinstance(text, str)}
    if len(known) < len(texts) or not str(fields.get("url")).endswith(f"/statuses/{commit}"):
        raise HubError("answers with something else than statuses of the commit")
    return Status(commit=commit, **known)
