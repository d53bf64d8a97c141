"""A verdict held against an earlier one; what neither state could read is left out of both."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from generator.check.judge import judge
from generator.check.scope import Scope
from generator.check.setting import Published, Setting
from generator.check.unread import find_unread
from generator.errors import InvalidInput
from generator.finding import Finding
from generator.report.verdict import Verdict, fingerprints


def judge_before(
    root: Path, setting: Setting, published: Published, scope: Scope | None
) -> Verdict:
    """Judge an earlier state, without the testnet files that cannot be read where there are some.

    Raises:
        As `judge`, when that is not all that cannot be read.
    """
    try:
        return judge(root, setting, published, scope=scope)
    except InvalidInput:
        unread = find_unread(root)
        if not unread.findings:
            raise
        return judge(root, setting, published, scope=scope, unread=unread)


def judge_since(  # noqa: PLR0913 - what is judged, and what was
    root: Path,
    setting: Setting,
    published: Published,
    before: Verdict,
    earlier: Callable[[str], bytes | None],
    *,
    extra: Sequence[Path] = (),
    scope: Scope | None = None,
) -> Verdict:
    """Judge, without the testnet files that could not be read before either.

    One that has been touched has to be readable: nothing of it would be judged. `earlier` gives
    what a file held, by its path below the root.

    Raises:
        InvalidInput: with what is new of what is wrong, and all of it in files that were touched.
        Otherwise as `judge`.
    """
    try:
        return judge(root, setting, published, extra=extra, scope=scope)
    except InvalidInput as error:
        unread = find_unread(root)
        touched = {path for path, text in unread.texts.items() if earlier(path) != text}
        fresh = set(subtract(Verdict(findings=error.findings), before).findings)
        count = [f for f in error.findings if f in fresh or f.at.path in touched]
        if not unread.findings or not set(unread.findings).isdisjoint(count):
            raise InvalidInput(tuple(count) or error.findings, root) from error
        return judge(root, setting, published, extra=extra, scope=scope, unread=unread)


def subtract(verdict: Verdict, before: Verdict) -> Verdict:
    """Return a verdict in which only what was not found before counts.

    Findings are the same when they say the same about the same thing, wherever it stands now;
    one that weighs more than before is new.
    """
    known = dict(zip(fingerprints(before.findings), before.findings, strict=True))
    fresh: list[Finding] = []
    same: list[Finding] = []
    for name, finding in zip(fingerprints(verdict.findings), verdict.findings, strict=True):
        old = known.get(name)
        weighs_more = old is None or finding.severity.rank < old.severity.rank
        (fresh if weighs_more else same).append(finding)
    return replace(verdict, findings=tuple(fresh), before=tuple(same))
