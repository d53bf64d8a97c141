"""The message of a commit to the environments branch, and what a program reads from it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from generator import __version__
from generator.publish.removal import Removal
from generator.publish.steps import KeyStep
from generator.register import Action, Evidence, Place

SOURCE, DIRTY, VERSION, TIME, NET, STEP, EVIDENCE = (
    "Testnet-Source",
    "Testnet-Uncommitted",
    "Testnet-Version",
    "Testnet-Time",
    "Testnet-Net",
    "Testnet-Step",
    "Testnet-Evidence",
)
_TRAILER = re.compile(r"([A-Za-z][A-Za-z-]*): (.*)")
_NAMED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Trailers:
    """What this program reads again from a message; evidence as plain data."""

    source: str = ""
    time: str = ""
    evidence: tuple[dict[str, str], ...] = ()


def write_message(  # noqa: PLR0913 - everything that a message tells
    nets: Sequence[str],
    steps: Iterable[KeyStep],
    removals: Iterable[Removal],
    *,
    source: str,
    dirty: bool,
    time: str,
) -> str:
    """Return the message of a commit that publishes nets from a commit of main, at a time.

    `dirty` says that there were changes in main beside the commit.

    Of names, only those that passed the schema come into it, and of what operators wrote only
    JSON on one line: nobody can add a trailer.
    """
    taken = [step for step in steps if step.after != step.before]
    lines = [_subject(nets), ""]
    # That new keys are claimed, the trailers say: only what has a story is told.
    lines += [_sentence(step) for step in taken if step.before]
    lines += [
        f"{removal.net} loses {removal}; granted by {removal.granted}."
        for removal in removals
        if removal.needed and removal.granted
    ]
    if lines[-1]:
        lines.append("")
    lines += [f"{SOURCE}: {source}"] if source else []
    lines += [f"{DIRTY}: yes"] if dirty else []
    lines += [f"{VERSION}: {__version__}", f"{TIME}: {time}"]
    lines += [f"{NET}: {net}" for net in nets]
    lines += [f"{STEP}: {write_step(step)}" for step in taken]
    lines += [
        f"{EVIDENCE}: {write_evidence(step.evidence)}"
        for step in taken
        if step.evidence and step.step.action in {Action.RELEASE, Action.HAND_OVER}
    ]
    return "\n".join(lines) + "\n"


def _subject(nets: Sequence[str]) -> str:
    if not nets:
        return "Publish what all nets share"
    more = f" and {len(nets) - _NAMED} more" if len(nets) > _NAMED else ""
    return f"Publish {', '.join(nets[:_NAMED])}{more}"


def _sentence(step: KeyStep) -> str:
    before = step.before.place if step.before else None
    after = step.after.place if step.after else None
    match step.step.action:
        case Action.CLAIM:
            return f"{step.key} is claimed by {after}, generation {step.step.generation}."
        case Action.DRAIN:
            return f"{step.key} is drained at {before}."
        case Action.RESUME:
            return f"{step.key} stays at {before}: its drain is taken back."
        case Action.RELEASE:
            return f"{step.key} has stopped at {before} and is free."
        case _:
            return (
                f"{step.key} has stopped at {before} and goes to {after},"
                f" generation {step.step.generation}."
            )


def write_step(step: KeyStep) -> str:
    """Return a step on one line: action, key, generation, and the place it is about."""
    record = step.after or step.before
    place = record.place if record else ""
    return f"{step.step.action} {step.key} {step.step.generation} {place}"


def write_evidence(evidence: Evidence) -> str:
    """Return evidence as JSON on one line."""
    fields = {
        "key": evidence.key,
        "place": str(evidence.place),
        "drain": evidence.drain,
        "revision": evidence.revision,
        "source": evidence.source,
        "who": evidence.who,
        "at": evidence.at,
        "why": evidence.why,
    }
    return json.dumps({name: value for name, value in fields.items() if value})


def read_evidence(fields: dict[str, str]) -> Evidence:
    """Return the evidence that a trailer tells of.

    Raises:
        ValueError: when it is not what `write_evidence` writes.
    """
    try:
        return Evidence(
            key=fields["key"],
            place=Place.parse(fields["place"]),
            drain=fields["drain"],
            revision=fields["revision"],
            source=fields["source"],
            who=fields["who"],
            at=fields.get("at", ""),
            why=fields.get("why", ""),
        )
    except (KeyError, TypeError, AttributeError) as error:
        message = f"no evidence: {error}"
        raise ValueError(message) from error


def read_trailers(message: str) -> Trailers:
    """Return what the last paragraph of a message says to programs; nothing of odd lines."""
    found: dict[str, list[str]] = {}
    for line in message.strip().rpartition("\n\n")[2].splitlines():
        if match := _TRAILER.fullmatch(line):
            found.setdefault(match[1], []).append(match[2])
    return Trailers(
        source=next(iter(found.get(SOURCE, ())), ""),
        time=next(iter(found.get(TIME, ())), ""),
        evidence=tuple(_json(text) for text in found.get(EVIDENCE, ())),
    )


def _json(text: str) -> dict[str, str]:
    try:
        content = json.loads(text)
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}
