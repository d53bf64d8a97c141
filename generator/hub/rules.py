"""The rules of a repository on GitHub: what is wanted, what is there, and how they differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from generator.hub.api import Api, HubError, Json, plain, segment, unexpected
from generator.hub.merging import ACTIONS, GATE

# What is left out of these would open a way around a rule: they have to be equal.
_EXACT = {"exclude", "bypass_actors"}
# What tells entries of a list apart.
_NAMES = ("type", "context")
_NOT_FOUND = 404

QUEUE = {
    "check_response_timeout_minutes": 60,
    "grouping_strategy": "ALLGREEN",
    "max_entries_to_build": 5,
    "max_entries_to_merge": 5,
    "merge_method": "SQUASH",
    "min_entries_to_merge": 1,
    "min_entries_to_merge_wait_minutes": 0,
}
# A squashed commit says what the commits said, which were read: never what stands in the
# description, where anybody could let a net go until the last moment.
SETTINGS: Mapping[str, Json] = {
    "allow_auto_merge": True,
    "delete_branch_on_merge": True,
    "squash_merge_commit_message": "COMMIT_MESSAGES",
    "squash_merge_commit_title": "COMMIT_OR_PR_TITLE",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A ruleset or the settings of a repository: how it differs from what is wanted."""

    name: str
    wanted: Mapping[str, Json]
    differences: tuple[str, ...]
    id: int = 0  # of the ruleset; 0 for none
    there: Mapping[str, Json]
    written: bool = False
    hidden: tuple[str, ...] = ()  # what GitHub does not show to this token


def main_ruleset(branch: str, actions: int, *, queue: bool, method: str = "squash") -> Json:
    """Return the rules of the branch that people write to through pull requests.

    `actions` is the id of GitHub Actions: no other App can post the required check.
    """
    review = {
        "dismiss_stale_reviews_on_push": True,
        "require_code_owner_review": True,
        "require_last_push_approval": False,
        "required_approving_review_count": 0,
        "required_review_thread_resolution": False,
    }
    checks = {
        "required_status_checks": [{"context": GATE, "integration_id": actions}],
        # The queue tests what it merges as it will be merged.
        "strict_required_status_checks_policy": not queue,
        "do_not_enforce_on_create": False,
    }
    rules = [
        {"type": "deletion"},
        {"type": "non_fast_forward"},
        {"type": "pull_request", "parameters": review},
        {"type": "required_status_checks", "parameters": checks},
    ]
    if queue:
        parameters = QUEUE | {"merge_method": method.upper()}
        rules.append({"type": "merge_queue", "parameters": parameters})
    return _ruleset(f"testnet: {branch}", branch, rules, [])


def history_ruleset(branch: str) -> Json:
    """Return the rules of the published branch that hold for everybody: nothing is rewritten."""
    rules = [
        {"type": "deletion"},
        {"type": "non_fast_forward"},
        {"type": "required_linear_history"},
    ]
    return _ruleset(f"testnet: history of {branch}", branch, rules, [])


def publisher_ruleset(branch: str, app: int) -> Json:
    """Return the rule that only the App `app` writes to the published branch."""
    actor = {"actor_id": app, "actor_type": "Integration", "bypass_mode": "always"}
    rules = [{"type": "creation"}, {"type": "update"}]
    return _ruleset(f"testnet: publisher of {branch}", branch, rules, [actor])


def _ruleset(name: str, branch: str, rules: Sequence[Json], actors: Sequence[Json]) -> Json:
    return {
        "name": name,
        "target": "branch",
        "enforcement": "active",
        "bypass_actors": list(actors),
        "conditions": {"ref_name": {"include": [f"refs/heads/{branch}"], "exclude": []}},
        "rules": list(rules),
    }


def read_app(api: Api, slug: str) -> int:
    """Return the id of an App by the name in its address.

    Raises:
        HubError: where there is none, or it is not public.
    """
    what = f"App {slug}"
    content = api.get(f"/apps/{segment(slug)}", what)
    if not isinstance(content, dict) or type(content.get("id")) is not int:
        raise unexpected(what)
    return int(content["id"])


def read_actions(api: Api) -> int:
    """Return the id of GitHub Actions on this GitHub."""
    return read_app(api, ACTIONS)


def look_at_rulesets(api: Api, name: str, wanted: Sequence[Json]) -> tuple[Item, ...]:
    """Compare the rulesets of a repository with those that are wanted, by name."""
    path, what = f"/repos/{name}/rulesets", f"rulesets of {name}"
    there = {}
    for entry in api.pages(path, what, includes_parents="false"):
        if not isinstance(entry, dict) or type(entry.get("id")) is not int:
            raise unexpected(what)
        there[entry.get("name")] = entry["id"]
    items = []
    for want in wanted:
        number = there.get(want["name"], 0)
        content = api.get(f"{path}/{number}", what) if number else {}
        if not isinstance(content, dict):
            raise unexpected(what)
        hidden = tuple(key for key in want if number and key in _EXACT and key not in content)
        shown = {key: value for key, value in want.items() if key not in hidden}
        found = tuple(differences(content, shown)) if number else ("is not there",)
        items.append(
            Item(
                name=want["name"],
                wanted=want,
                differences=found,
                id=number,
                there=content,
                hidden=hidden,
            )
        )
    return tuple(items)


def look_at_settings(api: Api, name: str, wanted: Mapping[str, Json] = SETTINGS) -> Item:
    """Compare the settings of a repository with those that are wanted."""
    what = f"repository {name}"
    content = api.get(f"/repos/{name}", what)
    if not isinstance(content, dict):
        raise unexpected(what)
    there = {key: content.get(key) for key in wanted}
    found = tuple(differences(there, wanted))
    return Item(name="settings", wanted=wanted, differences=found, there=there)


def write_ruleset(api: Api, name: str, item: Item) -> None:
    """Make a ruleset as it is wanted; what else somebody added to it stays."""
    path, what = f"/repos/{name}/rulesets", f"rulesets of {name}"
    if item.id:
        body = {key: lay(item.there.get(key), value, key) for key, value in item.wanted.items()}
        api.send("PUT", f"{path}/{item.id}", what, body)
        return
    try:
        api.send("POST", path, what, item.wanted)
    except HubError as error:
        # It may be there all the same: reading back shows.
        if not error.uncertain:
            raise


def write_settings(api: Api, name: str, item: Item) -> None:
    """Set the settings of a repository."""
    api.send("PATCH", f"/repos/{name}", f"settings of {name}", item.wanted)


def differences(there: Json, wanted: Json, at: str = "") -> Iterator[str]:
    """Yield in what way something is not as it is wanted; what is there beside that is fine."""
    key = at.rpartition(".")[2]
    if key in _EXACT and plain(there) != plain(wanted):
        yield f"{at} is {plain(there)}, not {plain(wanted)}"
    elif key in _EXACT:
        return
    elif isinstance(wanted, dict) and isinstance(there, dict):
        for name, value in wanted.items():
            yield from differences(there.get(name), value, f"{at}.{name}".lstrip("."))
    elif isinstance(wanted, list) and isinstance(there, list):
        for value in wanted:
            name = _name(value)
            match = _find(there, value)
            if match is None:
                yield f"{at} has no {name}"
            else:
                yield from differences(match, value, f"{at}.{name}")
    elif plain(there) != plain(wanted):
        yield f"{at} is {plain(there)}, not {plain(wanted)}"


def lay(there: Json, wanted: Json, key: str = "") -> Json:
    """Return what is there with all that is wanted laid over it."""
    if key in _EXACT:
        return wanted
    if isinstance(wanted, dict) and isinstance(there, dict):
        laid = {name: lay(there.get(name), value, name) for name, value in wanted.items()}
        return {**there, **laid}
    if isinstance(wanted, list) and isinstance(there, list):
        matches = [_find(there, value) for value in wanted]
        laid_list = [
            value if match is None else lay(match, value)
            for value, match in zip(wanted, matches, strict=True)
        ]
        return laid_list + [entry for entry in there if entry not in matches]
    return wanted


def _name(value: Json) -> str:
    if isinstance(value, dict):
        return next((str(value[name]) for name in _NAMES if name in value), plain(value))
    return str(value)


def _find(entries: Sequence[Json], value: Json) -> Json:
    return next((entry for entry in entries if _name(entry) == _name(value)), None)
