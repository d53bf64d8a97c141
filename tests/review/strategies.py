"""Reviews of any content, as Hypothesis makes them, and texts that mean harm."""

from __future__ import annotations

from hypothesis import strategies as st

from generator.claims import Claim, Kind
from generator.finding import Finding, Location, Related, Severity
from generator.plan import Role
from generator.review.model import (
    ChangeOf,
    Commit,
    Counts,
    Delta,
    HandOver,
    ImageChange,
    Judgement,
    ManifestDiff,
    Move,
    NetReview,
    Omitted,
    RegionReview,
    Removal,
    Restart,
    Review,
    TopologyCluster,
    TopologyGroup,
)

HOSTILE = (
    *(
        "@octocat",
        "@org/team",
        "a@example.org",
        "#41",
        "GH-41",
        "owner/repo#41",
        "octocat@deadbeef",
    ),
    *("deadbeefcafe", "https://evil.example", "www.evil.example", "javascript:alert(1)"),
    *("[x](https://evil.example)", "![x](https://evil.example/x.png)", "[a]: https://e.example"),
    *("<img src=x onerror=alert(1)>", "<script>", "</details>", "<!-- testnet -->", "-->", "<a b>"),
    *("`", "``", "```", "````", "~~~", "```mermaid", "|", "\\|", "\\", "\\`", "&lt;", "&#64;x"),
    *("*a*", "_a_", "**", "~~a~~", "$x$", "$`x`$", ":smile:", "[x]", "[ ]", "[^1]", "\n", "\n\n"),
    *("\n# h", "\n- l", "\n1. l", "\n> q", "\n---", "\n    code", "\r", "\t", "\x00", "\x1b[31m"),
    *("\u202e", "\u2066", "\u200b", "\ufeff", "\u2028", "\ud800", "\u05d0\u05d1", "a\u0300\u0301"),
    *("%%{init: {}}%%", 'click n0 "https://evil.example"', "]", '"]', "end", "subgraph", "::x{a}"),
    *("::set-output name=a::b", "$(id)", "${{ github.token }}", "1.", "-", "+", "=", "plain words"),
)
texts = st.lists(st.one_of(st.sampled_from(HOSTILE), st.text(max_size=8)), max_size=6).flatmap(
    lambda parts: st.sampled_from(["", " "]).map(lambda between: between.join(parts))
)
names = st.sampled_from(["net", "pickles-qa", "www.evil.example", "deadbeef", "us-west-2", "9"])
counts = st.integers(0, 10**6)
amounts = st.sampled_from(["0", "1", "12.50", "1000000", "0.00000006"])
count_deltas = st.builds(Delta, before=counts, after=counts)
amount_deltas = st.builds(Delta, before=amounts, after=amounts)
locations = st.builds(Location, path=texts, line=st.integers(1, 999), column=st.integers(1, 99))
findings = st.builds(
    Finding,
    rule=texts,
    message=texts,
    at=locations,
    remediation=texts,
    severity=st.sampled_from(Severity),
    subject=texts,
    related=st.lists(st.builds(Related, at=locations, message=texts), max_size=2).map(tuple),
)
groups = st.builds(
    TopologyGroup,
    name=texts,
    role=st.sampled_from([str(role) for role in Role]),
    count=counts,
    drives=st.one_of(st.just(""), texts),
)


def _some(
    strategy: st.SearchStrategy[object], size: int = 3
) -> st.SearchStrategy[tuple[object, ...]]:
    return st.lists(strategy, max_size=size).map(tuple)


clusters = st.builds(TopologyCluster, cluster=names, region=names, groups=_some(groups))
regions = st.builds(
    RegionReview,
    region=names,
    clusters=_some(names),
    daemons=count_deltas,
    stake=amount_deltas,
    cost_month=amount_deltas,
)
removals = st.builds(
    Removal,
    namespaces=_some(names),
    daemons=_some(texts),
    volumes=counts,
    needs_grant=st.booleans(),
    granted=texts,
)
diffs = st.builds(
    ManifestDiff,
    cluster=names,
    text=st.lists(texts, max_size=30).map("\n".join),
    added=counts,
    removed=counts,
    cut=counts,
)
nets = st.builds(
    NetReview,
    name=names,
    change=st.sampled_from(ChangeOf),
    owner=texts,
    owner_before=texts,
    purpose=st.sampled_from(["", "qa", "public"]),
    purpose_before=st.sampled_from(["", "qa", "public"]),
    protected=st.booleans(),
    expires=st.sampled_from(["", "2026-12-04T11:00:00Z"]),
    regions=_some(regions),
    restarts=_some(st.builds(Restart, daemon=texts, cluster=names, why=texts), 8),
    moves=_some(st.builds(Move, daemon=texts, before=names, after=names), 8),
    handovers=_some(st.builds(HandOver, key=texts, before=texts, after=texts, waits_for=texts), 8),
    chain=texts,
    removals=st.one_of(st.none(), removals),
    images=_some(st.builds(ImageChange, before=texts, after=texts, count=counts)),
    topology=_some(clusters),
    join=texts,
    manifests=_some(diffs),
)
commits = st.builds(Commit, id=st.sampled_from(["a" * 40, "b" * 64]), title=texts)
claims = st.builds(Claim, kind=st.sampled_from(Kind), subject=texts, net=names, holder=texts)
reviews = st.builds(
    Review,
    head=st.sampled_from(["", "c" * 40]),
    base=st.just("d" * 40),
    verdict=st.sampled_from(Judgement),
    counts=st.builds(Counts, errors=counts, warnings=counts, notes=counts, known=counts),
    findings=_some(findings, 5),
    known=_some(findings, 5),
    nets=_some(nets),
    paths=_some(texts),
    claims=_some(claims),
    commits=_some(commits),
    omitted=_some(st.builds(Omitted, what=texts, count=counts)),
)
