"""The file of a key: what is written is read back, and nothing else is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.errors import UsageError
from generator.register import Place, Record, State
from generator.register.file import HEADER, parse_record, record_path, render_record
from tests.register.histories import KEY, OTHER_KEY, PLACES, commit_id, records

PATH = record_path(KEY)
HELD = Record(
    key=KEY,
    generation=3,
    state=State.HELD,
    place=Place("a", "net-qa", "whale-1"),
    net="qa",
    since=commit_id(1),
)


@given(records())
def test_a_record_is_read_back_as_it_was_written(record: Record) -> None:
    assert parse_record(render_record(record), PATH) == record


@given(PLACES)
def test_a_place_is_read_back_as_it_was_written(place: Place) -> None:
    assert Place.parse(str(place)) == place


@pytest.mark.parametrize("text", ["", "a", "a/b/c", "a/b/c/d/e", "a//c/d", "/b/c/d"])
def test_another_text_is_no_place(text: str) -> None:
    with pytest.raises(ValueError, match="no place"):
        Place.parse(text)


def test_the_path_is_named_after_the_key() -> None:
    assert f"keys/{KEY[-2:]}/{KEY}.yaml" == record_path(KEY)
    assert HEADER in render_record(HELD)


@pytest.mark.parametrize("key", ["", "../../etc/passwd", "0OIl" * 10, f"{KEY}/", f"{KEY}\n"])
def test_no_path_is_made_of_what_is_no_key(key: str) -> None:
    with pytest.raises(ValueError, match="no public key"):
        record_path(key)


def test_a_record_at_the_path_of_another_key_is_refused() -> None:
    with pytest.raises(UsageError, match="keys audit"):
        parse_record(render_record(HELD), record_path(OTHER_KEY))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("state: held", "state: draining"),
        ("state: held", "state: lost"),
        ("generation: 3", "generation: -1"),
        ("generation: 3", "generation: true"),
        ("generation: 3", 'generation: "3"'),
        ("a/net-qa/StatefulSet/whale-1", "a/net-qa/whale-1"),
        (commit_id(1), commit_id(1)[:12]),
        (commit_id(1), commit_id(1).upper()),
        ("net: qa\n", ""),
        (f"key: {KEY}", "key: nothing"),
        ("state: held", f"state: held\ndrain:\n  id: 0123456789ab\n  after: {commit_id(1)}"),
        ("state: held", f"state: draining\ndrain:\n  id: 0123\n  after: {commit_id(1)}"),
    ],
)
def test_a_file_that_was_edited_is_refused(old: str, new: str) -> None:
    text = render_record(HELD)
    assert old in text
    with pytest.raises(UsageError) as caught:
        parse_record(text.replace(old, new), PATH)
    assert PATH in str(caught.value)
    assert "\n" not in str(caught.value)


@given(st.one_of(st.text(max_size=60), st.sampled_from(["[]", "1", "a: b", "{}", "a: [", "- x"])))
def test_whatever_is_no_record_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        parse_record(text, PATH)
