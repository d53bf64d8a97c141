"""Evidence from commit statuses: which commits, which words, whose."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest

from generator.errors import RemoteError, UsageError
from generator.evidence import open_source, statuses
from generator.evidence.statuses import StatusSource
from generator.hub import Status
from generator.register import Drain, Evidence, Lineage, State, Waiting
from tests.evidence.cases import (
    AT,
    COMMITS,
    DRAIN,
    DRAINED,
    KEY,
    LATER,
    LINEAGE,
    OTHER_KEY,
    PLACE,
    WAITING,
    waiting_for,
)
from tests.hub.github_server import URL, serve

CONTEXT = f"flux/aws/smoke-drain-{DRAIN.id}"
FLUX = "testnet-flux[bot]"
HEAD = COMMITS[-1]


@dataclass
class Hub:
    """Statuses by commit; `fails` are commits that cannot be asked about."""

    posted: list[Status] = field(default_factory=list)
    fails: tuple[str, ...] = ()
    asked: list[str] = field(default_factory=list)
    contexts: list[set[str]] = field(default_factory=list)

    def newest(self, commit: str, contexts: set[str]) -> dict[str, Status]:
        self.asked.append(commit)
        self.contexts.append(contexts)
        if commit in self.fails:
            raise RemoteError("GitHub does not answer")
        return {
            status.context: status
            for status in self.posted
            if status.commit == commit and status.context in contexts
        }


def status(commit: str = DRAINED, **changes: str) -> Status:
    posted = Status(
        commit=commit,
        context=CONTEXT,
        state="success",
        description="reconciliation succeeded",
        creator=FLUX,
        at=AT,
    )
    return replace(posted, **changes)


def look(hub: Hub, *waiting: Waiting, lineage: Lineage = LINEAGE) -> dict[str, Evidence | str]:
    source = StatusSource(hub, frozenset({FLUX}))
    return dict(source.look(waiting or (WAITING,), lineage))


@pytest.mark.parametrize("commit", COMMITS[3:])
def test_the_drain_and_every_later_commit_counts(commit: str) -> None:
    found = look(Hub([status(commit)]))[KEY]
    assert found == Evidence(
        key=KEY,
        place=PLACE,
        drain=DRAIN.id,
        revision=commit,
        source="github",
        who=FLUX,
        at=AT,
    )


def test_newest_first_and_not_before_the_drain() -> None:
    hub = Hub()
    assert look(hub) == {KEY: f"Flux has not posted {CONTEXT}"}
    assert hub.asked == [HEAD, LATER, DRAINED]


def test_nothing_more_is_asked_once_all_is_found() -> None:
    hub = Hub([status(LATER)])
    look(hub)
    assert hub.asked == [HEAD, LATER]


@pytest.mark.parametrize("commit", COMMITS[:3])
def test_a_status_from_before_the_drain_is_never_looked_for(commit: str) -> None:
    assert look(Hub([status(commit)])) == {KEY: f"Flux has not posted {CONTEXT}"}


REFUSED = {
    # All of these events Flux posts as a success.
    "dependency": ({"description": "dependency not ready"}, "success, dependency not ready"),
    "cancelled": ({"description": "health check canceled"}, "health check canceled"),
    "info": ({"description": "info"}, "success, info"),
    "no words": ({"description": ""}, "says: success, "),
    "failure": ({"state": "failure", "description": "health check failed"}, "says: failure"),
    "pending": ({"state": "pending"}, "says: pending"),
    "error": ({"state": "error"}, "says: error"),
    "somebody": ({"creator": "alice"}, 'posted by "alice", which is not Flux'),
    "almost": ({"creator": "Testnet-Flux[bot]"}, "which is not Flux"),
    "nobody": ({"creator": ""}, "which is not Flux"),
}


@pytest.mark.parametrize(("changes", "reason"), REFUSED.values(), ids=REFUSED)
def test_what_proves_nothing(changes: dict[str, str], reason: str) -> None:
    found = look(Hub([status(**changes)]))[KEY]
    assert isinstance(found, str)
    assert reason in found
    assert f"{CONTEXT} on {DRAINED[:12]}" in found


def test_a_later_failure_does_not_take_evidence_back() -> None:
    # Once gone, it stays gone: every commit since the drain tells it to stop.
    found = look(Hub([status(HEAD, state="failure"), status(DRAINED)]))[KEY]
    assert isinstance(found, Evidence)
    assert found.revision == DRAINED


def test_of_several_reasons_the_newest_is_told() -> None:
    found = look(Hub([status(HEAD, state="failure"), status(DRAINED, state="pending")]))[KEY]
    assert "failure" in str(found)


@pytest.mark.parametrize("context", ["other", CONTEXT.replace("aws", "gcp"), CONTEXT + "0"])
def test_another_context(context: str) -> None:
    assert isinstance(look(Hub([status(context=context)]))[KEY], str)


def test_context_is_lower_case() -> None:
    place = replace(PLACE, cluster="AWS")
    found = look(Hub([status()]), waiting_for(KEY, place=place))[KEY]
    assert isinstance(found, Evidence)


def test_several_drains_share_what_is_asked() -> None:
    second = Drain("b" * 12, LATER)
    third = Drain("c" * 12, COMMITS[0])
    hub = Hub([status(LATER), status(HEAD, context=f"flux/aws/smoke-drain-{second.id}")])
    found = look(
        hub,
        WAITING,
        waiting_for(OTHER_KEY, drain=second),
        waiting_for("third", drain=third),
    )
    assert isinstance(found[KEY], Evidence)
    assert isinstance(found[OTHER_KEY], Evidence)
    assert found["third"] == f"Flux has not posted flux/aws/smoke-drain-{third.id}"
    assert hub.asked == list(COMMITS[:0:-1])


def test_a_status_of_another_drain_at_an_older_commit() -> None:
    # The second drain is in the head alone: what was posted before is not even asked for.
    second = Drain("b" * 12, LATER)
    early = status(DRAINED, context=f"flux/aws/smoke-drain-{second.id}")
    hub = Hub([early])
    found = look(hub, WAITING, waiting_for(OTHER_KEY, drain=second))
    assert isinstance(found[OTHER_KEY], str)
    assert [early.context in contexts for contexts in hub.contexts] == [True, False, False]


def test_drain_in_the_first_commit() -> None:
    first = waiting_for(KEY, drain=replace(DRAIN, after=""))
    hub = Hub([status(COMMITS[0])])
    assert isinstance(look(hub, first)[KEY], Evidence)
    assert hub.asked == list(COMMITS[::-1])


def test_failure_is_a_reason_for_what_still_waits() -> None:
    other = waiting_for(OTHER_KEY, drain=replace(DRAIN, id="b" * 12))
    found = look(Hub([status(HEAD)], fails=(LATER,)), WAITING, other)
    assert isinstance(found[KEY], Evidence)
    assert found[OTHER_KEY] == "GitHub does not answer"


def test_commits_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statuses, "MOST_COMMITS", 2)
    hub = Hub([status(DRAINED)])
    assert isinstance(look(hub)[KEY], str)
    assert hub.asked == [HEAD, LATER]


def test_time_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statuses, "_SECONDS", -1.0)
    hub = Hub([status()])
    assert look(hub) == {KEY: "GitHub takes too long"}
    assert not hub.asked


@pytest.mark.parametrize(
    ("waiting", "reason"),
    [
        (waiting_for(KEY, drain=None, state=State.HELD), "the key is not draining"),
        (waiting_for(KEY, drain=replace(DRAIN, after="e" * 40)), "was rewritten since the drain"),
    ],
)
def test_what_cannot_be_looked_for(waiting: Waiting, reason: str) -> None:
    hub = Hub([status()])
    assert reason in str(look(hub, waiting)[KEY])
    assert not hub.asked


def test_empty_history() -> None:
    first = waiting_for(KEY, drain=replace(DRAIN, after=""))
    hub = Hub([status()])
    assert isinstance(look(hub, first, lineage=Lineage(()))[KEY], str)
    assert not hub.asked


def test_nothing_waits() -> None:
    hub = Hub()
    assert StatusSource(hub, frozenset({FLUX})).look([], LINEAGE) == {}
    assert not hub.asked


@pytest.mark.parametrize("identity", [(), ("",)])
def test_nobody_to_believe(identity: tuple[str, ...]) -> None:
    with pytest.raises(UsageError, match=r"notifications\.flux_identity"):
        open_source("github", at=AT, who="x", url=URL, flux_identity=identity)


def test_through_the_real_client(monkeypatch: pytest.MonkeyPatch) -> None:
    with serve() as server:
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        source = open_source("github", at="", who="", url=URL, flux_identity=[FLUX])
        server.post(DRAINED, CONTEXT)
        server.post(LATER, CONTEXT, description="dependency not ready")
        found = source.look([WAITING], LINEAGE)[KEY]
        assert isinstance(found, Evidence)
        assert (found.revision, found.who, found.at) == (DRAINED, FLUX, "2026-11-23T00:00:00Z")
        commits = [path.split("/")[5] for path in server.requests]
    assert commits == [HEAD, LATER, DRAINED]
