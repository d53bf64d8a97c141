"""The one emitter: plain values to YAML that every reader, of YAML 1.1 or 1.2, reads the same."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import Enum
from json.encoder import encode_basestring
from typing import Any, NamedTuple, TypeAlias

Node: TypeAlias = Mapping[str, object]

MAX_DEPTH = 64
_MAX_KEY = 256  # readers look for ':' no further than 1024 bytes
_MAX_REMEMBERED = 256
_LEAST, _MOST = -(2**63), 2**64 - 1  # other numbers become floats in Go

_PADS = tuple("  " * depth for depth in range(MAX_DEPTH + 2))

# Plain text is what no reader can take for an indicator; a space or ':' has text behind it.
_WITHIN = r"[A-Za-z0-9_./@%+=~^*&!?;()<>$,'\"|\\-]"
_PLAIN = re.compile(
    r"(?!---|\.\.\.)(?:[A-Za-z0-9_/.$(+]|-(?=[A-Za-z0-9-]))"
    rf"(?:{_WITHIN}|\#|:(?=[A-Za-z0-9/])|[ ](?={_WITHIN}))*"
)
# Text, without its underscores, that some reader takes for null, a boolean, a number or a time:
# Go drops them before it looks, so that 0_xa is 10.
_RESOLVED = re.compile(
    r"(?ai:null|true|false|y|n|yes|no|on|off|[-+]?\.?(?:inf|infinity|nan)"
    r"|[-+]?0[xob][-+]?[0-9a-f]*"
    r"|[-+]?[0-9]*(?:\.[0-9]*)?(?:e[-+]?[0-9]*)?"
    r"|[-+]?[0-9]+(?::[0-9]*)+(?:\.[0-9]*)?"
    r"|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}.*)"
)
# The ranges are fixed here: the Unicode tables of Python differ between its versions.
_ESCAPED = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\xa0\xad\u061c\u200b-\u200f\u2028-\u202f\u205f-\u206f"
    "\ud800-\udfff\ufeff\ufff0-\uffff\U000e0000-\U000e0fff]"
)
_TRAILING_SPACE = re.compile(r"[ \t](?:\n|\Z)")


class _Kind(Enum):
    """The ways of writing a value."""

    TEXT = str
    MAPPING = Mapping
    SEQUENCE = Sequence
    SCALAR = object


_TEXT, _MAPPING, _SEQUENCE = _Kind.TEXT, _Kind.MAPPING, _Kind.SEQUENCE


def emit(documents: Iterable[Node], *, header: str) -> str:
    """Return `documents` as YAML in block style, keys in their order, below a comment.

    Values are str, int, bool, None, and mappings and sequences of these. TypeError for any other,
    a float or Decimal too (an amount is text), and for a key that is not text; ValueError for
    what no reader would give back (a lone surrogate, an int of more than 64 bits, deep nesting).
    """
    if _ESCAPED.search(header):
        msg = "a header holds printable text only"
        raise ValueError(msg)
    parts = [f"# {line}".rstrip() + "\n" for line in header.split("\n")]
    output = _Output(parts.append, _Keys(), _Texts(), _Kinds())
    for number, document in enumerate(documents):
        if number:
            parts.append("---\n")
        if output.kinds[document.__class__] is not _MAPPING:
            msg = f"a document is a mapping, not {type(document).__name__}"
            raise TypeError(msg)
        if document:
            _write_mapping(document, "", 0, output)
        else:
            parts.append("{}\n")
    return "".join(parts)


class _Keys(dict[str, str]):
    """Remembers how each key is written."""

    def __missing__(self, key: object) -> str:
        if not isinstance(key, str):
            msg = f"a key is text, not {key!r}"
            raise TypeError(msg)
        if len(key) > _MAX_KEY:
            msg = f"a key has at most {_MAX_KEY} characters: {key[:40]!r}..."
            raise ValueError(msg)
        text = str.__str__(key)
        written = text if ":" not in text and _is_plain(text) else _quoted(text)
        self[text] = written
        return written


class _Texts(dict[str, str]):
    """Remembers how each text is written on one line; empty for a text written as a block."""

    def __missing__(self, value: str) -> str:
        text = value = str.__str__(value)  # of a StrEnum, say
        if not _is_plain(value):
            text = "" if _is_literal(value) else _quoted(value)
        if len(value) <= _MAX_REMEMBERED:
            self[value] = text
        return text


class _Kinds(dict[type, _Kind]):
    """Remembers which kind each class is, since asking costs more than writing a line."""

    def __missing__(self, cls: type) -> _Kind:
        kind = next(kind for kind in _Kind if issubclass(cls, kind.value))
        if issubclass(cls, (bytes, bytearray, memoryview, range)):
            kind = _Kind.SCALAR  # refused there: no list of numbers was meant
        self[cls] = kind
        return kind


class _Output(NamedTuple):
    """Where the text goes, and what was learnt while writing it."""

    write: Callable[[str], None]
    keys: _Keys
    texts: _Texts
    kinds: _Kinds


def _write_mapping(mapping: Node, lead: str, depth: int, output: _Output) -> None:
    """Write the entries of a mapping that is not empty; `lead` stands before the first of them."""
    write, keys, texts, kinds = output
    pad = _pad(depth)
    value: Any
    for key, value in mapping.items():
        kind = kinds[value.__class__]
        if kind is _TEXT:
            write(f"{lead}{keys[key]}: {texts[value] or _block(value, depth)}\n")
        elif kind is _MAPPING and value:
            write(f"{lead}{keys[key]}:\n")
            _write_mapping(value, f"{pad}  ", depth + 1, output)
        elif kind is _SEQUENCE and value:
            write(f"{lead}{keys[key]}:\n")
            _write_sequence(value, pad, depth, output)
        else:
            write(f"{lead}{keys[key]}: {_scalar(value, kind)}\n")
        lead = pad


def _write_sequence(sequence: Sequence[Any], lead: str, depth: int, output: _Output) -> None:
    """Write the items of a sequence that is not empty; `lead` stands before its first dash."""
    write, _, texts, kinds = output
    pad = _pad(depth)
    for value in sequence:
        kind = kinds[value.__class__]
        if kind is _TEXT:
            write(f"{lead}- {texts[value] or _block(value, depth)}\n")
        elif kind is _MAPPING and value:
            _write_mapping(value, f"{lead}- ", depth + 1, output)
        elif kind is _SEQUENCE and value:
            _write_sequence(value, f"{lead}- ", depth + 1, output)
        else:
            write(f"{lead}- {_scalar(value, kind)}\n")
        lead = pad


def _pad(depth: int) -> str:
    if depth > MAX_DEPTH:
        msg = f"values are nested more than {MAX_DEPTH} deep"
        raise ValueError(msg)
    return _PADS[depth]


def _scalar(value: object, kind: _Kind) -> str:
    """Return a value other than text that fits on its line: an empty collection too."""
    if kind is not _Kind.SCALAR:
        return "{}" if kind is _MAPPING else "[]"
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, int):
        msg = f"{value!r} is of class {type(value).__name__}: an amount is written as text"
        raise TypeError(msg)
    if not _LEAST <= value <= _MOST:
        msg = f"{value} has more than 64 bits: write it as text"
        raise ValueError(msg)
    return int.__repr__(value)


def _is_plain(text: str) -> bool:
    return _PLAIN.fullmatch(text) is not None and _RESOLVED.fullmatch(text.replace("_", "")) is None


def _is_literal(text: str) -> bool:
    """Say whether `text` has lines that every reader gives back from a literal block."""
    return (
        "\n" in text
        and text[0] not in " \t\n"
        and not text.endswith("\n\n")
        and _ESCAPED.search(text) is None
        and _TRAILING_SPACE.search(text) is None
    )


def _block(text: str, depth: int) -> str:
    """Return `text` as a literal block below a key or dash at `depth`, without the last break."""
    pad = _PADS[depth + 1]
    body = text.removesuffix("\n")
    lines = [pad + line if line else "" for line in body.split("\n")]
    return "\n".join(("|" if body != text else "|-", *lines))


def _quoted(text: str) -> str:
    """Return `text` in double quotes with the escapes of JSON; other text stays readable."""
    return _ESCAPED.sub(_escape, encode_basestring(text))


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    if 0xD800 <= code <= 0xDFFF:  # noqa: PLR2004 - the range of surrogates
        msg = f"U+{code:04X} is half a character"
        raise ValueError(msg)
    return f"\\U{code:08x}" if code > 0xFFFF else f"\\u{code:04x}"  # noqa: PLR2004 - as above
