"""Texts of others made inert, before they stand in Markdown, HTML or a Mermaid picture.

Whatever a pull request holds may be meant to do harm. Nothing of it becomes markup, a link, a
mention, a reference or a picture, and no character of it is unseen or turns the reading order.
In Markdown it stands as code wherever it is more than words: there GitHub links nothing.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable, Iterator

from generator.report.wording import visible

# Letters and marks that show nothing, or nothing but a gap.
_UNSEEN = frozenset(
    [
        *map(chr, range(0xFE00, 0xFE10)),  # which form of the sign before them is shown
        *map(chr, range(0xE0100, 0xE01F0)),
        *map(chr, range(0x180B, 0x1810)),
        *"\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0",
    ]
)
_TURNED = frozenset({"R", "AL", "AN"})
_MARKS = frozenset({"Mn", "Me", "Mc"})
_ASCII = re.compile(r"[ -~]*")
_BYTE, _SHORT = 0xFF, 0xFFFF

# What may stand around a word, and words that no reader of Markdown takes for more than words.
_DRESSED = re.compile(r"""([("']*)(.*?)([)"'.,;:!?]*)""")
_WORD = re.compile(r"[^\W\d_]+(?:[-'\u2019][^\W\d_]+)*|[-\u2013\u2014\u2192\u00d7%]")
_MARKS_ALONE = re.compile(r"""[()"'.,;:!?]+""")
_NUMBER = re.compile(r"[0-9]{1,6}(?:[.,][0-9]{1,6})?%?")
_COMMIT = re.compile(r"[0-9a-fA-F]{7,}")
_TICKS = re.compile(r"`+")
_TICKED = re.compile(r"`([^`]+)`")
_OPENING, _CLOSING = frozenset("(\"'"), frozenset(")\"'.,;:!?")
# What a label of a picture may hold: nothing that ends a label, begins a directive or is HTML.
_LABEL = re.compile(r"[^A-Za-z0-9 .,:/()_-]")
_CUT = "…"


def shown(text: str) -> str:
    """Return `text` on one line, with every character that shows nothing as its escape.

    So are those that turn the reading order, and marks that pile up on a letter.
    """
    if _ASCII.fullmatch(text):
        return text
    return "".join(_shown_signs(visible(text)))


def _shown_signs(text: str) -> Iterator[str]:
    marks = 0
    for sign in text:
        marks = marks + 1 if unicodedata.category(sign) in _MARKS else 0
        turned = unicodedata.bidirectional(sign) in _TURNED
        yield _escaped(sign) if marks > 1 or turned or sign in _UNSEEN else sign


def _escaped(sign: str) -> str:
    code = ord(sign)
    if code <= _BYTE:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= _SHORT else f"\\U{code:08x}"


def shorten(text: str, length: int) -> str:
    """Return at most `length` characters of a text, with a sign that something is cut."""
    return text if len(text) <= length else f"{text[: length - 1]}{_CUT}"


def code(text: str) -> str:
    """Return a text as code in a line of Markdown; it may stand in a table too."""
    return _span(shown(text).replace("|", "\\x7c"))


def _span(text: str) -> str:
    if not text.strip():
        return f'"{text}"' if text else '""'
    ticks = "`" * (max((len(run) for run in _TICKS.findall(text)), default=0) + 1)
    # Of spaces at both ends one is taken away, and a tick beside a tick belongs to it.
    pad = " " if text[0] in "` " or text[-1] in "` " else ""
    return f"{ticks}{pad}{_unmarked(text)}{pad}{ticks}"


def prose(text: str) -> str:
    """Return a sentence in a line of Markdown, what is more than words in it as code.

    So is what stands between two ticks. It must not stand at the beginning of a line, where
    numbers and dashes make lists.
    """
    made = ""
    for number, part in enumerate(_TICKED.split(shown(text))):
        piece = code(part) if number % 2 else " ".join(_joined(part.split()))
        if not piece:
            continue
        # Nothing but a mark stands right beside code: two pieces of code would be one.
        close = made[-1:] in _OPENING if number % 2 else part[0] == piece[0] in _CLOSING
        made += piece if close or not made else f" {piece}"
    return made or '""'


def _joined(words: Iterable[str]) -> Iterator[str]:
    """Yield words, those that are code in a row as one piece of code."""
    begin, run = "", ""
    for word in words:
        before, core, after = _dressed(word)
        if run and (before or _is_plain(core)):
            yield f"{begin}{code(run)}"
            begin, run = "", ""
        if _is_plain(core):
            yield word
            continue
        begin, run = (begin, f"{run} {core}") if run else (before, core)
        if after:
            yield f"{begin}{code(run)}{after}"
            begin, run = "", ""
    if run:
        yield f"{begin}{code(run)}"


def _dressed(word: str) -> tuple[str, str, str]:
    """Return a word without the marks around it, and these; marks alone are a word."""
    match = _DRESSED.fullmatch(word)
    before, core, after = match.groups() if match else ("", word, "")
    return (before, core, after) if core else ("", word, "")


def _is_plain(core: str) -> bool:
    if _NUMBER.fullmatch(core) or _MARKS_ALONE.fullmatch(core):
        return True
    return _WORD.fullmatch(core) is not None and not _COMMIT.search(core)


def html_code(text: str) -> str:
    """Return a text as code in a line of HTML."""
    return f"<code>{html.escape(shown(text))}</code>"


def fenced(text: str, language: str = "") -> str:
    """Return lines of text as a block of code, which nothing in them can end."""
    lines = [_unmarked(shown(line)) for line in text.removesuffix("\n").split("\n")]
    longest = max((len(run) for line in lines for run in _TICKS.findall(line)), default=0)
    fence = "`" * max(3, longest + 1)
    return "\n".join((f"{fence}{language}", *lines, f"{fence}\n"))


def _unmarked(text: str) -> str:
    """Return a text in which nobody finds one of our own marks, which are comments of HTML."""
    return text.replace("<!--", "<\\x21--")


def label(text: str) -> str:
    """Return a text as the label of a node in a Mermaid picture, with its quotes."""
    return f'"{_LABEL.sub("_", shown(text)) or "_"}"'
