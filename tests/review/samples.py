"""A review that has something of everything, as a person might meet it."""

from __future__ import annotations

from generator.claims import Claim, Kind
from generator.finding import Finding, Location, Related, Severity
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
    RegionReview,
    Removal,
    Restart,
    Review,
    TopologyCluster,
    TopologyGroup,
)

PATH = "environments/testnets/pickles-qa.yaml"
ERROR = Finding(
    rule="keys/unique",
    message='key "qa-004" of whale-qa-004 is also held by whale-qa-004 of smoke',
    at=Location(PATH, 14, 12),
    remediation="Give one of the daemons another key; `testnet keys --free` lists some.",
    subject="qa-004",
    related=(Related(at=Location("environments/testnets/smoke.yaml", 9, 3), message="held here"),),
)
NOTE = Finding(
    rule="images/pinned",
    message="the image is named by a tag, which may be moved",
    at=Location(PATH, 6, 8),
    remediation="Name it by its digest.",
    severity=Severity.NOTE,
)
OLD_IMAGE, NEW_IMAGE = "example.org/mina:1.0.0", "example.org/mina:1.1.0"
NET = NetReview(
    name="pickles-qa",
    change=ChangeOf.CHANGED,
    owner="protocol",
    owner_before="protocol",
    purpose="qa",
    purpose_before="qa",
    protected=False,
    expires="2026-12-04T11:00:00Z",
    regions=(
        RegionReview(
            region="eu-central-1",
            clusters=("europe",),
            daemons=Delta(before=5, after=5),
            stake=Delta(before="2000000", after="2000000"),
            cost_month=Delta(before="1103.44", after="1103.44"),
        ),
        RegionReview(
            region="us-west-2",
            clusters=("america",),
            daemons=Delta(before=3, after=4),
            stake=Delta(before="1000000", after="2000000"),
            cost_month=Delta(before="464.12", after="688.88"),
        ),
    ),
    restarts=tuple(
        Restart(daemon=f"whale-qa-00{number}", cluster="europe", why="image")
        for number in range(1, 8)
    ),
    moves=(Move(daemon="fish-qa-101", before="europe", after="america"),),
    handovers=(
        HandOver(
            key="qa-101",
            before="europe/pickles-qa/fish-qa-101",
            after="america/pickles-qa/fish-qa-101",
            waits_for="proof from europe that fish-qa-101 has stopped",
        ),
    ),
    removals=Removal(
        namespaces=(), daemons=("fish-qa-102",), volumes=2, needs_grant=False, granted=""
    ),
    images=(ImageChange(before=OLD_IMAGE, after=NEW_IMAGE, count=7),),
    topology=(
        TopologyCluster(
            cluster="europe",
            region="eu-central-1",
            groups=(
                TopologyGroup(name="seed", role="seed", count=1),
                TopologyGroup(name="whale", role="block-producer", count=3),
                TopologyGroup(name="payments", role="service", count=1, drives="whale"),
            ),
        ),
        TopologyCluster(
            cluster="america",
            region="us-west-2",
            groups=(
                TopologyGroup(name="fast", role="snark-coordinator", count=1),
                TopologyGroup(name="fast", role="snark-worker", count=8, drives="fast"),
                TopologyGroup(name="archive", role="archive", count=2),
            ),
        ),
    ),
    manifests=(
        ManifestDiff(
            cluster="europe",
            text=(
                "--- a/StatefulSet/net-pickles-qa/whale-qa-001\n"
                "+++ b/StatefulSet/net-pickles-qa/whale-qa-001\n"
                "@@ -40,3 +40,3 @@\n"
                "       containers:\n"
                f"-      - image: {OLD_IMAGE}\n"
                f"+      - image: {NEW_IMAGE}\n"
                "         name: daemon\n"
            ),
            added=1,
            removed=1,
        ),
    ),
)
REVIEW = Review(
    head="c" * 40,
    base="d" * 40,
    verdict=Judgement.FAIL,
    counts=Counts(errors=1, warnings=0, notes=0, known=1),
    findings=(ERROR,),
    known=(NOTE,),
    nets=(NET,),
    paths=(PATH,),
    claims=(Claim(kind=Kind.KEY, subject="ab12", net="pickles-qa", label="qa-004"),),
    commits=(Commit(id="c" * 40, title="Add a whale"),),
)
