"""Whether what a person wrote has the shape that its JSON Schema asks for, in their words."""

from __future__ import annotations

from generator.schema.check import check_schema, schema_text

__all__ = ["check_schema", "schema_text"]
