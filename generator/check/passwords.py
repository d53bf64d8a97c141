"""Passwords and tokens that are written out where a reference belongs."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from dataclasses import replace

from generator.check.leak import Hit, LeakKind, digest_of_secret

ANCHORS = (b"pass", b"token", b"secret", b"api_key", b"private_key")

# How many names are looked at: what is built has one in 1,800 characters, what people write fewer
# than a hundred. What is nothing but names would keep the check busy for seconds.
FEWEST, PER_NAME = 5000, 200

_LONGEST_NAME = 80
# The end of a name that stands for a password, from the anchor on.
_END = re.compile(
    r"(?:pass(?:word|wd|phrase)?|token|secret(?:_key)?|api_key|private_key)(?![A-Za-z0-9_.-])",
    re.IGNORECASE,
)
_NAME = re.compile(r"[A-Za-z0-9_.-]*")  # matched backwards
_ENVIRONMENT = re.compile(
    r"(?:[A-Z0-9_]*_)?"
    r"(?:PASS|PASSWORD|PASSWD|PASSPHRASE|TOKEN|SECRET|API_KEY|PRIVATE_KEY|SECRET_KEY)"
)
_FIELD = re.compile(
    r"(?:[A-Za-z0-9_.-]*[_.-])?(?:pass|password|passwd|passphrase|token)"
    r"|[a-z][A-Za-z0-9]*(?:Pass|Password|Passwd|Passphrase|Token)"
)
_FLAG = re.compile(
    r"--?(?:[a-z0-9]+-)*(?:pass|password|passwd|passphrase|token|secret|api_key|private_key)"
)

_QUOTE = r"\\{0,2}[\"']?"
_VALUE = (
    r"(?:\\{0,2}\"(?P<double>[^\"\n]{0,300})\"|'(?P<single>[^'\n]{0,300})'"
    r"|(?P<plain>[^\s\"'#,;)\]}][^\s\"',;)\]]{0,299}))"
)
# A value on the same line, or in `value:` of an environment variable that is named before it.
_ASSIGNED = re.compile(rf"{_QUOTE}(?P<sign>[ \t]{{0,4}}[:=](?![:=])[ \t]{{0,40}}){_VALUE}")
_NAMED = re.compile(
    rf"{_QUOTE}[ \t]{{0,4}}(?:\r?\n[ \t]{{0,40}}|,\s{{0,40}}){_QUOTE}value{_QUOTE}"
    rf"[ \t]{{0,4}}:[ \t]{{0,40}}{_VALUE}"
)
_PASSED = re.compile(
    rf"(?:=|[ \t]{{1,4}}"
    rf"|{_QUOTE}(?:,\s{{0,40}}|[ \t]{{0,4}}\r?\n[ \t]{{0,40}}-[ \t]{{1,4}})){_VALUE}"
)
_VALUE_BEFORE = re.compile(
    rf"-[ \t]{{1,4}}value:[ \t]{{0,40}}{_VALUE}[ \t]{{0,4}}\r?\n"
    rf"[ \t]{{0,40}}name:[ \t]{{0,4}}{_QUOTE}\Z"
)

_REFERENCE = re.compile(
    r"[$<{\[|>&*%!`\\@]|\.{0,2}/|~/|-"
    r"|(?i:arn|vault|ref\+[a-z]+|op|file|env|projects|secret)[:/]"
)
_NOTHING = re.compile(
    r"(?i:null|none|nil|true|false|yes|no|~|[x.*_-]+|redacted|secret|string|undefined)"
)
_CODE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*[.(\[]")
# Where the name of a field may begin: a sentence that ends in "password:" is not one.
_FIELD_START = re.compile(r"(?:^|[{,])[ \t]*(?:-[ \t]+)*\\{0,2}[\"']?\Z|[{,][ \t]*\\{0,2}[\"']\Z")
# What comes before the password in what libpq takes for an address: `host=a user=b password=c`.
_CONNECTION = re.compile(r"(?:host|port|user|dbname)=[^\s,()]+[ \t]")
_SHORTEST_TOKEN = 16


def find_passwords(text: str, lower: bytes, held: Container[bytes]) -> Iterator[Hit]:
    """Find values of environment variables, fields and flags that are named like passwords.

    A text with more names than anybody writes is not searched to its end, and that is a hit.
    """
    left = FEWEST + len(text) // PER_NAME
    for anchor in ANCHORS:
        start = lower.find(anchor) if anchor in held else -1
        while start >= 0:
            end = _END.match(text, start)
            left -= end is not None
            if left < 0:
                yield Hit(start, start + len(anchor), LeakKind.CROWD)
                return
            if end:
                yield from _judge(text, start, end.end())
            start = lower.find(anchor, start + 1)


def _judge(text: str, anchor: int, end: int) -> Iterator[Hit]:
    before = _NAME.match(text[max(0, anchor - _LONGEST_NAME) : anchor][::-1])
    start = anchor - len(before[0]) if before else anchor
    word = text[start:end]
    if _FLAG.fullmatch(word):
        match = _PASSED.match(text, end)
        if match and _is_literal(match) and not _value(match).endswith(":"):
            yield _hit(match)
    elif _ENVIRONMENT.fullmatch(word):
        match = _ASSIGNED.match(text, end) or _NAMED.match(text, end)
        match = match or _VALUE_BEFORE.search(text[max(0, start - 400) : start])
        if match and _is_literal(match):
            hit = _hit(match)
            # The places of what is found before a name are not those of the whole text.
            yield replace(hit, start=start, end=end) if match.re is _VALUE_BEFORE else hit
    elif _FIELD.fullmatch(word):
        match = _ASSIGNED.match(text, end)
        if match and _is_literal(match) and _is_field(text, start, word, match):
            yield _hit(match)


def _is_field(text: str, start: int, word: str, match: re.Match[str]) -> bool:
    """Say whether a name in small letters is a field with a value, not code or a sentence."""
    line = text[max(text.rfind("\n", max(0, start - 200), start) + 1, start - 200) : start]
    if match["plain"] is not None:
        begins = _CONNECTION if "=" in match["sign"] else _FIELD_START
        if not begins.search(line):
            return False
    value = _value(match)
    return not word.lower().endswith("token") or len(value) >= _SHORTEST_TOKEN


def _value(match: re.Match[str]) -> str:
    return next(
        match[name].rstrip("\\")
        for name in ("double", "single", "plain")
        if match[name] is not None
    )


def _is_literal(match: re.Match[str]) -> bool:
    value = _value(match).strip()
    if match["plain"] is not None and "{" not in value:
        value = value.rstrip("}")
    if not value or _REFERENCE.match(value) or _NOTHING.fullmatch(value):
        return False
    return match["plain"] is None or not _CODE.match(value)


def _hit(match: re.Match[str]) -> Hit:
    group = next(n for n in ("double", "single", "plain") if match[n] is not None)
    digest = digest_of_secret(match[group])
    return Hit(match.start(group), match.end(group), LeakKind.PASSWORD, digest=digest)
