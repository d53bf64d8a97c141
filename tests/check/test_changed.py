"""What a change adds to what was wrong before it counts, and nothing else."""

from __future__ import annotations

import shutil
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from generator.cache import Cache
from generator.check.changed import check_changed
from generator.check.compared import subtract
from generator.check.judge import check
from generator.check.setting import ServerContext, Setting
from generator.check.softened import softened
from generator.errors import UsageError
from generator.finding import Finding, Location, Severity
from generator.opa import Server
from generator.policies import Policies
from generator.report.folding import folded
from generator.report.verdict import Verdict
from tests.check.judging import make_setting, policies_with
from tests.check.repositories import FLEET, NET, GitRepository
from tests.policies.checking import policies, publish

Rules = list[tuple[str, str]]
STATEFUL_SET = "overlays/components/daemon/statefulset.yaml"
WRONG = "- {op: add, path: /spec/template/spec/hostNetwrk, value: true}\n"


def finding(message: str = "m", **changes: Any) -> Finding:
    made = Finding(rule="a/b", message=message, at=Location("a.yaml", 3, 1), remediation="Do.")
    return replace(made, **changes)


def told(findings: tuple[Finding, ...]) -> Rules:
    return sorted((f.rule, f.subject) for f in findings)


class TestSubtract:
    def test_what_was_there_does_not_count_wherever_it_stands_now(self) -> None:
        moved = finding(at=Location("a.yaml", 9, 2))
        verdict = subtract(Verdict(findings=(moved,)), Verdict(findings=(finding(),)))
        assert (verdict.findings, verdict.before) == ((), (moved,))

    @pytest.mark.parametrize(
        "other",
        [
            {"severity": Severity.NOTE},
            {"message": "n"},
            {"rule": "a/c"},
            {"subject": "s"},
            {"at": Location("b.yaml", 3, 1)},
        ],
    )
    def test_anything_else_is_new(self, other: dict[str, Any]) -> None:
        verdict = subtract(Verdict(findings=(finding(),)), Verdict(findings=(finding(**other),)))
        assert (verdict.findings, verdict.before) == ((finding(),), ())

    @pytest.mark.parametrize("severity", list(Severity))
    def test_what_weighs_less_than_before_or_as_much_is_not(self, severity: Severity) -> None:
        now = finding(severity=Severity.WARNING)
        verdict = subtract(
            Verdict(findings=(now,)), Verdict(findings=(finding(severity=severity),))
        )
        assert bool(verdict.before) is (severity is not Severity.NOTE)

    def test_what_is_there_twice_and_was_once(self) -> None:
        twice = (finding(), finding(at=Location("a.yaml", 5)))
        verdict = subtract(Verdict(findings=twice), Verdict(findings=(finding(),)))
        assert (len(verdict.findings), len(verdict.before)) == (1, 1)


@pytest.fixture
def git(tmp_path: Path) -> GitRepository:
    return GitRepository(tmp_path / "top")


class TestChange:
    @pytest.fixture(autouse=True)
    def _shared(self, judge_server: Server, judge_cache: Cache) -> None:
        self.server, self.cache = judge_server, judge_cache

    def setting(self, git: GitRepository, **changes: Any) -> Setting:
        return make_setting(git.root, self.server, cache=self.cache, **changes)

    def changed(self, git: GitRepository, revision: str = "HEAD", **changes: Any) -> Verdict:
        paths = changes.pop("paths", ())
        return check_changed(git.root, self.setting(git, **changes), revision, paths=paths)

    def test_nothing_changed(self, git: GitRepository) -> None:
        verdict = self.changed(git)
        assert verdict.findings == ()
        assert {f.rule for f in verdict.before} == {"images/pinned", "network/egress"}

    def test_what_a_change_adds_counts(self, git: GitRepository) -> None:
        git.edit("ttl: 72h", "ttl: 10000h")
        verdict = self.changed(git)
        assert [rule for rule, _ in told(verdict.findings)] == ["lifecycle/ttl"]
        assert verdict.before

    def test_one_that_moves_by_lines_is_the_same(self, git: GitRepository) -> None:
        git.edit("image: ", "# A comment\n# of two lines\nimage: ")
        verdict = self.changed(git)
        assert verdict.findings == ()
        assert any(f.at.line == 9 for f in verdict.before if f.at.path == NET)

    def test_a_second_daemon_with_the_same_fault_is_new(self, git: GitRepository) -> None:
        git.write(git.read(STATEFUL_SET) + WRONG, STATEFUL_SET)
        git.commit()
        assert self.changed(git).findings == ()
        git.edit("whale-1..whale-6", "whale-1..whale-7")
        git.edit('stake: "1000000"', 'stake: "900000"')
        verdict = self.changed(git)
        [new] = [f for f in verdict.findings if f.rule == "manifest/schema"]
        assert "whale-whale-7" in new.message
        assert new.at.path == STATEFUL_SET
        assert len([f for f in verdict.before if f.rule == "manifest/schema"]) == 12

    def test_one_daemon_fewer_is_nothing_new(self, git: GitRepository) -> None:
        git.write(git.read(STATEFUL_SET) + WRONG, STATEFUL_SET)
        git.commit()
        git.edit("whale-1..whale-6", "whale-1..whale-5")
        assert [f for f in self.changed(git).findings if f.rule == "manifest/schema"] == []

    def test_a_mistake_in_the_library_is_new_for_all(self, git: GitRepository) -> None:
        git.write(git.read(STATEFUL_SET) + WRONG, STATEFUL_SET)
        [new] = folded(self.changed(git)).findings
        assert new.message.endswith("and 11 more like this")

    def test_paths_choose_after_the_comparison(self, git: GitRepository) -> None:
        git.edit("ttl: 72h", "ttl: 10000h")
        assert self.changed(git, paths=[FLEET]).findings == ()
        assert {f.at.path for f in self.changed(git, paths=[FLEET]).before} == {FLEET}
        assert len(self.changed(git, paths=["environments"]).findings) == 1

    def test_a_root_below_the_top(self, tmp_path: Path) -> None:
        git = GitRepository(tmp_path / "other", "deploy")
        verdict = self.changed(git)
        assert (verdict.findings, bool(verdict.before)) == ((), True)

    def test_files_that_could_not_be_loaded_hide_nothing(self, git: GitRepository) -> None:
        git.edit("flavour: mina", "flavour: absent")
        git.commit()
        git.git("checkout", "--quiet", "HEAD~1", ".")
        verdict = self.changed(git, "main")
        assert any(f.at.path == NET for f in verdict.findings)
        assert not any(f.at.path == NET for f in verdict.before)

    def test_a_fleet_that_could_not_be_loaded_hides_nothing(self, git: GitRepository) -> None:
        git.edit("clusters:", "clutsers:", FLEET)
        git.commit()
        git.git("checkout", "--quiet", "HEAD~1", ".")
        verdict = self.changed(git, "main")
        assert (bool(verdict.findings), verdict.before) == (True, ())

    def test_a_base_without_a_library_hides_nothing(self, git: GitRepository) -> None:
        git.git("rm", "-r", "--quiet", "overlays")
        git.commit()
        git.git("checkout", "--quiet", "HEAD~1", ".")
        assert self.changed(git, "main").findings

    def test_a_base_that_does_not_build_hides_nothing(self, git: GitRepository) -> None:
        text = git.read(STATEFUL_SET)
        git.write(text + "- {op: remove, path: /absent}\n", STATEFUL_SET)
        git.commit()
        git.write(text, STATEFUL_SET)
        assert self.changed(git).findings

    def test_a_base_with_links_out_of_it_hides_nothing(self, git: GitRepository) -> None:
        (git.root / "environments/link").symlink_to("/etc")
        git.commit()
        (git.root / "environments/link").unlink()
        assert self.changed(git).findings

    def test_a_key_that_another_net_takes(self, git: GitRepository) -> None:
        """One net is published and does not change; the other takes what it has."""
        publish(git.root, git.root.parent / "tree")
        check(git.root, self.setting(git))  # remembers what the net takes
        second = git.read().replace("name: example", "name: second")
        second = second.replace("whale-1..whale-6", "whale-6..whale-9")
        second = second.replace("seed-1..seed-3", "seed-4").replace("snark-1,", "snark-3,")
        git.write(second.replace("snark-2,", "snark-4,"), "environments/testnets/second.yaml")
        verdict = self.changed(git)
        unique = [f for f in verdict.findings if f.rule == "keys/unique"]
        assert unique
        assert all("whale-6" in f.message for f in unique)
        full = check(git.root, self.setting(git))
        assert {f.message for f in unique} == {
            f.message for f in full.findings if f.rule == "keys/unique"
        }

    def test_what_is_no_revision(self, git: GitRepository) -> None:
        with pytest.raises(UsageError, match="no revision"):
            self.changed(git, "absent")

    def test_a_net_that_is_gone(self, git: GitRepository) -> None:
        shutil.copy(git.root / NET, git.root / "environments/testnets/keep.yaml")
        git.edit("name: example", "name: keep", "environments/testnets/keep.yaml")
        (git.root / NET).unlink()
        verdict = self.changed(git)
        assert {f.at.path for f in verdict.findings} <= {"environments/testnets/keep.yaml"}


class TestPolicies:
    @pytest.fixture(autouse=True)
    def _shared(self, judge_server: Server, judge_cache: Cache) -> None:
        self.server, self.cache = judge_server, judge_cache

    def changed(self, git: GitRepository, earlier: Policies, now: Policies) -> list[Finding]:
        def at(_: Path) -> tuple[Policies, ServerContext]:
            return earlier, lambda: nullcontext(self.server)

        setting = make_setting(git.root, self.server, cache=self.cache, policies=now, earlier=at)
        verdict = check_changed(git.root, setting, "HEAD")
        return [f for f in verdict.findings if f.rule.startswith("policies/")]

    def test_a_rule_that_is_no_more(self, git: GitRepository) -> None:
        rules = dict(policies().rules)
        extra = replace(rules["keys/unique"], id="keys/gone", doc="policies/keys/gone")
        earlier = policies_with(rules=rules | {"keys/gone": extra}, digest="other")
        # The server does not answer by rules that it does not have: what was is not judged.
        [found] = self.changed(git, earlier, policies())
        assert (found.rule, found.subject, found.severity) == (
            "policies/removed",
            "keys/gone",
            Severity.ERROR,
        )
        assert found.at == Location("policies/keys/gone/rule.rego")
        assert not found.waivable
        assert self.changed(git, policies(), policies()) == []


@pytest.mark.parametrize(
    ("levels", "changes", "said"),
    [
        ({}, {}, ""),
        ({"keys/mounted": "warning"}, {}, "its severity is warning, and was error"),
        ({}, {"severity": Severity.NOTE}, "its severity is note, and was error"),
        ({"keys/mounted": "error"}, {"severity": Severity.NOTE}, ""),
        ({}, {"waivable": False}, ""),
    ],
)
def test_a_rule_that_weighs_less(
    levels: dict[str, str], changes: dict[str, Any], said: str
) -> None:
    rules, name = dict(policies().rules), "keys/mounted"
    now = policies_with(
        rules=rules | {name: replace(rules[name], **changes)},
        settings={**policies().settings, "levels": levels},
    )
    found = [(f.rule, f.message, f.severity) for f in softened(policies(), now)]
    message = f'the rule "{name}" is softer than before: {said}'
    assert found == ([("policies/softened", message, Severity.WARNING)] if said else [])
    backwards = {f.message for f in softened(now, policies())}
    waived = f'the rule "{name}" is softer than before: it can be waived now'
    assert backwards == ({waived} if changes.get("waivable") is False else set())
