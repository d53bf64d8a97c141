"""For any edits, what --changed-since counts is what a full check finds now and did not before."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.check.changed import check_changed
from generator.check.judge import check, judge
from generator.check.setting import Setting, read_published
from generator.errors import GeneratorError, InvalidInput
from generator.finding import Finding, Severity
from generator.opa import Server
from generator.report.verdict import Verdict, fingerprints
from tests.check.judging import Joining, make_setting
from tests.check.repositories import NET, GitRepository
from tests.policies.checking import publish

SECOND = "environments/testnets/second.yaml"
WAIVER = """\
waivers:
  - rule: lifecycle/ttl
    subject: second
    reason: Because it is so.
    owner: protocol
    expires: 2026-12-09
"""
# Each may be made or not, before the change and after it, in any combination.
EDITS = {
    "lines": (NET, "image: ", "# One line\n# and one more\nimage: "),
    "ttl": (NET, "ttl: 72h", "ttl: 9000h"),
    "producers": (NET, "whale-1..whale-6", "whale-1..whale-5"),
    "regions": (NET, "region: us-west-2", "region: eu-central-1"),
    "stake": (NET, 'stake: "1000000"', 'stake: "0"'),
    "fee": (NET, 'fee: "0.001"', 'fee: "900"'),
    "same key": (SECOND, "whale-7..whale-9", "whale-6..whale-8"),
    "same peer": (SECOND, "seed-4", "seed-3"),
    "latest": (SECOND, ":3.0.3-bullseye-devnet", ":latest"),
    "owner": (SECOND, "owner: protocol", "owner: others"),
    "waiver": (
        SECOND,
        "ttl: 72h\n",
        "ttl: 72h\n" + WAIVER,
    ),
    "limits": ("environments/fleet.yaml", "load_balancers: ", "load_balancers: 0 # "),
}
CHOICES = st.sets(st.sampled_from(sorted(EDITS)), max_size=3)


@pytest.fixture(scope="module")
def git() -> Iterator[GitRepository]:
    with TemporaryDirectory() as directory:
        made = GitRepository(Path(directory) / "top")
        text = made.read().replace("name: example", "name: second")
        for old, new in (
            ("whale-1..whale-6", "whale-7..whale-9"),
            ("seed-1..seed-3", "seed-4"),
            ("snark-1,", "snark-3,"),
            ("snark-2,", "snark-4,"),
        ):
            text = text.replace(old, new)
        made.write(text, SECOND)
        made.commit()
        publish(made.root, made.root.parent / "tree")
        yield made


def write(git: GitRepository, edits: set[str]) -> None:
    git.git("checkout", "--quiet", "main", "--", ".")
    for name in sorted(edits):
        path, old, new = EDITS[name]
        git.edit(old, new, path)


def ranks(findings: tuple[Finding, ...]) -> dict[str, int]:
    """Return how much each finding weighs, by its fingerprint."""
    return dict(zip(fingerprints(findings), (f.severity.rank for f in findings), strict=True))


def full(root: Path, setting: Setting) -> Verdict:
    """Return the verdict on everything, which the check keeps for that of a change."""
    try:
        return check(root, setting)
    except GeneratorError:
        return Verdict(findings=())


@settings(max_examples=8)
@given(earlier=CHOICES, later=CHOICES, published=st.booleans())
def test_new_is_now_without_before(
    git: GitRepository,
    judge_server: Server,
    earlier: set[str],
    later: set[str],
    published: bool,  # noqa: FBT001 - drawn
) -> None:
    tree = git.root.parent / ("tree" if published else "none")
    setting = make_setting(git.root, judge_server, tree=tree, kustomize=Joining())
    write(git, earlier)
    before = ranks(full(git.root, setting).findings)
    git.git("checkout", "--quiet", "--detach")
    revision = git.commit()
    git.git("checkout", "--quiet", "main")
    write(git, later)
    try:
        now = judge(git.root, setting, read_published(git.root, setting.tree))
    except InvalidInput:
        with pytest.raises(InvalidInput):
            check_changed(git.root, setting, revision)
        return
    changed = check_changed(git.root, setting, revision)
    old: list[Finding] = []
    new: list[Finding] = []
    for name, finding in zip(fingerprints(now.findings), now.findings, strict=True):
        was = before.get(name, len(Severity))
        (old if was <= finding.severity.rank else new).append(finding)
    assert told(changed.findings) == told(new)
    if published:
        # Of nets that a change cannot affect, nothing is told.
        assert told(changed.before).keys() <= told(old).keys()
    else:
        assert told(changed.before) == told(old)


# Told once for all nets, at the first that is judged: with fewer nets that is another.
SHARED = {"flux/permissions", "flux/platform", "flux/rights"}


def told(findings: object) -> Counter[tuple[str, str, str]]:
    assert isinstance(findings, (list, tuple))
    own = (f for f in findings if f.rule not in SHARED)
    return Counter((f.rule, str(f.at), f.message) for f in own)


def test_every_edit_changes_something(git: GitRepository) -> None:
    write(git, set())
    shutil.rmtree(git.root.parent / "none", ignore_errors=True)
    for path, old, new in EDITS.values():
        text = git.read(path)
        assert text.replace(old, new) != text
