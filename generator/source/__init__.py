"""YAML that people write: text to plain values, each with its line and column."""

from __future__ import annotations

from generator.source.file import Document, read_document
from generator.source.parse import parse_document
from generator.source.stream import Part, parse_stream
from generator.source.values import Mapping, Sequence, Value, locate, locate_key

__all__ = [
    "Document",
    "Mapping",
    "Part",
    "Sequence",
    "Value",
    "locate",
    "locate_key",
    "parse_document",
    "parse_stream",
    "read_document",
]
