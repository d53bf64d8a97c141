"""Records of an examination."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from generator.sync.setup import Seen, Unseen

T = TypeVar("T")

BOOTSTRAP = "docs/bootstrap.md"
RIGHTS = "docs/doctor.md, Rights."


class State(StrEnum):
    """What became of a check; only OK and UNCHECKED ask nothing of anybody."""

    OK = "ok"
    WRONG = "wrong"
    UNSEEN = "cannot be seen"
    UNCHECKED = "not checked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that was looked at: what was found, and what to do where that is not well."""

    name: str
    state: State
    text: str
    remedy: str = ""


def ok(name: str, text: str) -> Check:
    """Return a check that found all well."""
    return Check(name=name, state=State.OK, text=text)


def wrong(name: str, text: str, remedy: str) -> Check:
    """Return a check that found something wrong."""
    return Check(name=name, state=State.WRONG, text=text, remedy=remedy)


def unseen(name: str, why: str, remedy: str = "") -> Check:
    """Return a check that could not look."""
    return Check(name=name, state=State.UNSEEN, text=why, remedy=remedy or RIGHTS)


def unchecked(name: str, why: str, remedy: str = "") -> Check:
    """Return a check that nobody can make through an API server."""
    return Check(name=name, state=State.UNCHECKED, text=why, remedy=remedy)


def judge(name: str, seen: Seen[T], look: Callable[[T], Check]) -> Check:
    """Return what a look at something says, or that it could not be seen."""
    return unseen(name, seen.why) if isinstance(seen, Unseen) else look(seen)
