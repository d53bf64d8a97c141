"""Rego text as tokens: enough to change one thing without touching strings or comments."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_SIMPLE = re.compile(
    r"(?P<comment>\#[^\n]*)"
    r"|(?P<raw>\$?`[^`]*`)"
    r"|(?P<number>[0-9]+(?:\.[0-9]+)?)"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<newline>\n)"
    r"|(?P<blank>[ \t]+)"
    r"|(?P<sign>:=|==|!=|<=|>=|[^\w\s])"
)
_OPEN, _CLOSE = "([{", ")]}"


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of text: its kind, the text, and where it begins."""

    kind: str
    text: str
    start: int

    @property
    def end(self) -> int:
        return self.start + len(self.text)


def tokens(text: str) -> list[Token]:
    """Return the tokens of a module, without blanks and comments."""
    found = []
    place = 0
    while place < len(text):
        quote = re.compile(r'\$?"').match(text, place)
        if quote:
            end = _string_end(text, quote.end(), is_template=quote[0] == '$"')
            found.append(Token("string", text[place:end], place))
            place = end
            continue
        match = _SIMPLE.match(text, place)
        assert match, text[place : place + 20]
        if match.lastgroup not in {"blank", "comment"}:
            kind = "string" if match.lastgroup == "raw" else str(match.lastgroup)
            found.append(Token(kind, match[0], place))
        place = match.end()
    return found


def _string_end(text: str, place: int, *, is_template: bool) -> int:
    """Return where a string ends; within a template's braces other strings may stand."""
    depth = 0
    while True:
        mark = text[place]
        if mark == "\\":
            place += 1
        elif is_template and mark in "{}":
            depth += 1 if mark == "{" else -1
        elif mark == '"' and depth:
            place = _string_end(text, place + 1, is_template=False) - 1
        elif mark == '"':
            return place + 1
        place += 1


def bodies(found: list[Token]) -> Iterator[list[tuple[int, int]]]:
    """Give the conjuncts of every body and comprehension, each by where it begins and ends."""
    for index, token in enumerate(found):
        if token.text in _OPEN and token.kind == "sign":
            yield from _group(found, index)
        elif token.text == "if" and found[index + 1].text != "{":
            last = next(i for i in range(index, len(found)) if found[i].kind == "newline")
            yield [(found[index + 1].start, found[last - 1].end)]


def _group(found: list[Token], opened: int) -> Iterator[list[tuple[int, int]]]:
    """Give the conjuncts within a bracket, where it is a body or a comprehension."""
    inside = list(_level(found, opened))
    bar = next((n for n, token in enumerate(inside) if token.text == "|"), None)
    if _begins_body(found, opened):
        yield _conjuncts(inside)
    elif bar is not None:
        yield _conjuncts(inside[bar + 1 :])


def _begins_body(found: list[Token], opened: int) -> bool:
    if found[opened].text != "{" or not opened:
        return False
    line = next((i for i in range(opened, -1, -1) if found[i].kind == "newline"), 0)
    return found[opened - 1].text in {"if", "else"} or any(
        token.text == "every" for token in found[line:opened]
    )


def _level(found: list[Token], opened: int) -> Iterator[Token]:
    """Give the tokens of one bracket; an inner bracket is one token as long as it is."""
    depth = start = 0
    for token in found[opened + 1 :]:
        if token.kind == "sign" and token.text in _OPEN:
            depth += 1
            start = token.start if depth == 1 else start
        elif token.kind == "sign" and token.text in _CLOSE:
            if depth == 0:
                return
            depth -= 1
            if depth == 0:
                yield Token("group", " " * (token.end - start), start)
        elif depth == 0:
            yield token


def _conjuncts(inside: list[Token]) -> list[tuple[int, int]]:
    parts: list[list[Token]] = [[]]
    for token in inside:
        if token.kind == "newline" or token.text == ";":
            parts.append([])
        else:
            parts[-1].append(token)
    return [(part[0].start, part[-1].end) for part in parts if part]
