"""The story of a key, as lines for people and as plain data for scripts."""

from __future__ import annotations

from collections.abc import Iterator

from generator.publish.explain import Moment, Story
from generator.register import State, Tenure

_STATES = {
    State.HELD: "produces blocks at",
    State.DRAINING: "was told to stop at",
    State.FREE: "is free; its last place was",
}


def story_lines(name: str, story: Story) -> Iterator[str]:
    """Yield the story of a key line by line; `name` is what it was asked for by."""
    record = story.record
    called = name if name == record.key else f"{name} ({record.key})"
    yield f"{called} {_STATES[record.state]} {record.place}, generation {record.generation}"
    yield f"  since     {_moment(story.since)}"
    if story.drained and record.drain:
        yield f"  drained   {_moment(story.drained)}, drain {record.drain.id}"
        yield f"  waits for {story.waits_for}"
        for line in story.unblocks:
            yield f"  unblocks  {line}"
    for tenure in reversed(record.past):
        yield f"  before    {_past(tenure)}"


def _moment(moment: Moment) -> str:
    made = f", from main {moment.source[:12]}" if moment.source else ""
    return f"{moment.time or 'at a time that nobody wrote down'} in {moment.commit[:12]}{made}"


def _past(tenure: Tenure) -> str:
    evidence = tenure.evidence
    why = f": {evidence.why}" if evidence.why else ""
    return (
        f"generation {tenure.generation} at {tenure.place}, released on evidence from"
        f" {evidence.source} by {evidence.who} at revision {evidence.revision[:12]}{why}"
    )


def story_row(story: Story) -> dict[str, object]:
    """Return the story as plain data."""
    record = story.record
    return {
        "key": record.key,
        "state": str(record.state),
        "generation": record.generation,
        "place": str(record.place),
        "net": record.net,
        "since": _moment_row(story.since),
        "drained": _moment_row(story.drained) if story.drained else None,
        "drain": record.drain.id if record.drain else None,
        "waits_for": story.waits_for or None,
        "unblocks": list(story.unblocks),
        "past": [
            {
                "generation": tenure.generation,
                "place": str(tenure.place),
                "net": tenure.net,
                "evidence": {
                    "revision": tenure.evidence.revision,
                    "source": tenure.evidence.source,
                    "who": tenure.evidence.who,
                    "at": tenure.evidence.at or None,
                    "why": tenure.evidence.why or None,
                },
            }
            for tenure in record.past
        ],
    }


def _moment_row(moment: Moment) -> dict[str, str | None]:
    return {
        "commit": moment.commit or None,
        "time": moment.time or None,
        "main": moment.source or None,
    }
