"""A pull request that takes files away, made through the API: GitHub signs its one commit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from generator.hub.api import Api, HubError, Json, unexpected

COMMIT = """
mutation Commit(
  $branch: CommittableBranch!
  $head: GitObjectID!
  $message: CommitMessage!
  $changes: FileChanges!
) {
  createCommitOnBranch(
    input: {branch: $branch, expectedHeadOid: $head, message: $message, fileChanges: $changes}
  ) {
    commit { oid }
  }
}
"""
DOCUMENTS = (COMMIT,)
_EXISTS = 422


class Fate(StrEnum):
    """What became of a proposal."""

    OPENED = "opened"
    OPEN = "open"  # it was there
    DECLINED = "declined"  # it was there, and somebody closed it


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """Files to take away from `onto`, the branch that `base` is a commit of; paths from the root.

    `message` is that of the commit, its first line also the title; `branch` is made for it alone.
    """

    branch: str
    base: str
    onto: str
    files: Sequence[str]
    message: str
    body: str

    @property
    def title(self) -> str:
        """The first line of the message."""
        return self.message.partition("\n")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposed:
    """A pull request that proposes something: its number, and what became of it; 0 in a dry run."""

    number: int
    fate: Fate


def propose_removal(api: Api, name: str, removal: Removal, *, dry: bool = False) -> Proposed:
    """Open a pull request for a removal, unless the same was proposed before and is not merged.

    Raises:
        HubError: when GitHub refuses or fails; to run it again goes on from what is there.
    """
    before = _find(api, name, removal.branch)
    if before or dry:
        return before or Proposed(number=0, fate=Fate.OPENED)
    _point(api, name, removal.branch, removal.base)
    headline, _, rest = removal.message.partition("\n")
    what = f"branch {removal.branch}"
    variables: Mapping[str, Json] = {
        "branch": {"repositoryNameWithOwner": name, "branchName": removal.branch},
        "head": removal.base,
        "message": {"headline": headline, "body": rest.strip("\n")},
        "changes": {"deletions": [{"path": path} for path in removal.files]},
    }
    api.query(COMMIT, what, writes=True, **variables)
    body = {
        "title": removal.title,
        "head": removal.branch,
        "base": removal.onto,
        "body": removal.body,
    }
    made = api.send("POST", f"/repos/{name}/pulls", f"pull request of {what}", body)
    number = made.get("number") if isinstance(made, dict) else None
    if type(number) is not int:
        raise unexpected(f"pull request of {what}")
    return Proposed(number=number, fate=Fate.OPENED)


def _find(api: Api, name: str, branch: str) -> Proposed | None:
    """Return the newest pull request of a branch, but for one that was merged: that is over."""
    what = f"pull requests of branch {branch}"
    owner = name.partition("/")[0]
    entries = api.pages(
        f"/repos/{name}/pulls", what, state="all", head=f"{owner}:{branch}", direction="desc"
    )
    try:
        for entry in entries:
            if entry["head"]["ref"] == branch:
                if entry["merged_at"]:
                    return None
                fate = Fate.OPEN if entry["state"] == "open" else Fate.DECLINED
                return Proposed(number=int(entry["number"]), fate=fate)
    except (LookupError, TypeError, ValueError) as error:
        raise unexpected(what) from error
    return None


def _point(api: Api, name: str, branch: str, commit: str) -> None:
    """Have a branch point to a commit, whether it was there or not: it is for us alone."""
    refs, what = f"/repos/{name}/git/refs", f"branch {branch}"
    try:
        api.send("POST", refs, what, {"ref": f"refs/heads/{branch}", "sha": commit})
    except HubError as error:
        if error.status != _EXISTS and not error.uncertain:
            raise
        api.send("PATCH", f"{refs}/heads/{branch}", what, {"sha": commit, "force": True})
