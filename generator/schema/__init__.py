"""Whether what a person wrote has the shape that its JSON Schema asks for, in their words."""

from __future__ import annotations

from generator.schema.check import beside, check_schema, schema_text
from generator.schema.minors import known_minors
from generator.schema.wording import TYPE_NAMES

__all__ = ["TYPE_NAMES", "beside", "check_schema", "known_minors", "schema_text"]
