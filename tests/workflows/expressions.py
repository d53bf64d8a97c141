"""Expressions of workflows: as much of the language as ours use; anything else is an error."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

# Functions that tell how the steps before went; without any of them, `success()` is meant.
STATUS = re.compile(r"\b(always|success|failure|cancelled)\(\)")
_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<number>-?\d+(?:\.\d+)?)|(?P<name>[A-Za-z_][\w-]*)"
    r"|(?P<mark>&&|\|\||==|!=|[!().,\[\]*]))"
)
_INSIDE = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)

Functions = Mapping[str, Callable[..., Any]]
_LITERALS = {"true": True, "false": False, "null": None}


def evaluate(text: str, context: Mapping[str, Any], functions: Functions) -> Any:
    """Return the value of an expression; what a context does not have is None."""
    return _Parser(text, context, functions).whole()


def fill(value: Any, context: Mapping[str, Any], functions: Functions) -> Any:
    """Return a value of a file with its expressions evaluated; a lone one keeps its type."""
    if isinstance(value, dict):
        return {key: fill(entry, context, functions) for key, entry in value.items()}
    if not isinstance(value, str):
        return value
    if (whole := _INSIDE.fullmatch(value.strip())) and "${{" not in whole[1]:
        return evaluate(whole[1], context, functions)
    return _INSIDE.sub(lambda found: as_text(evaluate(found[1], context, functions)), value)


def holds(condition: Any, context: Mapping[str, Any], functions: Functions) -> bool:
    """Tell whether an `if` holds, with the `success()` that is meant where none is asked for."""
    text = str(condition).strip()
    if whole := _INSIDE.fullmatch(text):
        text = whole[1]
    if not STATUS.search(text):
        text = f"success() && ({text})"
    return bool(evaluate(text, context, functions))


def as_text(value: Any) -> str:
    """Return a value as GitHub writes it into a text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return json.dumps(value) if isinstance(value, (dict, list)) else str(value)


class _Parser:
    """Reads and evaluates at once, from the operator that binds least."""

    def __init__(self, text: str, context: Mapping[str, Any], functions: Functions) -> None:
        self._text, self._context, self._functions = text, context, functions
        self._tokens: list[tuple[str, str]] = []
        at = 0
        while text[at:].strip():
            found = _TOKEN.match(text, at)
            if not found or found.lastgroup is None:
                raise SyntaxError(f"{text!r} at {at}")
            self._tokens.append((found.lastgroup, found[found.lastgroup]))
            at = found.end()

    def whole(self) -> Any:
        value = self._either()
        if self._tokens:
            raise SyntaxError(f"{self._text!r} goes on with {self._tokens[0][1]}")
        return value

    def _take(self, *marks: str) -> str:
        if self._tokens and self._tokens[0][0] == "mark" and self._tokens[0][1] in marks:
            return self._tokens.pop(0)[1]
        return ""

    def _either(self) -> Any:
        value = self._both()
        while self._take("||"):
            other = self._both()
            value = value or other
        return value

    def _both(self) -> Any:
        value = self._equal()
        while self._take("&&"):
            other = self._equal()
            value = value and other
        return value

    def _equal(self) -> Any:
        value = self._not()
        while mark := self._take("==", "!="):
            value = _same(value, self._not()) == (mark == "==")
        return value

    def _not(self) -> Any:
        return not self._not() if self._take("!") else self._value()

    def _value(self) -> Any:
        if self._take("("):
            value = self._either()
            self._expect(")")
            return value
        kind, text = self._tokens.pop(0)
        if kind == "text":
            return text[1:-1].replace("''", "'")
        if kind == "number":
            return float(text) if "." in text else int(text)
        if kind != "name":
            raise SyntaxError(f"{self._text!r}: {text}")
        if text in _LITERALS:
            return _LITERALS[text]
        return self._call(text) if self._take("(") else self._path(text)

    def _call(self, name: str) -> Any:
        arguments: list[Any] = []
        while not self._take(")"):
            arguments.append(self._either())
            self._take(",")
        return self._functions[name](*arguments)

    def _path(self, name: str) -> Any:
        value = self._context[name]
        while self._take("."):
            key = self._tokens.pop(0)[1]
            value = value.get(key) if isinstance(value, Mapping) else None
        return value

    def _expect(self, mark: str) -> None:
        if not self._take(mark):
            raise SyntaxError(f"{self._text!r}: {mark} is missing")


def _same(one: Any, other: Any) -> bool:
    """Compare as GitHub does: texts without their case."""
    if isinstance(one, str) and isinstance(other, str):
        return one.lower() == other.lower()
    return bool(one == other)
