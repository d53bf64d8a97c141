"""Values against a JSON Schema of the package: findings at the place of each fault."""

from __future__ import annotations

import json
from collections.abc import Iterable
from decimal import Decimal
from functools import cache
from importlib.resources import files
from itertools import islice
from typing import Any, NamedTuple

import jsonschema_rs

from generator.finding import Finding
from generator.schema.describe import describe
from generator.schema.fault import Fault, find_faults
from generator.source import Mapping, Sequence, Value

MAX_FINDINGS = 100

Schema = dict[str, Any]


class _Checks(NamedTuple):
    """One schema, with what says yes or no 150 times faster than `Thorough` says why."""

    schema: Schema
    quick: jsonschema_rs.Draft202012Validator


def schema_text(kind: str) -> str:
    """Return the JSON Schema of a kind of file (testnet, fleet, keys) as text."""
    return files("generator").joinpath("schemas", f"{kind}.json").read_text(encoding="utf-8")


def check_schema(
    kind: str, document: Mapping, *, schema: Schema | None = None
) -> tuple[Finding, ...]:
    """Return what is wrong with the shape of `document`, in order of place, 100 at most.

    `schema` stands in for the one of the package, for tests.
    """
    checks = _checks(kind) if schema is None else _prepare(schema)
    if checks.quick.is_valid(document) and not _holds_fraction(document):
        return ()
    # Here, as its library takes long to import, and most files have no fault.
    from generator.schema.thorough import Thorough  # noqa: PLC0415

    errors = islice(Thorough(checks.schema).iter_errors(document), MAX_FINDINGS)
    # The two could differ, over an exotic pattern say: then the answer is still no.
    faults = find_faults(errors) or tuple(
        Fault(keyword="pattern", path=tuple(error.instance_path), value=error.instance, schema={})
        for error in islice(checks.quick.iter_errors(document), MAX_FINDINGS)
    )
    found = {describe(fault, document, checks.schema) for fault in faults}
    return tuple(sorted(found, key=lambda finding: finding.order))


def beside(findings: Iterable[Finding], read: Iterable[Finding]) -> tuple[Finding, ...]:
    """Leave out what is said of values that were refused when they were `read`.

    Such a value stands there as text, whatever was meant by it.
    """
    told = {finding.at for finding in read}
    return tuple(finding for finding in findings if finding.at not in told)


@cache
def _checks(kind: str) -> _Checks:
    return _prepare(json.loads(schema_text(kind), parse_float=Decimal))


def _prepare(schema: Schema) -> _Checks:
    return _Checks(schema, jsonschema_rs.Draft202012Validator(schema))


def _holds_fraction(value: Value) -> bool:
    """Say whether there is a number with a point: `quick` takes 1.0 for an integer."""
    if isinstance(value, Mapping):
        return any(_holds_fraction(inner) for inner in value.values())
    if isinstance(value, Sequence):
        return any(_holds_fraction(inner) for inner in value)
    return isinstance(value, Decimal)
