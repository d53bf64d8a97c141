"""Findings and verdicts for tests of reports, and text that tries to break out of them."""

from __future__ import annotations

from pathlib import Path

from hypothesis import strategies as st

from generator.finding import Finding, Location, Related, Severity
from generator.report.verdict import Verdict
from generator.rule import Rule

SMOKE = "environments/testnets/smoke.yaml"
PICKLES = "environments/testnets/pickles-qa.yaml"
SMOKE_TEXT = """\
name: smoke
owner: protocol
block_producers:
  - {name: whale, keys: [qa-001, qa-031], stake: "1000000"}
"""
PICKLES_TEXT = """\
name: pickles-qa
block_producers:
  - name: whale
    keys: [qa-001..qa-006]
"""
UNIQUE = Rule(
    id="keys/unique",
    title="Every key has one holder",
    why="Two daemons that produce blocks with one key fork the chain.",
    severity=Severity.ERROR,
    remediation="Give one of the daemons another key.",
    waivable=False,
    doc="policies/keys/unique",
)
PINNED = Rule(
    id="images/pinned",
    title="Images are pinned",
    why="A tag can be moved.",
    severity=Severity.WARNING,
    remediation="Add the digest.",
    waivable=True,
    doc="https://example.org/images/pinned",
)


def finding(
    rule: str = "keys/unknown", line: int = 4, column: int = 34, **fields: object
) -> Finding:
    """Return a finding in `SMOKE` with other fields."""
    given = {
        "rule": rule,
        "message": 'key "qa-031" is in no pool',
        "at": Location(SMOKE, line, column),
        "remediation": "Register it.",
        "subject": "qa-031",
    }
    return Finding(**(given | fields))  # type: ignore[arg-type]


TWICE = finding(
    "keys/unique",
    column=26,
    message='key "qa-001" of whale-1 is also held by whale-1 of pickles-qa',
    remediation="Give one of the daemons another key.",
    subject="qa-001",
    why=UNIQUE.why,
    doc=UNIQUE.doc,
    related=(Related(at=Location(PICKLES, 4, 12), message="held by whale-1 of pickles-qa here"),),
)
TAG = finding(
    "images/pinned",
    line=1,
    column=7,
    severity=Severity.WARNING,
    message='image of "whale-1" has no digest',
    remediation="Add the digest.",
    subject="whale-1",
    why=PINNED.why,
    doc=PINNED.doc,
    waivable=True,
)
NOTE = finding("regions/stake", line=2, column=8, severity=Severity.NOTE, message="two thirds")


def verdict(*findings: Finding, **fields: object) -> Verdict:
    """Return a verdict with these findings about two nets."""
    given = {
        "findings": findings,
        "rules": {rule.id: rule for rule in (UNIQUE, PINNED)},
        "judged": {"keys/unique": 220, "images/pinned": 51},
        "summary": {"nets": 2, "daemons": 9, "clusters": 1},
        "seconds": 1.25,
    }
    return Verdict(**(given | fields))  # type: ignore[arg-type]


def write_sources(root: Path) -> Path:
    """Write the files that the findings are about."""
    for path, text in ((SMOKE, SMOKE_TEXT), (PICKLES, PICKLES_TEXT)):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, "utf-8")
    return root


# Text that means something to terminals, Markdown, HTML, workflow commands or URIs.
HOSTILE = st.text(
    st.one_of(
        st.sampled_from("\x1b\x9b\r\n\t|`*_<>&[]()!\\~$@#%:,;'\"-=/ \u202e\u2028\u200b\ud800日é"),
        st.characters(),
    ),
    max_size=40,
)


@st.composite
def hostile_findings(draw: st.DrawFn) -> Finding:
    """Return a finding in which every text is hostile."""
    at = Location(draw(HOSTILE), draw(st.integers(1, 9)), draw(st.integers(1, 99)))
    related = Related(at=at, message=draw(HOSTILE))
    return Finding(
        rule=draw(HOSTILE),
        message=draw(HOSTILE),
        at=at,
        remediation=draw(HOSTILE),
        severity=draw(st.sampled_from(Severity)),
        subject=draw(HOSTILE),
        why=draw(HOSTILE),
        related=(related,) * draw(st.integers(0, 2)),
        doc=draw(HOSTILE),
        waivable=draw(st.booleans()),
    )


@st.composite
def hostile_verdicts(draw: st.DrawFn) -> Verdict:
    """Return a verdict in which every text is hostile."""
    found = st.lists(hostile_findings(), max_size=4).map(tuple)
    return Verdict(
        findings=draw(found),
        before=draw(found),
        waived=draw(found),
        judged=draw(st.dictionaries(HOSTILE, st.integers(0, 9), max_size=3)),
        summary=draw(st.dictionaries(HOSTILE, st.integers(0, 9), max_size=3)),
        valid_until=draw(HOSTILE),
    )
