"""What only GraphQL can do: who we are, how a pull request may merge, auto-merge, the queue."""

from __future__ import annotations

from dataclasses import dataclass

from generator.hub.api import Api, Json, unexpected

VIEWER = """
query Viewer { viewer { login } }
"""

PULL = """
query Pull($owner: String!, $name: String!, $number: Int!, $branch: String!) {
  repository(owner: $owner, name: $name) {
    autoMergeAllowed
    mergeQueue(branch: $branch) { id }
    pullRequest(number: $number) {
      id
      headRefOid
      state
      isDraft
      isInMergeQueue
      mergeable
      mergeStateStatus
      reviewDecision
      autoMergeRequest { enabledBy { login } }
    }
  }
}
"""

ENQUEUE = """
mutation Enqueue($pull: ID!, $head: GitObjectID!) {
  enqueuePullRequest(input: {pullRequestId: $pull, expectedHeadOid: $head}) {
    mergeQueueEntry { id position }
  }
}
"""

ENABLE_AUTO_MERGE = """
mutation EnableAutoMerge($pull: ID!, $head: GitObjectID!, $method: PullRequestMergeMethod!) {
  enablePullRequestAutoMerge(
    input: {pullRequestId: $pull, expectedHeadOid: $head, mergeMethod: $method}
  ) {
    pullRequest { id }
  }
}
"""

DISABLE_AUTO_MERGE = """
mutation DisableAutoMerge($pull: ID!) {
  disablePullRequestAutoMerge(input: {pullRequestId: $pull}) { pullRequest { id } }
}
"""

DOCUMENTS = (VIEWER, PULL, ENQUEUE, ENABLE_AUTO_MERGE, DISABLE_AUTO_MERGE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Readiness:
    """How a pull request stands, in the words of GitHub's schema.

    `auto_by` is the login of who enabled auto-merge, without the "[bot]" of an App.
    """

    node: str
    head: str
    state: str
    draft: bool
    queued: bool
    mergeable: str
    merge_state: str
    review: str
    auto: bool
    auto_by: str
    auto_allowed: bool
    queue: bool


def read_viewer(api: Api) -> str:
    """Return the login that the token writes as: "name[bot]" for an App."""
    what = "whom the token is of"
    try:
        login = api.query(VIEWER, what)["viewer"]["login"]
    except (LookupError, TypeError) as error:
        raise unexpected(what) from error
    if not isinstance(login, str) or not login:
        raise unexpected(what)
    return login


def read_readiness(api: Api, name: str, number: int, branch: str) -> Readiness:
    """Return how a pull request for a branch stands."""
    what = f"pull request {number} of {name}"
    owner, _, repository = name.partition("/")
    data = api.query(PULL, what, owner=owner, name=repository, number=number, branch=branch)
    try:
        return _readiness(data["repository"])
    except (LookupError, TypeError, AttributeError) as error:
        raise unexpected(what) from error


def _readiness(repository: Json) -> Readiness:
    pull = repository["pullRequest"]
    auto = pull["autoMergeRequest"]
    by = (auto or {}).get("enabledBy") or {}
    return Readiness(
        node=pull["id"],
        head=pull["headRefOid"],
        state=pull["state"],
        draft=pull["isDraft"],
        queued=pull["isInMergeQueue"],
        mergeable=pull["mergeable"],
        merge_state=pull["mergeStateStatus"],
        review=pull["reviewDecision"] or "",
        auto=auto is not None,
        auto_by=str(by.get("login", "")).removesuffix("[bot]"),
        auto_allowed=repository["autoMergeAllowed"],
        queue=repository["mergeQueue"] is not None,
    )


def enqueue(api: Api, number: int, node: str, head: str) -> None:
    """Put a pull request into the merge queue, at exactly this head."""
    api.query(ENQUEUE, f"pull request {number}", writes=True, pull=node, head=head)


def enable_auto_merge(api: Api, number: int, node: str, head: str, method: str) -> None:
    """Have a pull request merged when everything required is there; it must be at this head now."""
    what = f"pull request {number}"
    api.query(ENABLE_AUTO_MERGE, what, writes=True, pull=node, head=head, method=method)


def disable_auto_merge(api: Api, number: int, node: str) -> None:
    """Take that back."""
    api.query(DISABLE_AUTO_MERGE, f"pull request {number}", writes=True, pull=node)
