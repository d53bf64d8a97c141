"""What the small GitHub answers to the documents of GraphQL that are sent to it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.github.fake import FakeGitHub, Pull

Json = Any
MODIFIED = "Head branch was modified. Review and try the merge again."


def answer(hub: FakeGitHub, body: Json) -> Json:
    """Return the answer to one request, by the name of its operation."""
    match = re.search(r"(?:query|mutation) (\w+)", body["query"])
    assert match, "every document has a name"
    return {
        "Viewer": _viewer,
        "Pull": _pull,
        "Enqueue": _enqueue,
        "EnableAutoMerge": _enable,
        "DisableAutoMerge": _disable,
    }[match[1]](hub, body["variables"])


def error(kind: str, text: str) -> Json:
    """Return an answer that is an error."""
    return {"data": None, "errors": [{"type": kind, "message": text, "path": ["it"]}]}


def _viewer(hub: FakeGitHub, _: Json) -> Json:
    return {"data": {"viewer": {"login": hub.login}}}


def _pull(hub: FakeGitHub, variables: Json) -> Json:
    pull = hub.pulls.get(variables["number"])
    if f"{variables['owner']}/{variables['name']}" != hub.name or not pull:
        return error("NOT_FOUND", "Could not resolve to a PullRequest with the number given.")
    state = hub.merge_state(pull.number)
    auto = {"enabledBy": {"login": pull.auto_by.removesuffix("[bot]")}} if pull.auto_by else None
    return {
        "data": {
            "repository": {
                "autoMergeAllowed": hub.settings["allow_auto_merge"],
                "mergeQueue": None if hub.queue is None else {"id": "MQ_1"},
                "pullRequest": {
                    "id": f"PR_{pull.number}",
                    "headRefOid": pull.head,
                    "state": "MERGED" if pull.merged else pull.state.upper(),
                    "isDraft": pull.draft,
                    "isInMergeQueue": pull.number in (hub.queue or ()),
                    "mergeable": {"DIRTY": "CONFLICTING", "UNKNOWN": "UNKNOWN"}.get(
                        state, "MERGEABLE"
                    ),
                    "mergeStateStatus": state,
                    "reviewDecision": pull.review,
                    "autoMergeRequest": auto,
                },
            }
        }
    }


def _find(hub: FakeGitHub, variables: Json) -> Pull:
    return hub.pulls[int(variables["pull"].removeprefix("PR_"))]


def _enqueue(hub: FakeGitHub, variables: Json) -> Json:
    pull = _find(hub, variables)
    if "contents" not in hub.permissions:
        return error("FORBIDDEN", "Resource not accessible by integration")
    if hub.queue is None:
        return error("UNPROCESSABLE", "Merge queue is not enabled on the base branch")
    if pull.head != variables["head"]:
        return error("UNPROCESSABLE", MODIFIED)
    if hub.merge_state(pull.number) == "BLOCKED":
        return error("UNPROCESSABLE", "Pull request is not in a mergeable state")
    hub.queue.append(pull.number)
    entry = {"id": f"MQE_{pull.number}", "position": len(hub.queue)}
    return {"data": {"enqueuePullRequest": {"mergeQueueEntry": entry}}}


def _enable(hub: FakeGitHub, variables: Json) -> Json:
    pull = _find(hub, variables)
    if not hub.settings["allow_auto_merge"]:
        return error("UNPROCESSABLE", "Auto merge is not allowed for this repository")
    if pull.head != variables["head"]:
        return error("UNPROCESSABLE", MODIFIED)
    if hub.merge_state(pull.number) == "CLEAN":
        return error("UNPROCESSABLE", "Pull request is in clean status")
    pull.auto_by = hub.login
    return {"data": {"enablePullRequestAutoMerge": {"pullRequest": {"id": f"PR_{pull.number}"}}}}


def _disable(hub: FakeGitHub, variables: Json) -> Json:
    pull = _find(hub, variables)
    pull.auto_by = ""
    return {"data": {"disablePullRequestAutoMerge": {"pullRequest": {"id": f"PR_{pull.number}"}}}}
