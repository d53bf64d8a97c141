"""Whether the API server would take built objects: each against the schema of its kind."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import islice
from typing import Any, NamedTuple, TypeAlias

import jsonschema_rs

from generator.guess import guess_clause
from generator.schema import TYPE_NAMES, known_minors

MAX_FAULTS = 20  # of one object; one that is all wrong needs no more

_CRDS = "crds"
# Names of fields are longer than others, and more alike by chance.
_LIKENESS = 0.7
_MAX_SHOWN = 40
_MAX_CHOICES = 12
# Which of several faults of one value is told.
_FIRST = ("type", "enum", "pattern")
_BOUNDS = {
    "minimum": "at least {}",
    "maximum": "at most {}",
}
_SIZES = {
    "minLength": ("at least", "character"),
    "maxLength": ("at most", "character"),
    "minItems": ("at least", "item"),
    "maxItems": ("at most", "item"),
    "minProperties": ("at least", "key"),
    "maxProperties": ("at most", "key"),
}
_FORMS = {
    "byte": "base64",
    "date-time": 'a time such as "2026-12-01T12:00:00Z"',
    "resource.Quantity": 'a quantity such as "500m" or "16Gi"',
}
_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")

Object: TypeAlias = Mapping[str, Any]
Step: TypeAlias = str | int


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectFault:
    """What the API server would refuse about the object with this place in the input.

    `field` leads to it: `spec.template.spec.containers[daemon].image`. An entry of a list is named
    by its `name`, where no other entry has the same, else by its number; so is a key that is no
    plain word, `metadata.labels[testnet/role]`. The last step is missing when a key is.
    """

    index: int
    field: str
    message: str


class _Document(NamedTuple):
    """One file of schemas, also in the form in which the library refers to it."""

    schemas: dict[str, Any]
    registry: jsonschema_rs.Registry


class _Checker(NamedTuple):
    """What judges one kind, and the file that it is from."""

    validator: jsonschema_rs.Draft202012Validator
    schemas: dict[str, Any]


def validate_objects(objects: Iterable[Object], minor: str) -> tuple[ObjectFault, ...]:
    """Return what a cluster with this minor version of Kubernetes would refuse, in order.

    It stands for every object of one cluster that kustomize built, in any number. The fleet names
    no version but those of `known_minors`.
    """
    found: list[ObjectFault] = []
    for index, value in enumerate(objects):
        checker = _checker(minor, str(value.get("apiVersion")), str(value.get("kind")))
        if checker is None:
            found.append(_unknown_kind(index, value, minor))
        elif not checker.validator.is_valid(value):
            found += sorted(_faults(index, value, checker), key=lambda fault: fault.field)
    return tuple(found)


@cache
def _document(name: str) -> _Document:
    text = files("generator").joinpath("schemas", f"{name}.json").read_text("utf-8")
    schemas = json.loads(text)
    return _Document(schemas, jsonschema_rs.Registry([("urn:objects", schemas)]))


@cache
def _checker(minor: str, api_version: str, kind: str) -> _Checker | None:
    """Return what judges a kind, or None for one that nobody knows."""
    name = f"{api_version} {kind}"
    for document in (_document(f"kubernetes/{minor}"), _document(_CRDS)):
        if name in document.schemas["kinds"]:
            pointer = name.replace("~", "~0").replace("/", "~1").replace(" ", "%20")
            validator = jsonschema_rs.Draft202012Validator(
                {"$ref": f"urn:objects#/kinds/{pointer}"},
                registry=document.registry,
                # As the API server's, without looking back: linear in any text.
                pattern_options=jsonschema_rs.RegexOptions(),
            )
            return _Checker(validator, document.schemas)
    return None


def _unknown_kind(index: int, value: Object, minor: str) -> ObjectFault:
    for key in ("apiVersion", "kind"):
        if not isinstance(value.get(key), str):
            return ObjectFault(index=index, field=key, message=f'"{key}" must be text')
    version, kind = value["apiVersion"], value["kind"]
    message = f'no schema is known of kind "{kind}" in "{version}"'
    documents = (_document(f"kubernetes/{minor}"), _document(_CRDS))
    names = (name.split() for document in documents for name in document.schemas["kinds"])
    if others := sorted(other for other, name in names if name == kind):
        message = f'"{kind}" is not in "{version}" but in {_listed(others)}'
        return ObjectFault(index=index, field="apiVersion", message=message)
    return ObjectFault(index=index, field="kind", message=message)


def _faults(index: int, value: Object, checker: _Checker) -> Iterator[ObjectFault]:
    """Yield one fault for each value, and for each key that is unknown or missing."""
    # The API server drops a field without a value before it judges.
    bare = _without_nulls(value)
    shown = value["kind"] != "Secret"
    chosen: dict[tuple[Step, ...], tuple[int, str]] = {}
    for error in islice(checker.validator.iter_errors(bare), MAX_FAULTS):
        for path, message in _told(error, checker.schemas, shown=shown):
            keyword = error.kind.name
            weight = _FIRST.index(keyword) if keyword in _FIRST else len(_FIRST)
            chosen[path] = min(chosen.get(path, (weight, message)), (weight, message))
    for path, (_, message) in islice(chosen.items(), MAX_FAULTS):
        yield ObjectFault(index=index, field=_field(bare, path), message=message)


def _without_nulls(value: object) -> object:
    if isinstance(value, Mapping):
        return {key: _without_nulls(inner) for key, inner in value.items() if inner is not None}
    if isinstance(value, list):
        return [_without_nulls(inner) for inner in value]
    return value


def _told(
    error: jsonschema_rs.ValidationError, schemas: dict[str, Any], *, shown: bool
) -> Iterator[tuple[tuple[Step, ...], str]]:
    """Yield where an error is, and what is said of it."""
    path = tuple(error.instance_path)
    subject = f'"{path[-1]}"' if path and isinstance(path[-1], str) else "the entry"
    match error.kind:
        case jsonschema_rs.ValidationErrorKind.AdditionalProperties(unexpected=keys):
            known = _parent(error, schemas).get("properties", {})
            for key in keys:
                guess = guess_clause(key, known, likeness=_LIKENESS)
                yield (*path, key), f'unknown field "{key}"{guess}'
        case jsonschema_rs.ValidationErrorKind.Required(property=key):
            yield (*path, key), f'"{key}" is missing'
        case _:
            keyword, value = error.kind.name, error.instance
            if keyword in _SIZES and isinstance(value, (str, list, dict)):
                limit, unit = _SIZES[keyword]
                wanted = f"{error.kind.value} {unit}{'s' * (error.kind.value != 1)}"
                yield path, f"{subject} must have {limit} {wanted}, not {len(value)}"
                return
            is_now = f", not {_shown(value)}" if shown else ""
            yield path, f"{subject} must be {_wanted(error)}{is_now}"


def _parent(error: jsonschema_rs.ValidationError, schemas: dict[str, Any]) -> dict[str, Any]:
    """Return the schema that holds the keyword of an error."""
    node: Any = schemas
    for step in error.schema_path[:-1]:
        node = node[step]
    found: dict[str, Any] = node
    return found


def _wanted(error: jsonschema_rs.ValidationError) -> str:
    match error.kind:
        case jsonschema_rs.ValidationErrorKind.Type(types=types):
            return " or ".join(TYPE_NAMES[name] for name in types)
        case jsonschema_rs.ValidationErrorKind.Enum(options=options):
            return _listed([str(option) for option in options])
        case jsonschema_rs.ValidationErrorKind.Pattern(pattern=pattern):
            return _form(pattern)
    # The tool that writes the schemas lets no other keyword pass.
    return _BOUNDS[error.kind.name].format(error.kind.value)


@cache
def _form(pattern: str) -> str:
    """Return in words what a pattern of the schemas asks for."""
    definitions = _document(f"kubernetes/{known_minors()[-1]}").schemas["$defs"]
    for name, words in _FORMS.items():
        if definitions[name]["pattern"] == pattern:
            return words
    return f"of the form {pattern}"


def _listed(choices: Sequence[str]) -> str:
    shown = [f'"{choice}"' for choice in choices[:_MAX_CHOICES]]
    if len(choices) > len(shown):
        shown.append(f"{len(choices) - len(shown)} more")
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} or {shown[-1]}"


def _shown(value: object) -> str:
    """Return a value in words, never at length: it may be a secret in the wrong place."""
    if isinstance(value, (Mapping, list)):
        return "a mapping" if isinstance(value, Mapping) else "a list"
    if value is None:
        return "empty"
    if isinstance(value, str):
        long = len(value) > _MAX_SHOWN
        return f"a text of {len(value)} characters" if long else f'the text "{value}"'
    return json.dumps(value)


def _field(value: object, path: tuple[Step, ...]) -> str:
    """Return a path as people read it; see `ObjectFault`."""
    text = ""
    for step in path:
        if isinstance(step, str) and _PLAIN_KEY.fullmatch(step):
            text += f".{step}" if text else step
        else:
            text += f"[{_entry(value, step)}]"
        if isinstance(value, list) and isinstance(step, int):
            value = value[step]
        else:
            value = value.get(step) if isinstance(value, dict) else None
    return text


def _entry(value: object, step: Step) -> Step:
    """Return what an entry of a list is called: its name, if that is its alone."""
    if not isinstance(value, list) or not isinstance(step, int):
        return step
    names = [entry.get("name") if isinstance(entry, dict) else None for entry in value]
    name = names[step]
    return name if isinstance(name, str) and name and names.count(name) == 1 else step
