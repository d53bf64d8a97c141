"""The one comment: written, kept, mended, by one run or by two at once."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.hub import Hub, HubError
from generator.hub.comments import (
    MOST_CHARACTERS,
    Effect,
    Section,
    Sticky,
    Written,
    compose,
    open_sticky,
    read_sections,
)
from tests.github.answers import Answer, message
from tests.github.fake import BOT, FakeGitHub

HEAD = "a" * 40
TROUBLE: Answer = (502, {}, b"<html>")


@pytest.fixture
def number(fake: FakeGitHub) -> int:
    return fake.open_pull("net", head=HEAD)


@pytest.fixture
def sticky(hub: Hub, number: int) -> Sticky:
    return open_sticky(hub.api, hub.name, number)


def write(sticky: Sticky, text: str, section: Section = Section.REVIEW) -> Written:
    return sticky.write(section, lambda _: text)


def saying(text: str) -> Callable[[int], str]:
    return lambda _: text


def sections(fake: FakeGitHub, number: int) -> list[dict[Section, str]]:
    return [read_sections(body) for body in fake.bodies(number)]


def test_created_then_updated_then_unchanged(fake: FakeGitHub, sticky: Sticky, number: int) -> None:
    assert write(sticky, "one").effect is Effect.CREATED
    assert write(sticky, "two").effect is Effect.UPDATED
    before = len(fake.requests)
    done = write(sticky, "two")
    assert done.effect is Effect.UNCHANGED
    assert done.url.endswith("#issuecomment-1000")
    assert [method for method, *_ in fake.requests[before:]] == ["GET"]
    assert sections(fake, number) == [{Section.REVIEW: "two"}]


def test_a_section_that_is_not_written_is_kept(
    fake: FakeGitHub, sticky: Sticky, number: int
) -> None:
    write(sticky, "up", Section.ROLLOUT)
    write(sticky, "fine")
    assert sections(fake, number) == [{Section.REVIEW: "fine", Section.ROLLOUT: "up"}]
    assert fake.bodies(number)[0].index("fine") < fake.bodies(number)[0].index("up")


def test_comments_of_others_are_left_alone(fake: FakeGitHub, sticky: Sticky, number: int) -> None:
    write(sticky, "mine")
    forged = fake.bodies(number)[0].replace("mine", "forged")
    other = fake.comment(number, forged, login="mallory")
    plain = fake.comment(number, "our bot says hello")
    write(sticky, "again")
    assert fake.comments[other]["body"] == forged
    assert fake.comments[plain]["body"] == "our bot says hello"
    assert len(fake.bodies(number)) == 3


def test_an_account_that_is_gone_has_no_login(
    fake: FakeGitHub, sticky: Sticky, number: int
) -> None:
    fake.comments[fake.comment(number, "<!-- testnet:review -->")]["user"] = None
    assert write(sticky, "text").effect is Effect.CREATED


def test_what_somebody_edited_is_written_whole(
    fake: FakeGitHub, sticky: Sticky, number: int
) -> None:
    write(sticky, "up", Section.ROLLOUT)
    write(sticky, "bad")
    (comment,) = fake.comments.values()
    edited = comment["body"].replace("bad", "good").replace("up", "down")
    comment["body"] = f"see here:\r\n{edited}"
    assert write(sticky, "bad").effect is Effect.UPDATED
    # A text that we did not write is not kept; its own command writes it again.
    assert sections(fake, number) == [{Section.REVIEW: "bad"}]
    assert "see here" not in fake.bodies(number)[0]


def test_other_ends_of_lines_are_no_edit(fake: FakeGitHub, sticky: Sticky, number: int) -> None:
    write(sticky, "a\nb")
    (comment,) = fake.comments.values()
    comment["body"] = comment["body"].replace("\n", "\r\n")
    assert write(sticky, "a\nb").effect is Effect.UNCHANGED
    assert len(fake.bodies(number)) == 1


def test_of_doubles_the_oldest_stays(fake: FakeGitHub, sticky: Sticky, number: int) -> None:
    for text in ("one", "two", "three"):
        fake.comment(number, compose({}, Section.REVIEW, saying(text)))
    done = write(sticky, "new")
    assert (done.effect, done.removed) == (Effect.UPDATED, 2)
    assert list(fake.comments) == [1000]
    assert sections(fake, number) == [{Section.REVIEW: "new"}]


def test_a_double_that_goes_meanwhile(fake: FakeGitHub, sticky: Sticky, number: int) -> None:
    for text in ("one", "two"):
        fake.comment(number, compose({}, Section.REVIEW, saying(text)))
    fake.fail("DELETE", "comments", (404, {}, message("Not Found")), after=True)
    assert write(sticky, "one").effect is Effect.UPDATED
    assert list(fake.comments) == [1000]


def test_a_comment_that_goes_meanwhile_is_made_again(
    fake: FakeGitHub, sticky: Sticky, number: int
) -> None:
    write(sticky, "one")
    fake.comments.clear()
    stale = [{"id": 1000, "user": {"login": BOT}, "html_url": "x", "body": ""}]
    stale[0]["body"] = compose({}, Section.REVIEW, lambda _: "one")
    fake.fail("GET", "comments", (200, {}, stale))
    assert write(sticky, "two").effect is Effect.CREATED
    assert sections(fake, number) == [{Section.REVIEW: "two"}]


def test_two_runs_at_once_leave_one_comment(fake: FakeGitHub, hub: Hub, number: int) -> None:
    # Both look before either writes.
    barrier = threading.Barrier(2)

    def once(sticky: Sticky, section: Section) -> None:
        waited: list[int] = []

        def render(_: int) -> str:
            if not waited:
                waited.append(barrier.wait(60))
            return f"text of {section}"

        sticky.write(section, render)

    threads = [
        threading.Thread(target=once, args=(open_sticky(hub.api, hub.name, number), section))
        for section in Section
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for section in Section:  # what the slower one took away comes with the next run
        write(open_sticky(hub.api, hub.name, number), f"text of {section}", section)
    assert sections(fake, number) == [{s: f"text of {s}" for s in Section}]


def test_a_write_that_happened_is_not_made_twice(
    fake: FakeGitHub, sticky: Sticky, number: int
) -> None:
    fake.fail("POST", "comments", TROUBLE, after=True)
    assert write(sticky, "text").effect is Effect.CREATED
    assert len(fake.bodies(number)) == 1


def test_a_write_that_did_not_happen_is_made_again(
    fake: FakeGitHub, sticky: Sticky, number: int
) -> None:
    fake.fail("POST", "comments", TROUBLE)
    fake.fail("PATCH", "comments", TROUBLE, times=2)
    assert write(sticky, "text").effect is Effect.CREATED
    assert write(sticky, "more").effect is Effect.UPDATED
    assert sections(fake, number) == [{Section.REVIEW: "more"}]


def test_trouble_that_lasts(fake: FakeGitHub, sticky: Sticky) -> None:
    fake.fail("POST", "comments", TROUBLE, times=9)
    with pytest.raises(HubError, match="GitHub has trouble of its own"):
        write(sticky, "text")


def test_locked_conversation(fake: FakeGitHub, sticky: Sticky, number: int) -> None:
    fake.locked.add(number)
    with pytest.raises(HubError, match="the conversation is locked"):
        write(sticky, "text")


def test_missing_permission_is_named(fake: FakeGitHub, sticky: Sticky) -> None:
    fake.permissions.remove("issues")
    with pytest.raises(HubError, match="permission issues: write or pull_requests: write"):
        write(sticky, "text")


def test_a_text_that_is_outdated_is_not_written(
    fake: FakeGitHub, sticky: Sticky, number: int
) -> None:
    done = sticky.write(Section.REVIEW, lambda _: "old", wanted=lambda: False)
    assert done.effect is Effect.OUTDATED
    assert not fake.bodies(number)


def test_a_dry_run_writes_nothing(fake: FakeGitHub, sticky: Sticky, number: int) -> None:
    done = sticky.write(Section.REVIEW, lambda _: "text", dry=True)
    assert done.effect is Effect.CREATED
    assert "text" in done.text
    assert not fake.bodies(number)


def test_found_on_a_later_page(fake: FakeGitHub, sticky: Sticky, number: int) -> None:
    for _ in range(150):
        fake.comment(number, "words", login="developer")
    write(sticky, "one")
    assert write(sticky, "two").effect is Effect.UPDATED
    assert len(fake.bodies(number)) == 151


def test_whom_the_token_is_of(hub: Hub, number: int) -> None:
    assert open_sticky(hub.api, hub.name, number).login == BOT


@pytest.mark.parametrize("data", [{}, {"viewer": None}, {"viewer": {"login": 1}}])
def test_an_odd_answer(fake: FakeGitHub, hub: Hub, data: object) -> None:
    fake.fail("POST", "Viewer", (200, {}, {"data": data}))
    with pytest.raises(HubError, match="something else than whom the token is of"):
        open_sticky(hub.api, hub.name, 1)


@pytest.mark.parametrize(
    "entry", [1, {}, {"id": "x", "user": None, "html_url": ""}, {"id": 1, "user": 1}]
)
def test_odd_comments(fake: FakeGitHub, sticky: Sticky, entry: object) -> None:
    fake.fail("GET", "comments", (200, {}, [entry]))
    with pytest.raises(HubError, match="something else than comments"):
        write(sticky, "text")


@given(st.dictionaries(st.sampled_from(Section), st.text()), st.text())
def test_no_text_opens_or_closes_a_section(kept: dict[Section, str], text: str) -> None:
    body = compose({}, Section.ROLLOUT, lambda _: "mine")
    hostile = f"{text}<!-- testnet:review -->\n{body}\n<!-- /testnet:rollout {'0' * 16} -->{text}"
    for name, old in kept.items():
        body = compose(read_sections(body), name, saying(old))
    whole = compose(read_sections(body), Section.REVIEW, lambda _: hostile)
    found = read_sections(whole)
    assert found.keys() == {Section.REVIEW} | ({Section.ROLLOUT} & read_sections(body).keys())
    assert whole == compose(found, Section.REVIEW, lambda _: found[Section.REVIEW])


@given(st.integers(0, 200_000), st.integers(0, 200_000))
def test_never_longer_than_github_takes(review: int, rollout: int) -> None:
    body = compose({}, Section.ROLLOUT, lambda room: "x" * min(rollout, room // 4))
    whole = compose(read_sections(body), Section.REVIEW, lambda _: "y" * review)
    assert len(whole) <= MOST_CHARACTERS
