"""The comment: what it says, that nothing in it becomes markup, and that it always fits."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.claims import Conflict, Kind
from generator.review.comment import MAX_COMMENT, ROOM, render_comment, verdict_text
from generator.review.model import (
    ChangeOf,
    Counts,
    Delta,
    Judgement,
    ManifestDiff,
    NetReview,
    Omitted,
    Removal,
    Review,
)
from tests.review.markdown import read
from tests.review.samples import ERROR, NET, NOTE, REVIEW
from tests.review.strategies import reviews, texts

GOLDEN = Path(__file__).parent / "golden"
URL = "https://github.com/o/r/actions/runs/1/artifacts/2"
TAGS = {
    *(
        "h2",
        "h3",
        "h4",
        "p",
        "ul",
        "li",
        "code",
        "pre",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
    ),
    *("strong", "details", "summary", "br"),
}
CONFLICT = Conflict(
    kind=Kind.KEY,
    subject="qa-004",
    pulls=(41,),
    nets=("pickles-qa", "smoke"),
    text="this and #41 cannot both merge: key qa-004: of pickles-qa/whale and of smoke/whale",
)
EMPTY = Review(
    head="c" * 40,
    base="d" * 40,
    verdict=Judgement.PASS,
    counts=Counts(errors=0, warnings=0, notes=0, known=0),
)
PUBLIC = replace(
    NET,
    name="open",
    change=ChangeOf.ADDED,
    owner_before="",
    purpose="public",
    purpose_before="",
    expires="",
    regions=tuple(
        replace(region, daemons=Delta(before=0, after=region.daemons.after))
        for region in NET.regions
    ),
    restarts=(),
    moves=(),
    handovers=(),
    removals=None,
    join="# Join open\n\n```sh\nmina daemon\n```\n\npeers.txt:\n/dns4/a.example.org/tcp/10000\n",
)
GONE = replace(
    NET,
    name="old",
    change=ChangeOf.REMOVED,
    protected=True,
    chain="",
    restarts=(),
    moves=(),
    removals=Removal(
        namespaces=("america", "europe"),
        daemons=("fish-1", "fish-2"),
        volumes=9,
        needs_grant=True,
        granted="",
    ),
    topology=(),
    manifests=(),
)
RESTARTED = replace(
    PUBLIC,
    name="fresh",
    change=ChangeOf.CHANGED,
    purpose_before="qa",
    chain="the genesis generation goes from 1 to 2: every daemon begins a new chain",
)
EXAMPLES = {
    "changed": (REVIEW, {"report_url": URL}),
    "several": (
        replace(
            REVIEW,
            findings=(),
            counts=Counts(errors=0, warnings=0, notes=0, known=0),
            known=(),
            verdict=Judgement.PASS,
            head="",
            nets=(GONE, RESTARTED),
        ),
        {"conflicts": (CONFLICT,), "rollout": "| cluster | phase |\n| --- | --- |\n| west | up |"},
    ),
    "unreadable": (
        replace(
            EMPTY,
            verdict=Judgement.UNREADABLE,
            counts=Counts(errors=1, warnings=0, notes=0, known=0),
            findings=(ERROR,),
        ),
        {},
    ),
    "added": (replace(EMPTY, nets=(PUBLIC,)), {}),
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_it_reads_as_agreed(name: str, pytestconfig: pytest.Config) -> None:
    review, arguments = EXAMPLES[name]
    text = render_comment(review, **arguments)  # type: ignore[arg-type] # each example has its own
    path = GOLDEN / f"{name}.md"
    if pytestconfig.getoption("--update-golden"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")
    assert text == path.read_text("utf-8")


@given(reviews)
@settings(max_examples=40)
def test_nothing_in_it_becomes_markup(review: Review) -> None:
    page = read(render_comment(review))
    assert page.tags.keys() <= TAGS
    assert page.references == set()
    assert page.comments == []
    folds = sum(len(net.manifests) + bool(net.topology) + bool(net.join) for net in review.nets)
    assert page.tags.get("details", 0) == folds + bool(review.counts.known)
    assert page.tags["h2"] == 1


@given(reviews, st.integers(1_200, 20_000))
@settings(max_examples=40)
def test_it_fits_and_says_what_is_left_out(review: Review, limit: int) -> None:
    whole = render_comment(review, limit=10**7)
    text = render_comment(review, limit=limit)
    assert len(text) <= len(text.encode()) <= limit
    assert verdict_text(review) in text
    page = read(text)
    assert page.tags.keys() <= TAGS
    assert page.references == set()
    if len(text) < len(whole):
        assert "Left out here" in text


@given(texts, texts)
def test_nor_do_conflicts_and_addresses(text: str, url: str) -> None:
    conflict = replace(CONFLICT, text=text)
    page = read(render_comment(EMPTY, conflicts=[conflict], report_url=url))
    assert page.tags.keys() <= TAGS | {"a"}
    # The number of the other pull request is a link, and nothing else is.
    assert page.references <= {"number"}
    assert page.tags.get("a", 0) == 0 or url.startswith("http")


@pytest.mark.parametrize("limit", [0, 1, 50, 300])
def test_no_limit_is_too_small(limit: int) -> None:
    text = render_comment(REVIEW, limit=limit)
    assert len(text.encode()) <= limit
    assert "## ❌ testnet review: 1 error".startswith(text) or text.startswith(
        "## ❌ testnet review"
    )


def diff(cluster: str, lines: int) -> ManifestDiff:
    return ManifestDiff(cluster=cluster, text="+line\n" * lines, added=lines, removed=0)


class TestSteps:
    """What goes first, with ever less room."""

    def text(self, limit: int, *nets: NetReview) -> str:
        return render_comment(
            replace(REVIEW, nets=nets or (self.net,), known=(NOTE,)), limit=limit, report_url=URL
        )

    @property
    def net(self) -> NetReview:
        return replace(NET, manifests=(diff("west", 100), diff("east", 3000), diff("north", 200)))

    def test_all_of_it_fits(self) -> None:
        text = self.text(60_000)
        assert text.count("```diff") == 3
        assert "Left out" not in text

    def test_the_largest_diff_goes_first_and_its_lines_stay_counted(self) -> None:
        text = self.text(12_000)
        assert text.count("```diff") == 2
        assert "on <code>east</code>: +3000" in text
        assert "Left out here: 1 manifest diff. See the [report](" in text

    def test_then_pictures(self) -> None:
        text = self.text(3_300)
        assert "mermaid" not in text
        assert "3 manifest diffs, 1 picture" in text
        assert "whale-qa-001" in text
        assert "images/pinned" in text

    def test_then_what_is_known_and_the_details(self) -> None:
        text = self.text(2_500)
        assert "images/pinned" not in text
        assert "1 finding from before this change" in text
        assert "whale-qa-001`" not in text
        assert "keys/unique" in text
        assert "8 → 9 daemons" in text

    def test_then_findings_and_in_the_end_nets(self) -> None:
        many = [replace(NET, name=f"net{number}", manifests=()) for number in range(100)]
        text = self.text(3_000, *many)
        assert "keys/unique" not in text
        assert "net0`" in text
        assert "net99`" not in text
        assert "nets: 100 changed" in text

    def test_by_default_there_is_room_for_marks(self) -> None:
        net = replace(NET, manifests=tuple(diff(f"c{number}", 2000) for number in range(20)))
        text = render_comment(replace(REVIEW, nets=(net,)))
        assert len(text.encode()) <= MAX_COMMENT - ROOM
        assert text.count("```diff") >= 4


def test_what_the_review_itself_leaves_out_is_told() -> None:
    text = render_comment(replace(EMPTY, omitted=(Omitted(what="findings", count=12),)))
    assert "Left out here: 12 findings. See the files of the report." in text


def test_a_long_list_of_what_is_left_out_is_counted() -> None:
    omitted = tuple(Omitted(what="x" * 150, count=1) for _ in range(20))
    text = render_comment(replace(EMPTY, omitted=omitted), limit=1500)
    assert "Left out here: 20 kinds." in text


@pytest.mark.parametrize("url", ["javascript:alert(1)", "https://a b", "http://a/)[x](http://b"])
def test_what_is_no_address_is_no_link(url: str) -> None:
    text = render_comment(replace(EMPTY, omitted=(Omitted(what="x", count=1),)), report_url=url)
    assert "a" not in read(text).tags


def test_a_net_that_cannot_be_planned() -> None:
    bare = replace(
        NET, purpose="", regions=(), restarts=(), moves=(), handovers=(), images=(), removals=None
    )
    text = render_comment(replace(EMPTY, nets=(bare,)))
    assert "It cannot be planned as it is" in text
    assert "nothing restarts" not in text


def test_many_of_a_kind_are_counted() -> None:
    net = replace(NET, moves=NET.moves * 7, handovers=NET.handovers * 8)
    text = render_comment(replace(EMPTY, nets=(net,)))
    assert "2 more daemons move" in text
    assert "3 more keys are handed over" in text


def test_a_granted_removal_and_a_lost_protection() -> None:
    removal = Removal(namespaces=(), daemons=(), volumes=0, needs_grant=True, granted="abc123")
    text = render_comment(replace(EMPTY, nets=(replace(NET, removals=removal),)))
    assert "**goes for good**: its protection" in text
    assert "allowed by `abc123`" in text


def test_a_hand_over_that_waits_for_nothing_and_goes_free() -> None:
    key = replace(NET.handovers[0], after="", waits_for="")
    text = render_comment(replace(EMPTY, nets=(replace(NET, handovers=(key,)),)))
    assert "leaves `europe/pickles-qa/fish-qa-101` and goes free\n" in text
