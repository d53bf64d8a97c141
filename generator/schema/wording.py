"""What is said of a fault, in the words of the person who wrote the file."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from difflib import get_close_matches
from typing import Any, NamedTuple, TypeAlias

from generator.schema.fault import Fault
from generator.source.scalar import likely_meant, resolve_plain

MAX_SHOWN = 40  # longer text may be a private key that was pasted by mistake
_MAX_EXAMPLE = 100
_MAX_CHOICES = 20
TYPE_NAMES = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "object": "a mapping",
    "array": "a list",
    "null": "empty",
}

Notes: TypeAlias = Mapping[str, Any]
"""What the schema says of a value: title, description, examples, errorMessage."""


class Words(NamedTuple):
    """A finding in the making: the name of its rule, what it says, and where.

    The place is the key instead of the value (`at_key`), or an item of the value (`item`), which
    repeats an earlier one (`first`).
    """

    rule: str
    message: str
    advice: str
    at_key: bool = False
    item: int | None = None
    first: int | None = None


_Word: TypeAlias = Callable[[Fault, Notes], Words]


def find_words(fault: Fault, notes: Notes) -> Words:
    """Return what to say of `fault`, given what the schema notes of the value."""
    return _WORDS.get(fault.keyword, _other)(fault, notes)


def _type(fault: Fault, notes: Notes) -> Words:
    names = [fault.wanted] if isinstance(fault.wanted, str) else list(dict.fromkeys(fault.wanted))
    if "number" in names:
        names = [name for name in names if name != "integer"]
    value = fault.value
    kind = "the text " if isinstance(value, str) and len(value) <= MAX_SHOWN else ""
    if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        kind = "the number "
    wanted = _either([TYPE_NAMES[name] for name in names])
    message = f"{_field(fault)} must be {wanted}, not {kind}{_shown(value)}"
    advice = _example(notes) or f"Write {wanted}."
    if "string" in names and isinstance(value, (int, Decimal)):
        advice = f'Quote it: "{_shown(value)}".'
    elif isinstance(value, str) and _types(resolve_plain(value)) & set(names):
        advice = "Remove the quotes."
    elif isinstance(value, str) and _types(resolve_plain(likely_meant(value))) & set(names):
        advice = f"Write {likely_meant(value)}."
    return Words("type", message, advice)


def _types(value: object) -> set[str]:
    """Return the types of numbers and truth values that a value has."""
    if isinstance(value, bool):
        return {"boolean"}
    if isinstance(value, int):
        return {"integer", "number"}
    return {"number"} if isinstance(value, Decimal) else set()


def _choice(fault: Fault, _: Notes) -> Words:
    choices = fault.wanted if fault.keyword == "enum" else [fault.wanted]
    guess = _guess(fault.value, choices)
    hint = f"; did you mean {_inline(guess)}?" if guess else ""
    advice = f"Choose one of: {_listed([_inline(choice) for choice in choices])}."
    if len(choices) == 1:
        advice = f"Write {_inline(choices[0])}."
    return Words("choice", f"{_field(fault)} cannot be {_shown(fault.value)}{hint}", advice)


def _pattern(fault: Fault, notes: Notes) -> Words:
    message = f"{_field(fault)} is {_shown(fault.value)}, which does not have the right form"
    return Words("pattern", message, _example(notes) or "Write it in the form of its description.")


def _bound(rule: str, limit: str) -> _Word:
    """Make the words for a number beyond a bound."""

    def say(fault: Fault, _: Notes) -> Words:
        message = f"{_field(fault)} is {_shown(fault.value)}, but must be {limit} {fault.wanted}"
        return Words(rule, message, f"Write a number that is {limit} {fault.wanted}.")

    return say


def _size(rule: str, limit: str, unit: str) -> _Word:
    """Make the words for text or a collection that is too long or too short."""

    def say(fault: Fault, _: Notes) -> Words:
        size = len(fault.value) if isinstance(fault.value, (str, dict, list)) else 0
        has = f"has {_count(size, unit)}" if size else "is empty"
        message = f"{_field(fault)} {has}, but must have {limit} {_count(fault.wanted, unit)}"
        return Words(rule, message, f"Write {limit} {_count(fault.wanted, unit)}.")

    return say


def _repeated(fault: Fault, _: Notes) -> Words:
    seen: dict[str, int] = {}
    items = fault.value if isinstance(fault.value, list) else []
    texts = [json.dumps(item, sort_keys=True, default=str) for item in items]
    item = next(i for i, text in enumerate(texts) if seen.setdefault(text, i) != i)
    message = f"{_field(fault)} holds {_shown(items[item])} twice"
    return Words("repeated", message, "Remove one of the two.", item=item, first=seen[texts[item]])


def _missing(fault: Fault, notes: Notes) -> Words:
    example = _inline(next(iter(notes.get("examples", [])), notes.get("default")))
    advice = f"Add `{fault.key}`, for example `{fault.key}: {example}`."
    if example == "null" or len(example) > _MAX_EXAMPLE:
        advice = f"Add `{fault.key}`."
    return Words("missing", f'"{fault.key}" is missing{_within(fault)}', advice)


def _unknown(fault: Fault, notes: Notes) -> Words:
    known = list(notes.get("properties", {}))
    guess = _guess(fault.key, known)
    message = f"unknown key {_shown(fault.key)}{_within(fault)}"
    if guess:
        message = f'{message}; did you mean "{guess}"?'
        return Words("unknown-key", message, f"Write `{guess}`.", at_key=True)
    advice = f"Remove it, or use one of: {_listed(known)}." if known else "Remove it."
    return Words("unknown-key", message, advice, at_key=True)


def _not(fault: Fault, _: Notes) -> Words:
    both = fault.wanted.get("required", []) if isinstance(fault.wanted, Mapping) else []
    if both:
        names = " and ".join(f'"{name}"' for name in both)
        return Words("forbidden", f"{names} exclude each other{_within(fault)}", "Remove one.")
    if fault.wanted:
        return Words("forbidden", f"{_field(fault)} cannot be {_shown(fault.value)}", "Change it.")
    return Words("forbidden", f"{_field(fault)} has no place here", "Remove it.", at_key=True)


def _several(fault: Fault, _: Notes) -> Words:
    names = _listed([f'"{name}"' for name in fault.wanted])
    message = f"{_field(fault)} fits more than one of the forms that it can have"
    if fault.wanted:
        message = f"{names} exclude each other{_within(fault)}"
    return Words("alternative", message, "Keep one of them.")


def _neither(fault: Fault, _: Notes) -> Words:
    names = _either([f'"{name}"' for name in fault.wanted])
    return Words("missing", f"{names} is missing{_within(fault)}", "Add one of them.")


def _other(fault: Fault, notes: Notes) -> Words:
    message = f'{_field(fault)} fails "{fault.keyword}" of its schema'
    return Words("form", message, _example(notes) or "Write what its schema describes.")


_WORDS: dict[str, _Word] = {
    "additionalProperties": _unknown,
    "const": _choice,
    "dependentRequired": _missing,
    "enum": _choice,
    "exclusiveMaximum": _bound("too-large", "less than"),
    "exclusiveMinimum": _bound("too-small", "more than"),
    "maxItems": _size("too-many", "at most", "item"),
    "maxLength": _size("too-long", "at most", "character"),
    "maxProperties": _size("too-many", "at most", "key"),
    "maximum": _bound("too-large", "at most"),
    "minItems": _size("too-few", "at least", "item"),
    "minLength": _size("too-short", "at least", "character"),
    "minProperties": _size("too-few", "at least", "key"),
    "minimum": _bound("too-small", "at least"),
    "multipleOf": _bound("multiple", "a multiple of"),
    "neither": _neither,
    "not": _not,
    "pattern": _pattern,
    "required": _missing,
    "several": _several,
    "type": _type,
    "uniqueItems": _repeated,
}


def _field(fault: Fault) -> str:
    """Name what the fault is in: a key, a value by its key, or an item."""
    if fault.of_name:
        return "the key"
    name = next((step for step in reversed(fault.path) if isinstance(step, str)), None)
    owner = "the file" if name is None else _shown(name)
    if fault.path and isinstance(fault.path[-1], int):
        return f"item {fault.path[-1] + 1} of {owner}"
    return owner


def _within(fault: Fault) -> str:
    return f" in {_field(fault)}" if fault.path else ""


def _shown(value: object) -> str:
    """Return a value as a message shows it: short, on one line, and never a whole secret."""
    if isinstance(value, str):
        fits = len(value) <= MAX_SHOWN
        return _inline(value) if fits else f"text of {len(value)} characters"
    if isinstance(value, (Mapping, list)):
        return "a mapping" if isinstance(value, Mapping) else "a list"
    return "empty" if value is None else _inline(value)


def _inline(value: object) -> str:
    """Return a value as YAML writes it on one line."""
    if isinstance(value, Decimal):
        return f"{value:f}"
    return json.dumps(value, ensure_ascii=False, default=str)


def _example(notes: Notes) -> str:
    """Return a sentence with the schema's first example, if that is short."""
    examples = notes.get("examples") or [None]
    text = _inline(examples[0])
    return "" if examples[0] is None or len(text) > _MAX_EXAMPLE else f"Write for example {text}."


def _guess(value: object, known: Iterable[object]) -> str:
    """Return the text of `known` that was probably meant, or empty text."""
    names = {name.lower(): name for name in reversed(list(known)) if isinstance(name, str)}
    if not isinstance(value, str) or len(value) > _MAX_EXAMPLE:
        return ""
    close = get_close_matches(value.lower().replace(" ", "_"), names, n=1)
    return names[close[0]] if close else ""


def _listed(names: list[str]) -> str:
    return ", ".join([*names[:_MAX_CHOICES], *["..."][: len(names) > _MAX_CHOICES]])


def _either(names: list[str]) -> str:
    return " or ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _count(number: int, unit: str) -> str:
    return f"{number} {unit}{'' if number == 1 else 's'}"
