"""What GitHub makes of Markdown: its own parser, and what it looks for in the text after that."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

import cmarkgfm
from cmarkgfm.cmark import Options

# In text outside of code GitHub makes links of these.
_REFERENCES = {
    "mention": re.compile(r"(?<![\w`])@[a-z0-9]", re.IGNORECASE),
    "number": re.compile(r"#[0-9]"),
    "ticket": re.compile(r"\bGH-[0-9]", re.IGNORECASE),
    # Amounts have digits alone.
    "commit": re.compile(r"\b(?=[0-9]*[a-f])[0-9a-f]{7,40}\b", re.IGNORECASE),
    "address": re.compile(r"https?://|www\.\w|\w@\w+\.\w"),
    "emoji": re.compile(r":[a-z0-9_+-]+:"),
    "formula": re.compile(r"\$"),
}
_CODE = frozenset({"code", "pre"})
# GitHub shows these, and they lead nowhere.
_ALONE = frozenset({"br", "hr"})


@dataclass
class Page:
    """A page as a reader of HTML sees it: tags with how often, texts of code, and references."""

    tags: dict[str, int] = field(default_factory=dict)
    code: list[str] = field(default_factory=list)
    text: list[str] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)

    @property
    def references(self) -> set[str]:
        """What GitHub would turn into links, outside of code."""
        return {
            name
            for text in self.text
            for name, pattern in _REFERENCES.items()
            if pattern.search(text)
        }


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.page = Page()
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 - what the base calls
        self.page.tags[tag] = self.page.tags.get(tag, 0) + 1
        if tag not in _ALONE:
            self._open.append(tag)
        if tag == "code":
            self.page.code.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag in self._open:
            while self._open.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if _CODE & set(self._open):
            self.page.code[-1] += data
        else:
            self.page.text.append(data)

    def handle_comment(self, data: str) -> None:
        self.page.comments.append(data)


def read(markdown: str) -> Page:
    """Return the page that GitHub makes of Markdown, before it takes out what may do harm."""
    # With HTML left as it is, so that a test sees all of it.
    html = cmarkgfm.github_flavored_markdown_to_html(
        markdown, options=Options.CMARK_OPT_UNSAFE | Options.CMARK_OPT_GITHUB_PRE_LANG
    )
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.page
