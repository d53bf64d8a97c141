"""`testnet github setup`: what it sets, reads back and compares."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.hub import Hub, HubError, rules
from generator.hub.rules import differences, lay
from tests.conftest import Program
from tests.github.answers import PERMISSIONS
from tests.github.desk import fleet
from tests.github.fake import TOKEN, FakeGitHub
from tests.repository import Repository, Run

OTHER = "https://github.com/o1-labs/published"
MAIN, HISTORY, PUBLISHER = (
    "testnet: main",
    "testnet: history of environments",
    "testnet: publisher of environments",
)


@pytest.fixture
def run(
    fake: FakeGitHub, repository: Repository, testnet: Program, monkeypatch: pytest.MonkeyPatch
) -> Program:
    """`testnet github setup` in a repository whose published tree is a branch of it."""
    repository.write("environments/fleet.yaml", fleet())
    for name, value in fake.environment.items():
        monkeypatch.setenv(name, value)

    def setup(*words: str) -> Run:
        done = testnet("github", "setup", *words)
        assert TOKEN not in done.out + done.err
        assert "Traceback" not in done.err
        return done

    return setup


def items(done: Run) -> dict[str, list[str]]:
    return {row["item"]: row["differences"] for row in json.loads(done.out)["items"]}


def written(fake: FakeGitHub) -> list[tuple[str, str]]:
    return [(method, path) for method, path, _ in fake.requests if method != "GET"]


def test_sets_everything_once(fake: FakeGitHub, run: Program) -> None:
    done = run("--app", "testnet-bot", "--output", "json")
    assert done.code == 0, done.err
    assert items(done) == {"settings": [], MAIN: [], HISTORY: [], PUBLISHER: []}
    by_name = {ruleset["name"]: ruleset for ruleset in fake.rulesets.values()}
    checks = next(r for r in by_name[MAIN]["rules"] if r["type"] == "required_status_checks")
    assert checks["parameters"] == {
        "required_status_checks": [{"context": "gate", "integration_id": 15368}],
        "strict_required_status_checks_policy": True,
        "do_not_enforce_on_create": False,
    }
    assert by_name[MAIN]["bypass_actors"] == by_name[HISTORY]["bypass_actors"] == []
    assert by_name[PUBLISHER]["bypass_actors"] == [
        {"actor_id": 4242, "actor_type": "Integration", "bypass_mode": "always"}
    ]
    assert {rule["type"] for rule in by_name[HISTORY]["rules"]} == {
        "deletion",
        "non_fast_forward",
        "required_linear_history",
    }
    assert fake.settings["allow_auto_merge"] is True
    assert fake.settings["squash_merge_commit_message"] == "COMMIT_MESSAGES"
    fake.requests.clear()
    again = run("--app", "testnet-bot")
    assert again.out.count("as it should be") == 4
    assert not written(fake)


def test_check_writes_nothing(fake: FakeGitHub, run: Program) -> None:
    done = run("--check", "--app", "testnet-bot")
    assert done.code == 1
    assert f"{MAIN}: differs\n  is not there" in done.out
    assert "allow_auto_merge is false, not true" in done.out
    assert not written(fake)
    run("--app", "testnet-bot")
    assert run("--check", "--app", "testnet-bot").code == 0


def disable(ruleset: dict[str, object]) -> None:
    ruleset["enforcement"] = "disabled"


def bypass(ruleset: dict[str, object]) -> None:
    ruleset["bypass_actors"] = [{"actor_id": 5, "actor_type": "RepositoryRole"}]


def hide(ruleset: dict[str, object]) -> None:
    del ruleset["bypass_actors"]


def exclude(ruleset: dict[str, object]) -> None:
    ruleset["conditions"] = {"ref_name": {"include": ["refs/heads/main"], "exclude": ["~ALL"]}}


def drop(ruleset: dict[str, object]) -> None:
    ruleset["rules"] = []


def any_app(ruleset: dict[str, object]) -> None:
    ruleset["rules"] = json.loads(json.dumps(ruleset["rules"]).replace("15368", "1"))


DRIFTS = {
    "disabled": (disable, 'enforcement is "disabled", not "active"'),
    "bypass": (bypass, "bypass_actors is [{"),
    "excluded": (exclude, 'conditions.ref_name.exclude is ["~ALL"], not []'),
    "no rules": (drop, "rules has no required_status_checks"),
    "any App": (any_app, "required_status_checks.gate.integration_id is 1, not 15368"),
}


@pytest.mark.parametrize("name", DRIFTS)
def test_drift_is_seen_and_mended(fake: FakeGitHub, run: Program, name: str) -> None:
    run()
    change, said = DRIFTS[name]
    ruleset = next(r for r in fake.rulesets.values() if r["name"] == MAIN)
    change(ruleset)
    done = run("--check")
    assert done.code == 1
    assert said in done.out
    assert run().code == 0
    assert run("--check").code == 0


def test_what_a_token_may_not_see_is_told_and_is_no_drift(fake: FakeGitHub, run: Program) -> None:
    run()
    hide(next(r for r in fake.rulesets.values() if r["name"] == MAIN))
    done = run("--check")
    assert (done.code, "bypass_actors: cannot be seen" in done.out) == (0, True)
    fake.requests.clear()
    assert run().code == 0
    assert written(fake)
    assert "cannot be seen" not in run("--check").out


def test_what_people_added_stays(fake: FakeGitHub, run: Program) -> None:
    run()
    ruleset = next(r for r in fake.rulesets.values() if r["name"] == MAIN)
    ruleset["rules"].append({"type": "required_signatures"})
    checks = next(r for r in ruleset["rules"] if r["type"] == "required_status_checks")
    checks["parameters"]["required_status_checks"].append({"context": "lint"})
    assert run("--check").code == 0
    ruleset["enforcement"] = "evaluate"
    assert run().code == 0
    now = json.dumps(next(r for r in fake.rulesets.values() if r["name"] == MAIN))
    assert "required_signatures" in now
    assert '"lint"' in now


def test_merge_queue(fake: FakeGitHub, run: Program) -> None:
    assert run("--merge-queue").code == 0
    rules_ = next(r for r in fake.rulesets.values() if r["name"] == MAIN)["rules"]
    queue = next(r for r in rules_ if r["type"] == "merge_queue")
    assert queue["parameters"]["grouping_strategy"] == "ALLGREEN"
    assert queue["parameters"]["merge_method"] == "MERGE"


def test_what_github_does_not_keep_is_told(fake: FakeGitHub, run: Program) -> None:
    fake.fail("PATCH", "repos", (200, {}, {}))
    done = run()
    assert done.code == 1
    assert "settings: differs" in done.out


def test_without_an_app_it_says_what_one_needs(fake: FakeGitHub, run: Program) -> None:
    done = run()
    assert PUBLISHER not in [ruleset["name"] for ruleset in fake.rulesets.values()]
    assert "pull_requests: write" in done.out
    assert "https://github.com/organizations/o1-labs/settings/apps/new?name=" in done.out
    manifest = json.loads(run("--output", "json").out)["app"]["manifest"]
    assert manifest["default_permissions"]["contents"] == "write"
    assert "workflows" not in manifest["default_permissions"]
    assert set(PERMISSIONS) - {"administration", "issues"} <= set(manifest["default_permissions"])


def test_an_app_by_its_id(fake: FakeGitHub, run: Program) -> None:
    assert run("--app", "99").code == 0
    assert "99" in json.dumps(list(fake.rulesets.values()))


def test_an_app_that_nobody_knows(run: Program) -> None:
    done = run("--app", "nobody")
    assert done.code == 3
    assert "(App nobody, HTTP 404)" in done.err


def test_published_tree_elsewhere(fake: FakeGitHub, run: Program, repository: Repository) -> None:
    text = fleet(f'environments: {{url: "{OTHER}", branch: environments}}')
    repository.write("environments/fleet.yaml", text)
    done = run("--check")
    assert done.code == 3
    assert "rulesets of o1-labs/published" in done.err
    asked = [path for _, path, _ in fake.requests if "published" in path]
    assert asked == ["/repos/o1-labs/published/rulesets?includes_parents=false&page=1&per_page=100"]


def test_published_tree_not_on_github(run: Program, repository: Repository) -> None:
    text = fleet('environments: {url: "ssh://git@192.0.2.1/x", branch: environments}')
    repository.write("environments/fleet.yaml", text)
    assert "its branch is not looked at" in run("--check").err


def test_a_token_that_may_not(fake: FakeGitHub, run: Program) -> None:
    fake.permissions.remove("administration")
    done = run()
    assert done.code == 3
    assert "it needs the permission administration: write" in done.err


def test_a_ruleset_that_was_made_all_the_same(fake: FakeGitHub, run: Program) -> None:
    fake.fail("POST", "rulesets", (502, {}, b""), after=True)
    assert run().code == 0
    assert len(fake.rulesets) == 2


@pytest.mark.parametrize(
    ("path", "answer"),
    [("rulesets", [1]), ("rulesets/7", []), ("apps", {}), ("repos/[^/]+/[^/]+$", [])],
)
def test_odd_answers(fake: FakeGitHub, hub: Hub, path: str, answer: object) -> None:
    fake.rulesets[7] = {"id": 7, "name": MAIN}
    fake.fail("GET", path, (200, {}, answer))
    with pytest.raises(HubError, match="something else"):
        look_at_all(hub)


def look_at_all(hub: Hub) -> None:
    rules.look_at_settings(hub.api, hub.name)
    wanted = rules.main_ruleset("main", rules.read_actions(hub.api), queue=False)
    rules.look_at_rulesets(hub.api, hub.name, [wanted])


LEAVES = st.booleans() | st.integers() | st.text(max_size=3)
PARAMETERS = st.dictionaries(st.sampled_from("xy"), LEAVES)
RULES = st.lists(
    st.fixed_dictionaries(
        {
            "type": st.sampled_from("abc"),
            "parameters": st.dictionaries(st.sampled_from("xy"), LEAVES),
        }
    ),
    max_size=3,
    unique_by=lambda rule: str(rule["type"]),
)
RULESETS = st.fixed_dictionaries(
    {
        "rules": RULES,
        "bypass_actors": st.lists(LEAVES, max_size=2),
        "conditions": st.fixed_dictionaries({"exclude": st.lists(LEAVES, max_size=2)}),
    }
)


@given(RULESETS, RULESETS)
def test_what_is_laid_over_is_as_wanted(there: object, wanted: object) -> None:
    laid = lay(there, wanted)
    assert not list(differences(laid, wanted))
    assert lay(laid, wanted) == laid
    if not list(differences(there, wanted)):
        assert laid == there
