"""A review as JSON: the object that generator/schemas/review.json describes.

It goes from a job without rights to one with them: what is read here may be anything.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import StrEnum
from functools import cache
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import jsonschema_rs

from generator.errors import UsageError
from generator.review.model import Review
from generator.schema import schema_text

# Raised only where a program that reads a review has to change.
VERSION = 1
# In bytes: several times what `bounded` leaves of the largest change.
MAX_SIZE = 8 * 2**20
FILE = "review.json"


def write_review(review: Review) -> str:
    """Return a review as JSON, in ASCII; one that is `bounded` is valid by the schema."""
    return json.dumps({"version": VERSION, **_plain(review)}, indent=1) + "\n"


def read_review(text: str | bytes, path: str = FILE) -> Review:
    """Return the review that a text holds.

    Raises:
        UsageError: when it is too large, or not of the form that the schema gives.
    """
    data = text.encode(errors="surrogatepass") if isinstance(text, str) else text
    if len(data) > MAX_SIZE:
        raise _refuse(path, f"it has {len(data)} bytes, and {MAX_SIZE} are read")
    try:
        content = json.loads(data)
        error = next(iter(_schema().iter_errors(content)), None)
    except (ValueError, RecursionError) as problem:
        raise _refuse(path, f"it is no JSON ({type(problem).__name__})") from problem
    if error is not None:
        place = "/".join(str(step)[:40] for step in error.instance_path[:8])
        raise _refuse(path, f"{place or 'the whole'} is not as the schema has it")
    return review_of(content)


def review_of(content: Mapping[str, Any]) -> Review:
    """Return the review in plain data that is as the schema has it."""
    review: Review = _record(Review, {n: value for n, value in content.items() if n != "version"})
    return review


def _refuse(path: str, reason: str) -> UsageError:
    return UsageError(
        f"{path}: not a review that this program wrote: {reason}. Run `testnet review` again, with"
        " the same version of the program"
    )


@cache
def _schema() -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(json.loads(schema_text("review")))


def _plain(record: object) -> dict[str, Any]:
    return {
        field.name: _value(getattr(record, field.name))
        for field in fields(record)  # type: ignore[arg-type] # a dataclass, by its callers
    }


def _value(value: object) -> object:
    if is_dataclass(value):
        return _plain(value)
    if isinstance(value, tuple):
        return [_value(inner) for inner in value]
    return str(value) if isinstance(value, StrEnum) else value


def _record(kind: Any, content: Mapping[str, Any]) -> Any:  # noqa: ANN401 - of whatever kind
    """Return a record of plain data that has just its fields."""
    types = _types(kind)
    return kind(**{name: _typed(types[name], value) for name, value in content.items()})


@cache
def _types(kind: Any) -> dict[str, Any]:  # noqa: ANN401 - a class
    return get_type_hints(kind)


def _typed(kind: Any, value: Any) -> Any:  # noqa: ANN401 - whatever the type says
    arguments = get_args(kind)
    match get_origin(kind):
        case origin if origin is tuple and arguments[-1] is Ellipsis:
            return tuple(_typed(arguments[0], inner) for inner in value)
        case origin if origin is tuple:
            return tuple(_typed(k, v) for k, v in zip(arguments, value, strict=True))
        case origin if origin in {UnionType, Union}:
            return None if value is None else _typed(arguments[0], value)
        case None if hasattr(kind, "__dataclass_fields__"):
            return _record(kind, value)
        case None:
            # Of numbers, 1.0 is a whole one for the schema.
            return kind(value) if issubclass(kind, (StrEnum, int)) else value
        case origin:
            return origin(**{name: _typed(arguments[0], inner) for name, inner in value.items()})
