"""Reviews of any change brought to a size that others read: what is too much is counted."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from generator.review.escape import shorten
from generator.review.model import ManifestDiff, Omitted, Review
from generator.review.record import MAX_SIZE, review_of, write_review
from generator.schema import schema_text

# Characters of all diffs together; the whole of them is a file of its own.
MAX_DIFFS = 1_500_000
# By how much lists and texts are shortened, one after the other, until all is small enough.
_SHARES = (1, 4, 16, 64)
_MAX_OMITTED = 40
# How the lists of the schema are called, where that is not their name.
_WORDS = {
    "concerns": "files of sums",
    "groups": "groups of topologies",
    "handovers": "key hand-overs",
    "known": "findings from before",
    "manifests": "diffs of manifests",
    "paths": "changed paths",
    "related": "related places",
    "topology": "clusters of topologies",
}

_Schema = Mapping[str, Any]


def bounded(review: Review) -> Review:
    """Return a review that is valid by its schema and small enough to be read again.

    Verdict and counts stay as they are; what lists are cut by is in `omitted`.
    """
    fitted = review
    for share in _SHARES:
        fitted = _fitted(_shorter(review, MAX_DIFFS // share**2), share)
        if len(write_review(fitted)) <= MAX_SIZE:
            break
    return fitted


def _shorter(review: Review, room: int) -> Review:
    """Return a review whose diffs have so many characters together; each has a fair share."""
    diffs = sum(len(net.manifests) for net in review.nets)
    longest = min(
        room // max(diffs, 1), _schema()["$defs"]["manifest"]["properties"]["text"]["maxLength"]
    )
    nets = [
        replace(net, manifests=tuple(cut_diff(diff, longest) for diff in net.manifests))
        for net in review.nets
    ]
    return replace(review, nets=tuple(nets))


def cut_diff(diff: ManifestDiff, length: int) -> ManifestDiff:
    """Return a diff of at most so many characters, in whole lines, with the count of the others."""
    if len(diff.text) <= length:
        return diff
    end = diff.text.rfind("\n", 0, length) + 1
    return replace(diff, text=diff.text[:end], cut=diff.cut + diff.text.count("\n", end))


def _fitted(review: Review, share: int) -> Review:
    content = json.loads(write_review(review))
    omitted: dict[str, int] = {}
    fitted = _fit(content, _schema(), share, "", omitted)
    lost = [Omitted(what=_WORDS.get(n, n), count=count) for n, count in omitted.items()]
    made = review_of(fitted)
    return replace(made, omitted=(*made.omitted, *lost)[:_MAX_OMITTED])


def _fit(value: Any, schema: _Schema, share: int, name: str, omitted: dict[str, int]) -> Any:  # noqa: ANN401 - plain data
    """Return plain data with texts and lists as short as its schema asks for, or a share of it."""
    schema = _resolved(schema)
    if isinstance(value, dict):
        properties = schema["properties"]
        return {
            key: _fit(inner, properties[key], share, key, omitted) for key, inner in value.items()
        }
    if isinstance(value, list) and "prefixItems" not in schema:
        most = max(1, schema["maxItems"] // share)
        if len(value) > most:
            omitted[name] = omitted.get(name, 0) + len(value) - most
        return [_fit(inner, schema["items"], share, name, omitted) for inner in value[:most]]
    if isinstance(value, str) and "maxLength" in schema and "pattern" not in schema:
        # Diffs are shortened before, by whole lines.
        return shorten(value, max(80, schema["maxLength"] // (1 if name == "text" else share)))
    return value


def _resolved(schema: _Schema) -> _Schema:
    """Return the part of a schema that says what a value is, where it is not null."""
    for choice in schema.get("anyOf", ()):
        if "$ref" in choice:
            schema = choice
    if "$ref" not in schema:
        return schema
    found: _Schema = _schema()["$defs"][schema["$ref"].rpartition("/")[2]]
    return found


@cache
def _schema() -> _Schema:
    schema: _Schema = json.loads(schema_text("review"))
    return schema
