"""What the small GitHub answers over REST, in the shapes of its documentation."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit

if TYPE_CHECKING:
    from tests.github.fake import FakeGitHub, Pull

Json = Any
Answer = tuple[int, dict[str, str], Json]
AT = "2026-11-23T00:00:00Z"
PERMISSIONS = (
    "administration",
    "checks",
    "contents",
    "issues",
    "metadata",
    "pull_requests",
    "statuses",
)
SETTINGS: dict[str, Json] = {
    "allow_auto_merge": False,
    "delete_branch_on_merge": False,
    "default_branch": "main",
    "has_discussions": False,
    "squash_merge_commit_message": "PR_BODY",
    "squash_merge_commit_title": "PR_TITLE",
}
MODIFIED = "Head branch was modified. Review and try the merge again."
MISSING: Answer = 404, {}, {"message": "Not Found", "documentation_url": "https://docs.github.com"}


def message(text: str) -> Json:
    """Return the words in which GitHub refuses."""
    return {"message": text, "documentation_url": "https://docs.github.com/rest"}


def answer(hub: FakeGitHub, method: str, path: str, body: Json) -> Answer:
    """Return the answer to one request."""
    parts = urlsplit(path)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    for verb, pattern, permission, route in ROUTES:
        match = re.fullmatch(pattern.replace("REPO", re.escape(f"/repos/{hub.name}")), parts.path)
        if not match or verb != method:
            continue
        if permission and permission.partition("=")[0] not in hub.permissions:
            headers = {"X-Accepted-GitHub-Permissions": permission}
            return 403, headers, message("Resource not accessible by integration")
        return route(hub, *map(unquote, match.groups()), query | {"body": body, "path": parts.path})
    return MISSING


def fill(example: Json, own: Json) -> Json:
    """Return what is ours, with fields of the example where we have none."""
    if isinstance(own, dict) and isinstance(example, dict):
        return example | {name: fill(example.get(name), value) for name, value in own.items()}
    return own


def listed(hub: FakeGitHub, entries: Iterable[Json], ask: Json, key: str = "") -> Answer:
    """Return one page of a list, with the address of the next one."""
    found = list(entries)
    size, page = int(ask.get("per_page", 30)), int(ask.get("page", 1))
    headers = {}
    if len(found) > size * page:
        following = f"{hub.url}{ask['path']}?per_page={size}&page={page + 1}"
        headers["Link"] = f'<{following}>; rel="next"'
    shown = found[size * (page - 1) : size * page]
    return 200, headers, {"total_count": len(found), key: shown} if key else shown


def user(login: str) -> Json:
    return {"login": login, "id": 1, "type": "Bot" if login.endswith("[bot]") else "User"}


def comment(hub: FakeGitHub, number: int, pull: int, body: str, login: str) -> Json:
    own = {
        "id": number,
        "body": body,
        "user": user(login),
        "html_url": f"https://github.com/{hub.name}/pull/{pull}#issuecomment-{number}",
        "issue_url": f"https://api.github.com/repos/{hub.name}/issues/{pull}",
    }
    return fill(hub.examples.get("issue-comment", {}), own)


def check_run(number: int, head: str, conclusion: str | None) -> Json:
    return {
        "id": number,
        "name": "gate",
        "head_sha": head,
        "status": "completed" if conclusion else "in_progress",
        "conclusion": conclusion,
        "completed_at": AT if conclusion else None,
        "app": {"id": 15368, "slug": "github-actions", "name": "GitHub Actions"},
    }


def status(name: str, number: int, commit: str, context: str) -> Json:
    return {
        "url": f"https://api.github.com/repos/{name}/statuses/{commit}",
        "avatar_url": "https://avatars.githubusercontent.com/in/1",
        "id": number,
        "node_id": "SC_kwDO",
        "state": "success",
        "description": "reconciliation succeeded",
        "target_url": None,
        "context": context,
        "created_at": AT,
        "updated_at": AT,
        "creator": user("testnet-flux[bot]"),
    }


def _repository(hub: FakeGitHub, ask: Json) -> Answer:
    hub.settings |= ask["body"] or {}
    own = {"id": 1, "full_name": hub.name, "name": hub.name.partition("/")[2]} | hub.settings
    return 200, {}, fill(hub.examples.get("full-repository", {}), own)


def _pull(hub: FakeGitHub, pull: Pull, *, whole: bool = True) -> Json:
    own: Json = {
        "number": pull.number,
        "node_id": f"PR_{pull.number}",
        "title": pull.title,
        "user": user(pull.author) if pull.author else None,
        "state": pull.state,
        "draft": pull.draft,
        "requested_teams": [],
        "merged_at": AT if pull.merged else None,
        "merge_commit_sha": pull.merged or "e" * 40,
        "head": {"sha": pull.head, "ref": pull.branch, "repo": {"id": 2 if pull.fork else 1}},
        "base": {"sha": _base(hub, pull), "ref": pull.base, "repo": {"id": 1}},
    }
    own |= {"merged": bool(pull.merged)} if whole else {}
    return fill(hub.examples.get("pull-request" if whole else "pull-request-simple", {}), own)


def _base(hub: FakeGitHub, pull: Pull) -> str:
    return hub.ground.head(pull.base) if hub.git else "b" * 40


def _pulls(hub: FakeGitHub, ask: Json) -> Answer:
    state = ask.get("state", "open")
    found = [p for p in hub.pulls.values() if state in {p.state, "all"}]
    return listed(hub, (_pull(hub, p, whole=False) for p in found), ask)


def _one(hub: FakeGitHub, number: str, _: Json) -> Answer:
    pull = hub.pulls.get(int(number))
    return (200, {}, _pull(hub, pull)) if pull else MISSING


def _before(pull: Pull) -> str:
    """Return what a pull request is compared with: once it is merged, the branch before that."""
    return f"{pull.merged}^1" if pull.merged else pull.base


def _files(hub: FakeGitHub, number: str, ask: Json) -> Answer:
    pull = hub.pulls.get(int(number))
    if not pull:
        return MISSING
    files = hub.ground.files(_before(pull), pull.head) if hub.git else pull.files
    example = hub.examples.get("diff-entry", {})
    return listed(hub, [fill(example, file) for file in files[:3000]], ask)


def _merge(hub: FakeGitHub, number: str, ask: Json) -> Answer:
    pull, body = hub.pulls.get(int(number)), ask["body"]
    if not pull:
        return MISSING
    state = hub.merge_state(pull.number)
    if pull.state != "open" or state == "DIRTY":
        return 405, {}, message("Pull Request is not mergeable")
    if body.get("sha", pull.head) != pull.head:
        return 409, {}, message(MODIFIED)
    if hub.queue is not None:
        return 405, {}, message("Changes must be made through the merge queue")
    if state == "BLOCKED":
        return 405, {}, message('Required status check "gate" is expected.')
    commit = hub.merge(pull.number, body.get("merge_method", "merge"))
    return 200, {}, {"sha": commit, "merged": True, "message": "Pull Request successfully merged"}


def _update(hub: FakeGitHub, number: str, ask: Json) -> Answer:
    pull = hub.pulls[int(number)]
    if (ask["body"] or {}).get("expected_head_sha", pull.head) != pull.head:
        return 422, {}, message("expected head sha didn't match current head ref.")
    if hub.git:
        pull.head = hub.ground.bring_up_to_date(pull.branch, pull.head, pull.base)
        hub.push(pull.number, pull.head)
    return 202, {}, {"message": "Updating pull request branch.", "url": "https://github.com/x"}


def _pulls_of(hub: FakeGitHub, commit: str, ask: Json) -> Answer:
    if not hub.ground.knows(commit):
        return 422, {}, message(f"No commit found for SHA: {commit}")
    found = [
        pull
        for pull in hub.pulls.values()
        if commit in {pull.head, pull.merged}
        or hub.ground.brought(commit, _before(pull), pull.head)
    ]
    return listed(hub, (_pull(hub, p, whole=False) for p in found), ask)


def _statuses(hub: FakeGitHub, commit: str, ask: Json) -> Answer:
    example = hub.examples.get("status", {})
    return listed(hub, [fill(example, s) for s in hub.statuses.get(commit, [])], ask)


def _checks(hub: FakeGitHub, commit: str, ask: Json) -> Answer:
    runs = hub.checks.get(commit, [])
    named = [run for run in runs if ask.get("check_name") in {None, run["name"]}]
    newest: dict[Json, Json] = {}
    for run in named:  # one for each App and suite
        newest.setdefault((run["app"]["slug"], run["name"], run.get("suite")), run)
    example = hub.examples.get("check-run", {})
    shown = [fill(example, {k: v for k, v in r.items() if k != "suite"}) for r in newest.values()]
    return listed(hub, shown, ask, "check_runs")


def _comments(hub: FakeGitHub, number: str, ask: Json) -> Answer:
    if int(number) not in hub.pulls:
        return MISSING
    end = f"/issues/{number}"
    mine = (c for c in hub.comments.values() if c["issue_url"].endswith(end))
    return listed(hub, sorted(mine, key=lambda c: c["id"]), ask)


def _write_comment(hub: FakeGitHub, number: str, ask: Json) -> Answer:
    if int(number) in hub.locked:
        return 403, {}, message("Unable to create comment because issue is locked.")
    if int(number) not in hub.pulls:
        return MISSING
    if len(ask["body"]["body"]) > 65_536:
        return 422, {}, message("Body is too long (maximum is 65536 characters)")
    made = hub.comment(int(number), ask["body"]["body"])
    return 201, {}, hub.comments[made]


def _edit_comment(hub: FakeGitHub, number: str, ask: Json) -> Answer:
    found = hub.comments.get(int(number))
    if not found:
        return MISSING
    found["body"] = ask["body"]["body"]
    return 200, {}, found


def _delete_comment(hub: FakeGitHub, number: str, _: Json) -> Answer:
    return (204, {}, None) if hub.comments.pop(int(number), None) else MISSING


def _rulesets(hub: FakeGitHub, ask: Json) -> Answer:
    short = ({k: v for k, v in r.items() if k != "rules"} for r in hub.rulesets.values())
    return listed(hub, short, ask)


def _make_ruleset(hub: FakeGitHub, ask: Json) -> Answer:
    number = next(hub.ids)
    own = {"id": number, "source": hub.name, "source_type": "Repository"} | ask["body"]
    hub.rulesets[number] = own
    return 201, {}, own


def _ruleset(hub: FakeGitHub, number: str, ask: Json) -> Answer:
    found = hub.rulesets.get(int(number))
    if not found:
        return MISSING
    found |= ask["body"] or {}
    return 200, {}, found


def _app(hub: FakeGitHub, slug: str, _: Json) -> Answer:
    ids = {"github-actions": 15368, "testnet-bot": 4242}
    if slug not in ids:
        return MISSING
    return 200, {}, fill(hub.examples.get("integration", {}), {"id": ids[slug], "slug": slug})


_PULL = "pull_requests=write"
_ISSUE = "issues=write; pull_requests=write"
_ADMIN = "administration=write"
ROUTES: tuple[tuple[str, str, str, Callable[..., Answer]], ...] = (
    ("GET", "REPO", "metadata=read", _repository),
    ("PATCH", "REPO", _ADMIN, _repository),
    ("GET", "REPO/pulls", "pull_requests=read", _pulls),
    ("GET", r"REPO/pulls/(\d+)", "pull_requests=read", _one),
    ("GET", r"REPO/pulls/(\d+)/files", "pull_requests=read", _files),
    ("PUT", r"REPO/pulls/(\d+)/merge", "contents=write", _merge),
    ("PUT", r"REPO/pulls/(\d+)/update-branch", _PULL, _update),
    ("GET", "REPO/commits/([0-9a-f]+)/pulls", "pull_requests=read", _pulls_of),
    ("GET", "REPO/commits/([0-9a-f]+)/statuses", "statuses=read", _statuses),
    ("GET", "REPO/commits/([0-9a-f]+)/check-runs", "checks=read", _checks),
    ("GET", r"REPO/issues/(\d+)/comments", "pull_requests=read", _comments),
    ("POST", r"REPO/issues/(\d+)/comments", _ISSUE, _write_comment),
    ("PATCH", r"REPO/issues/comments/(\d+)", _ISSUE, _edit_comment),
    ("DELETE", r"REPO/issues/comments/(\d+)", _ISSUE, _delete_comment),
    ("GET", "REPO/rulesets", "metadata=read", _rulesets),
    ("POST", "REPO/rulesets", _ADMIN, _make_ruleset),
    ("GET", r"REPO/rulesets/(\d+)", "metadata=read", _ruleset),
    ("PUT", r"REPO/rulesets/(\d+)", _ADMIN, _ruleset),
    ("GET", "/apps/([a-z0-9-]+)", "", _app),
)
