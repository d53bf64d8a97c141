"""What the `jsonschema` library is to check otherwise: in the order of files, in linear time."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Protocol, TypeAlias

from jsonschema import Draft202012Validator, TypeChecker, ValidationError
from jsonschema.validators import extend

from generator.schema.fault import Schema, Step

Errors: TypeAlias = Iterator[ValidationError]


class Checker(Protocol):
    """What is used of a validator of the library."""

    def iter_errors(self, instance: object) -> Errors:
        """Yield what is wrong with a value."""

    def descend(
        self,
        instance: object,
        schema: object,
        path: Step | None = None,
        schema_path: Step | None = None,
    ) -> Errors:
        """Yield what is wrong with a value within one."""


def _required(_: Checker, keys: list[str], value: object, __: Schema) -> Errors:
    if isinstance(value, dict):
        yield from (ValidationError(key) for key in keys if key not in value)


def _dependent(_: Checker, needs: Mapping[str, list[str]], value: object, __: Schema) -> Errors:
    if isinstance(value, dict):
        needed = (key for name, keys in needs.items() if name in value for key in keys)
        yield from (ValidationError(key) for key in needed if key not in value)


def _properties(checker: Checker, known: Schema, value: object, _: Schema) -> Errors:
    if isinstance(value, dict):
        for key in (key for key in known if key in value):
            # The library forgets the path when the schema is `false`.
            schema = {"not": {}} if known[key] is False else known[key]
            yield from checker.descend(value[key], schema, path=key, schema_path=key)


def _additional(checker: Checker, allowed: object, value: object, schema: Schema) -> Errors:
    if not isinstance(value, dict):
        return
    known = schema.get("properties", {})
    patterns = [re.compile(pattern) for pattern in schema.get("patternProperties", {})]
    # In the order of the file, where the library's own goes by hash.
    for key, inner in value.items():
        if key in known or any(pattern.search(key) for pattern in patterns):
            continue
        if allowed is False:
            yield ValidationError(key)
        else:
            yield from checker.descend(inner, allowed, path=key)


def _unique(_: Checker, unique: object, value: object, __: Schema) -> Errors:
    # In linear time, where the library's own compares all pairs.
    if unique and isinstance(value, list):
        texts = [json.dumps(item, sort_keys=True, default=str) for item in value]
        if len(set(texts)) < len(texts):
            yield ValidationError("an item is repeated")


def _is_number(_: TypeChecker, value: object) -> bool:
    return isinstance(value, (int, float, Decimal)) and not isinstance(value, bool)


def _is_integer(_: TypeChecker, value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


Thorough: Callable[[Schema], Checker] = extend(  # type: ignore[no-untyped-call]
    Draft202012Validator,
    validators={
        "additionalProperties": _additional,
        "dependentRequired": _dependent,
        "properties": _properties,
        "required": _required,
        "uniqueItems": _unique,
    },
    type_checker=Draft202012Validator.TYPE_CHECKER.redefine_many(
        {"integer": _is_integer, "number": _is_number}
    ),
)
