"""The comment on a pull request: one text, whatever its size, from one review."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from generator.claims import Conflict
from generator.report.wording import counted
from generator.review.escape import code, prose
from generator.review.fitting import (
    Block,
    Weight,
    always,
    fit,
    left_out_text,
    optional,
)
from generator.review.model import ChangeOf, Judgement, Review
from generator.review.sections import finding_blocks, known_block, net_blocks

# GitHub takes so many characters; what is counted here is bytes, which are never fewer. Whoever
# posts it has room for marks of its own.
MAX_COMMENT = 65_536
ROOM = 2_048
# Of the summary of a step: one that is larger is not shown at all.
MAX_SUMMARY = 2**20 - 2**14
_SHORT = 12
_NOTE = 1_000  # what the sentence about what is left out may take
_URL = re.compile(r"https?://[A-Za-z0-9.-]+(:[0-9]+)?(/[A-Za-z0-9._~/?=&%#-]*)?")
_WORDS = {
    Judgement.PASS: "✅",
    Judgement.FAIL: "❌",
    Judgement.UNREADABLE: "❌",
}


def render_comment(
    review: Review,
    *,
    conflicts: Sequence[Conflict] = (),
    rollout: str = "",
    report_url: str = "",
    limit: int = MAX_COMMENT - ROOM,
) -> str:
    """Return a review as GitHub's Markdown, of at most `limit` bytes.

    `rollout` is Markdown already, of whoever watches the merged change; `report_url` is where
    the whole report is. What there is no room for goes in steps: the largest diffs, pictures,
    what is known, details of nets, and in the end all but the verdict and the counts. It is
    always told what was left out.
    """
    blocks = list(_blocks(review, conflicts, rollout, report_url))
    whole = fit(blocks, limit)
    if not whole.left_out and not review.omitted:
        return "".join(whole.texts)
    fitted = fit(blocks, limit - _NOTE)
    missing = [left_out_text(fitted.left_out)] if fitted.left_out else []
    missing += [f"{entry.count} {prose(entry.what)}" for entry in review.omitted]
    text = "".join(fitted.texts) + _note(missing, report_url)
    return text.encode(errors="replace")[: max(limit, 0)].decode(errors="ignore")


def _note(missing: Sequence[str], report_url: str) -> str:
    """Return what is said of what is not there, in no more than the room that is kept for it."""
    where = f" See the {_report(report_url)}." if report_url else " See the files of the report."
    text = f"\nLeft out here: {'; '.join(missing)}.{where}\n"
    if len(text.encode(errors="replace")) <= _NOTE:
        return text
    return f"\nLeft out here: {counted(len(missing), 'kind')}.{where}\n"[:_NOTE]


def _report(url: str) -> str:
    return f"[report]({url})" if _is_url(url) else f"report at {code(url)}"


def _is_url(url: str) -> bool:
    return len(url) <= _NOTE // 2 and _URL.fullmatch(url) is not None


def _blocks(
    review: Review, conflicts: Sequence[Conflict], rollout: str, report_url: str
) -> Iterator[Block]:
    yield always(_head(review, report_url))
    yield from _conflicts(conflicts)
    if rollout:
        yield optional(f"\n{rollout.strip()}\n", Weight.CONFLICT, "rollout table")
    yield from finding_blocks(review.findings)
    if len(review.nets) > 1:
        yield always("\n### Nets\n")
    for net in review.nets:
        yield from net_blocks(net, alone=len(review.nets) == 1)
    yield from known_block(review.known, review.counts.known)


def _head(review: Review, report_url: str) -> str:
    lines = [
        f"## {_WORDS[review.verdict]} {verdict_text(review)}",
        "",
        f"{'; '.join(_counts(review))}.",
    ]
    if _is_url(report_url):
        lines.append(f"The whole [report]({report_url}).")
    return "\n".join(lines) + "\n"


def verdict_text(review: Review) -> str:
    """Return the verdict with the counts of what the change adds."""
    counts = review.counts
    parts = (
        (counts.errors, "error"),
        (counts.warnings, "warning"),
        (counts.notes, "note"),
    )
    found = ", ".join(counted(count, what) for count, what in parts if count)
    if review.verdict is Judgement.UNREADABLE:
        return f"testnet review: cannot be read, {found or 'for no known reason'}"
    return f"testnet review: {found or 'nothing wrong'}"


def _counts(review: Review) -> Iterator[str]:
    changes = [net.change for net in review.nets]
    nets = [f"{changes.count(kind)} {kind}" for kind in ChangeOf if kind in changes]
    yield f"nets: {', '.join(nets) or 'none'}"
    if review.counts.known:
        yield f"{counted(review.counts.known, 'finding')} from before, not counted"
    restarts = sum(len(net.restarts) for net in review.nets)
    handovers = sum(len(net.handovers) for net in review.nets)
    yield f"{counted(restarts, 'restart')}, {counted(handovers, 'key hand-over')}"
    head = code(review.head[:_SHORT]) if review.head else "the working tree"
    yield f"{head} against {code(review.base[:_SHORT])}"


def _conflicts(conflicts: Sequence[Conflict]) -> Iterator[Block]:
    if not conflicts:
        return
    yield always(f"\n### ⛔ {counted(len(conflicts), 'conflict')} with other changes\n\n")
    for conflict in conflicts:
        # Their numbers are GitHub's own, and meant to be links.
        numbers = ", ".join(f"#{int(number)}" for number in conflict.pulls if number)
        with_whom = f"with {numbers}: " if numbers else ""
        yield optional(f"- {with_whom}{_told(conflict.text)}\n", Weight.CONFLICT, "conflict")


def _told(text: str) -> str:
    """Return a sentence that begins after a mark, so that nothing of it makes a list."""
    return f"it is that {prose(text)}" if not text[:1].isalpha() else prose(text)
