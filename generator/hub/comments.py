"""The one comment that is kept up to date on a pull request, and its sections."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from generator.hub.api import Api, HubError, Json, unexpected
from generator.hub.graphql import read_viewer

MOST_CHARACTERS = 65_000  # GitHub takes 65,536
ROUNDS = 4
_GONE = (404, 410)
_SECTION = re.compile(
    r"^<!-- testnet:(?P<name>[a-z]+) -->\n(?P<text>.*?)\n"
    r"<!-- /testnet:(?P=name) (?P<digest>\w+) -->$",
    re.DOTALL | re.MULTILINE,
)
_MARKER = re.compile(r"<!--(?=\s*/?testnet:)")


class Section(StrEnum):
    """A part of the comment that one command writes, in the order in which they stand."""

    REVIEW = "review"
    ROLLOUT = "rollout"


class Effect(StrEnum):
    """What became of the comment."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    OUTDATED = "outdated"  # what was to be said is not so any more; nothing was written


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What became of the comment, where it is, its whole text, and how many doubles went."""

    effect: Effect
    text: str = ""
    url: str = ""
    removed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Comment:
    id: int
    body: str
    url: str


@dataclass(frozen=True, slots=True)
class Sticky:
    """The comment of `login` on a pull request of the repository `name`."""

    api: Api
    name: str
    number: int
    login: str

    def write(
        self,
        section: Section,
        render: Callable[[int], str],
        *,
        wanted: Callable[[], bool] = lambda: True,
        dry: bool = False,
    ) -> Written:
        """Make the comment say in a section what `render` returns for the room that there is.

        After each write it looks again: another run may have written too. Of two comments the
        oldest stays. The other sections are kept as they are, unless somebody edited them.
        `wanted` is asked before each write; where it says no, nothing is written any more.

        Raises:
            HubError: when GitHub does not let it.
        """
        done, removed = Effect.UNCHANGED, 0
        text, url = "", ""
        for last in (False,) * (ROUNDS - 1) + (True,):
            ours = self._ours()
            text = compose(read_sections(ours[0].body) if ours else {}, section, render)
            url = ours[0].url if ours else ""
            if len(ours) == 1 and ours[0].body == text:
                break
            if not wanted():
                return Written(effect=Effect.OUTDATED, text=text, url=url, removed=removed)
            done = Effect.CREATED if done is Effect.CREATED or not ours else Effect.UPDATED
            if dry:
                break
            if ours:
                removed += self._mend(ours, text)
            else:
                self._create(text, last=last)
        return Written(effect=done, text=text, url=url, removed=removed)

    def _mend(self, ours: list[_Comment], text: str) -> int:
        """Write the oldest where it differs, delete the others; return how many."""
        oldest, *others = ours
        try:
            if oldest.body != text:
                self.api.send("PATCH", self._path(oldest), self._what, {"body": text})
            for other in others:
                self.api.send("DELETE", self._path(other), self._what)
        except HubError as error:
            # Another run was faster; the next look shows what is left.
            if error.status not in _GONE:
                raise
        return len(others)

    def _create(self, text: str, *, last: bool) -> None:
        path = f"/repos/{self.name}/issues/{self.number}/comments"
        try:
            self.api.send("POST", path, self._what, {"body": text})
        except HubError as error:
            # It may be there all the same: the next look shows.
            if last or not error.uncertain:
                raise

    def _ours(self) -> list[_Comment]:
        """Return the comments with our sections that we wrote ourselves, the oldest first."""
        path = f"/repos/{self.name}/issues/{self.number}/comments"
        found = []
        for entry in self.api.pages(path, f"comments of pull request {self.number}"):
            login, comment = _comment(entry)
            if login == self.login and _MARKER.search(comment.body):
                found.append(comment)
        return sorted(found, key=lambda comment: comment.id)

    def _path(self, comment: _Comment) -> str:
        return f"/repos/{self.name}/issues/comments/{comment.id}"

    @property
    def _what(self) -> str:
        return f"the comment on pull request {self.number}"


def open_sticky(api: Api, name: str, number: int) -> Sticky:
    """Return the comment of whom the token is of."""
    return Sticky(api, name, number, read_viewer(api))


def compose(kept: Mapping[Section, str], section: Section, render: Callable[[int], str]) -> str:
    """Return the whole comment with a new text in one section, never longer than GitHub takes."""
    rest = {name: text for name, text in kept.items() if name is not section}
    used = sum(len(_wrap(name, text)) + 2 for name, text in rest.items())
    room = max(0, MOST_CHARACTERS - used - len(_wrap(section, "")))
    # Text that a stranger may have had a hand in opens and closes no section.
    text = _MARKER.sub("&lt;!--", render(room).replace("\r\n", "\n"))
    texts = rest | {section: text.strip()[:room].strip()}
    return "\n\n".join(_wrap(name, texts[name]) for name in Section if name in texts)


def read_sections(body: str) -> dict[Section, str]:
    """Return the texts of the sections that are as they were written."""
    names = {str(section): section for section in Section}
    return {
        names[match["name"]]: match["text"]
        for match in _SECTION.finditer(body)
        if match["name"] in names and match["digest"] == _digest(match["text"])
    }


def _wrap(section: Section, text: str) -> str:
    return f"<!-- testnet:{section} -->\n{text}\n<!-- /testnet:{section} {_digest(text)} -->"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _comment(entry: Json) -> tuple[str, _Comment]:
    try:
        user, body = entry["user"], entry.get("body") or ""
        comment = _Comment(
            id=int(entry["id"]),
            # Whoever edits in a browser sends other ends of lines.
            body=body.replace("\r\n", "\n").strip(),
            url=str(entry["html_url"]),
        )
        return (str(user["login"]) if user else ""), comment
    except (LookupError, TypeError, AttributeError, ValueError) as error:
        raise unexpected("comments") from error
