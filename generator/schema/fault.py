"""What fails in a value and where, out of the errors of the `jsonschema` library."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from jsonschema import ValidationError  # it takes long, and most files have no fault

Schema: TypeAlias = Mapping[str, Any]
Step: TypeAlias = str | int


# The message of these errors is the key they speak of.
_ABOUT_ONE_KEY = frozenset({"additionalProperties", "dependentRequired", "required"})
# Which of several faults of one value is told.
_FIRST = ("type", "const", "enum", "not", "pattern")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One value, or one key of a mapping, that fails one keyword of the schema.

    `key` is the key that is unknown or missing, or whose own name fails the keyword (`of_name`);
    `route` leads through the schema to the keyword, `schema` is what holds it.
    """

    keyword: str
    path: tuple[Step, ...]
    key: str = ""
    of_name: bool = False
    value: object = None
    wanted: Any = None
    schema: Schema
    route: tuple[Step, ...] = ()

    @property
    def slot(self) -> tuple[object, ...]:
        """What is one thing to a reader: one of several faults in it is enough."""
        single = self.keyword in _ABOUT_ONE_KEY
        return (self.path, self.of_name, self.key, self.keyword if single else "")

    @property
    def weight(self) -> int:
        """The place among faults of one slot, the telling ones first."""
        return _FIRST.index(self.keyword) if self.keyword in _FIRST else len(_FIRST)


def find_faults(errors: Iterable[ValidationError]) -> tuple[Fault, ...]:
    """Return one fault for each value, and for each key that is unknown or missing."""
    chosen: dict[tuple[object, ...], Fault] = {}
    for fault in (fault for error in errors for fault in _unfold(error)):
        other = chosen.get(fault.slot)
        if other is None or fault.weight < other.weight:
            chosen[fault.slot] = fault
    return tuple(chosen.values())


def _unfold(error: ValidationError) -> Iterator[Fault]:
    """Yield the faults of the likeliest of several alternatives; else the error itself."""
    if error.validator not in {"anyOf", "oneOf"}:
        yield _fault(error)
        return
    branches: defaultdict[Step, list[ValidationError]] = defaultdict(list)
    for inner in error.context:
        branches[inner.schema_path[0]].append(inner)
    wanted: Any = error.validator_value
    keys = [key for branch in wanted for key in _only_required(branch)]
    types = [_types_at_the_top(inner) for inner in branches.values()]
    if not branches:
        yield _fault(error, keyword="several", wanted=keys)
    elif len(keys) >= len(wanted):
        yield _fault(error, keyword="neither", wanted=keys)
    elif all(types):
        yield _fault(error, keyword="type", wanted=[name for names in types for name in names])
    else:
        for inner in min(branches.values(), key=_distance):
            yield from _unfold(inner)


def _fault(error: ValidationError, *, keyword: str = "", wanted: object = None) -> Fault:
    # A schema that is `false` has no keyword.
    validator: Any = error.validator
    keyword = keyword or ("not" if validator is None else str(validator))
    of_name = "propertyNames" in error.absolute_schema_path
    about = str(error.instance) if of_name else error.message
    schema: Any = error.schema
    return Fault(
        keyword=keyword,
        path=tuple(error.absolute_path),
        key=about if of_name or keyword in _ABOUT_ONE_KEY else "",
        of_name=of_name,
        value=error.instance,
        wanted=error.validator_value if wanted is None else wanted,
        schema=schema if isinstance(schema, Mapping) else {},
        route=tuple(error.absolute_schema_path),
    )


def _only_required(branch: object) -> list[str]:
    """Return the keys that a branch asks for, when that is all it does."""
    if isinstance(branch, Mapping) and set(branch) == {"required"}:
        return list(branch["required"])
    return []


def _types_at_the_top(errors: list[ValidationError]) -> list[str]:
    for error in errors:
        if error.validator == "type" and not error.path:
            names: Any = error.validator_value
            return [names] if isinstance(names, str) else names
    return []


def _distance(errors: list[ValidationError]) -> tuple[bool, bool, int]:
    """Say how far a value is from a branch: of another type, of another kind, by how much."""
    kind = any(e.validator in {"const", "enum"} and len(e.path) <= 1 for e in errors)
    return (bool(_types_at_the_top(errors)), kind, len(errors))
