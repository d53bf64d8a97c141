"""Whether what a person wrote has the shape that its JSON Schema asks for, in their words."""

from __future__ import annotations

from generator.schema.check import check_schema, schema_text
from generator.schema.wording import TYPE_NAMES

__all__ = ["TYPE_NAMES", "check_schema", "schema_text"]
