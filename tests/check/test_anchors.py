"""What is remembered of lines never changes which words a text is said to hold."""

from hypothesis import given
from hypothesis import strategies as st

from generator.check.anchors import MOST_LINES, Anchors

WORDS = (b"pass", b"word", b"://", b"ss")
lines = st.lists(st.sampled_from(["a: 1", "pass", "xpassword", "://x", "wor", "d", "ss", ""]))
texts = st.lists(lines.map("\n".join), max_size=6)


@given(texts)
def test_it_is_as_if_every_text_was_searched(some: list[str]) -> None:
    found = Anchors(WORDS)
    for text in (*some, *some):
        lower = text.encode()
        assert found.within(lower) == [word for word in WORDS if word in lower]


def test_no_more_lines_are_remembered_than_fit() -> None:
    found = Anchors(WORDS)
    for start in range(0, 4 * MOST_LINES, 2**14):
        text = "\n".join(f"line {number}" for number in range(start, start + 2**14))
        assert found.within(f"{text}\nwith a pass".encode()) == [b"pass", b"ss"]
    assert found.remembered <= MOST_LINES + 2**14 + 1


def test_long_lines_are_searched_and_not_remembered() -> None:
    found = Anchors(WORDS)
    for _ in range(2):
        assert found.within(b"x" * 10_000 + b"pass") == [b"pass", b"ss"]
    assert found.remembered == 0
