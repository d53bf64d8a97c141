"""Merging a pull request at exactly the head that was checked."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from generator.hub import graphql
from generator.hub.api import Api, HubError, Json, segment, unexpected
from generator.hub.graphql import Readiness
from generator.hub.pulls import Pull, read_pull

GATE = "gate"
ACTIONS = "github-actions"
_LOOKS = 3
_REFUSED = {200, 405, 409, 422}  # an answer of GraphQL with errors has 200
_PAUSE = 1.0  # seconds that GitHub gets to work out whether a pull request merges
_MERGES = {"CLEAN", "UNSTABLE", "HAS_HOOKS"}
MOVED = "the head moved; nothing was merged"


class Gate(StrEnum):
    """What the required check says of a commit."""

    PASSED = "passed"
    FAILED = "failed"
    RUNNING = "running"
    MISSING = "missing"


class Fate(StrEnum):
    """What became of a pull request."""

    MERGED = "merged"
    QUEUED = "queued"
    AUTO = "auto"  # GitHub merges it when the rest is there
    UPDATED = "updated"  # the branch that it is for was merged into it, to be checked again
    WAITS = "waits"
    MOVED = "moved"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a pull request, in words that follow its number."""

    fate: Fate
    text: str


def read_gate(api: Api, name: str, commit: str, check: str = GATE, app: str = ACTIONS) -> Gate:
    """Return what the newest runs of a check by an App say of exactly one commit.

    All of them have to be green: a commit is checked once for each event and branch.
    """
    what = f"check runs of {commit[:12]}"
    path = f"/repos/{name}/commits/{segment(commit)}/check-runs"
    entries = api.pages(path, what, key="check_runs", check_name=check, filter="latest")
    said = {gate for entry in entries if (gate := _judge(entry, commit, check, app, what))}
    for gate in (Gate.FAILED, Gate.RUNNING, Gate.PASSED):
        if gate in said:
            return gate
    return Gate.MISSING


def _judge(entry: Json, commit: str, check: str, app: str, what: str) -> Gate | None:
    """Return what one run says; None for one of another App, name or commit."""
    try:
        slug = (entry["app"] or {}).get("slug")
        if (slug, entry["name"], entry["head_sha"]) != (app, check, commit):
            return None
        if entry["status"] != "completed":
            return Gate.RUNNING
        # GitHub takes "skipped" and "neutral" for success, which nobody has checked then.
        return Gate.PASSED if entry["conclusion"] == "success" else Gate.FAILED
    except (LookupError, TypeError, AttributeError) as error:
        raise unexpected(what) from error


def merge_pull(  # noqa: PLR0913 - each a choice of its own
    api: Api,
    name: str,
    pull: Pull,
    *,
    method: str = "squash",
    stale: bool = False,
    auto: bool = False,
    dry: bool = False,
) -> Outcome:
    """Merge a pull request in the way that its branch asks for, if it is still at its head.

    Through the merge queue where there is one; else at once, by `method` (merge, squash, rebase);
    where it is behind, or `stale`, it is brought up to date, to be checked again. With `auto`,
    GitHub merges it when what is still missing (a review) is there: whoever may push to its
    branch can add to it until then.

    Raises:
        HubError: when GitHub fails, or the token lacks a permission.
    """
    ready = _read_ready(api, name, pull)
    if ready.head != pull.head:
        return Outcome(fate=Fate.MOVED, text=MOVED)
    reason = _waits_for(ready)
    if reason:
        return Outcome(fate=Fate.WAITS, text=reason)
    fate, missing = (Fate.UPDATED, "") if stale else _choose(ready, auto=auto)
    if dry or fate is Fate.WAITS:
        return Outcome(fate=fate, text=missing or f"would be {_WORDS[fate]}")
    try:
        _carry_out(api, name, pull, ready, fate, method)
    except HubError as error:
        return _after(api, name, pull, error)
    text = f"{_WORDS[fate]} at {pull.head[:12]}"
    return Outcome(fate=fate, text=f"{text}; {missing}" if missing else text)


def withdraw(api: Api, name: str, pull: Pull, login: str, *, dry: bool = False) -> bool:
    """Take back an auto-merge that `login` enabled before; say whether there was one."""
    ready = graphql.read_readiness(api, name, pull.number, pull.base_ref)
    if not ready.auto or ready.auto_by != login.removesuffix("[bot]"):
        return False
    if not dry:
        graphql.disable_auto_merge(api, pull.number, ready.node)
    return True


_WORDS = {
    Fate.MERGED: "merged",
    Fate.QUEUED: "put into the merge queue",
    Fate.AUTO: "left to auto-merge",
    Fate.UPDATED: "brought up to date with its branch, to be checked again",
}


def _read_ready(api: Api, name: str, pull: Pull) -> Readiness:
    """Return how it stands; GitHub begins to work that out when it is first asked."""
    ready = graphql.read_readiness(api, name, pull.number, pull.base_ref)
    for _ in range(_LOOKS):
        if "UNKNOWN" not in {ready.merge_state, ready.mergeable} or ready.state != "OPEN":
            break
        api.sleep(_PAUSE)
        ready = graphql.read_readiness(api, name, pull.number, pull.base_ref)
    return ready


def _waits_for(ready: Readiness) -> str:
    """Return what keeps a pull request from merging in any way, "" for nothing."""
    if ready.state != "OPEN":
        return f"is {ready.state.lower()} already"
    if ready.draft:
        return "waits for its author: it is a draft"
    if ready.queued:
        return "waits in the merge queue"
    if ready.mergeable == "CONFLICTING" or ready.merge_state == "DIRTY":
        return "waits for its author: it conflicts with the branch that it is for"
    if "UNKNOWN" in {ready.merge_state, ready.mergeable}:
        return "waits for GitHub, which does not know yet whether it merges"
    return ""


def _choose(ready: Readiness, *, auto: bool) -> tuple[Fate, str]:
    """Return how it can merge, and what is still missing."""
    if ready.queue:
        return Fate.QUEUED, ""
    if ready.merge_state in _MERGES:
        return Fate.MERGED, ""
    if ready.merge_state == "BEHIND":
        return Fate.UPDATED, ""
    missing = {
        "REVIEW_REQUIRED": "waits for a review",
        "CHANGES_REQUESTED": "waits for changes that a review asks for",
    }.get(ready.review, "waits for what the rules of its branch require")
    if ready.auto:
        missing += "; auto-merge is on"
    elif auto and ready.auto_allowed:
        return Fate.AUTO, missing
    elif auto:
        missing += "; the repository does not allow auto-merge"
    return Fate.WAITS, missing


def _carry_out(  # noqa: PLR0913 - what is merged, and how
    api: Api, name: str, pull: Pull, ready: Readiness, fate: Fate, method: str
) -> None:
    path, what = f"/repos/{name}/pulls/{pull.number}", f"pull request {pull.number}"
    if fate is Fate.QUEUED:
        graphql.enqueue(api, pull.number, ready.node, pull.head)
    elif fate is Fate.AUTO:
        graphql.enable_auto_merge(api, pull.number, ready.node, pull.head, method.upper())
    elif fate is Fate.UPDATED:
        api.send("PUT", f"{path}/update-branch", what, {"expected_head_sha": pull.head})
    else:
        body = {"sha": pull.head, "merge_method": method}
        api.send("PUT", f"{path}/merge", what, body)


def _after(api: Api, name: str, pull: Pull, error: HubError) -> Outcome:
    """Look what became of a pull request that GitHub refused to merge, or failed at.

    An answer may have been lost after the merge; nothing but a look tells.
    """
    now = read_pull(api, name, pull.number)
    if now.merged and now.head == pull.head:
        return Outcome(fate=Fate.MERGED, text=f"merged at {pull.head[:12]}")
    if now.head != pull.head:
        return Outcome(fate=Fate.MOVED, text=MOVED)
    ready = graphql.read_readiness(api, name, pull.number, pull.base_ref)
    if ready.queued:
        return Outcome(fate=Fate.QUEUED, text=f"put into the merge queue at {pull.head[:12]}")
    if error.status in _REFUSED and error.kind != "FORBIDDEN":
        return Outcome(fate=Fate.WAITS, text=f"waits: {error}")
    raise error
