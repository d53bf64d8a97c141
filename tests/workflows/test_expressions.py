"""The expressions of the play mean what GitHub says that they mean."""

from __future__ import annotations

from typing import Any

import pytest

from tests.workflows.expressions import evaluate, fill, holds

CONTEXT = {
    "github": {"event": {"number": 7, "title": "a ${{ b }}"}, "event_name": "push"},
    "inputs": {"comment-token": "t", "empty": ""},
}


def functions(*, good: bool = True) -> dict[str, Any]:
    return {
        "always": lambda: True,
        "success": lambda: good,
        "failure": lambda: not good,
        "cancelled": lambda: False,
        "startsWith": lambda text, start: str(text or "").lower().startswith(start.lower()),
    }


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("github.event.number", 7),
        ("github.event.pull_request.number || github.event_name", "push"),
        ("github.event.nothing.at.all", None),
        ("github.event_name == 'PUSH'", True),
        ("github.event_name != 'status' && 'it''s'", "it's"),
        ("!(true && false) || false", True),
        ("inputs.comment-token", "t"),
        ("inputs.empty || 'HEAD^1'", "HEAD^1"),
        ("startsWith(github.event.context, 'x')", False),
        ("startsWith('Xy', 'x')", True),
        ("1.5 == 1.5", True),
        ("-3 != 3", True),
        ("null", None),
    ],
)
def test_expressions(text: str, value: object) -> None:
    assert evaluate(text, CONTEXT, functions()) == value


@pytest.mark.parametrize("text", ["a b", "'open", "(true", "secrets.x", "toJSON(1)", "&& true"])
def test_what_is_not_known_is_an_error(text: str) -> None:
    with pytest.raises((SyntaxError, KeyError)):
        evaluate(text, CONTEXT, functions())


def test_values_are_filled_once() -> None:
    value = {"a": "${{ github.event.title }}", "b": "n ${{ github.event.number }}!", "c": 1}
    filled = fill(value, CONTEXT, functions())
    assert filled == {"a": "a ${{ b }}", "b": "n 7!", "c": 1}


@pytest.mark.parametrize(
    ("condition", "good", "bad"),
    [
        ("always()", True, True),
        ("${{ !cancelled() }}", True, True),
        ("github.event_name == 'push'", True, False),
        ("failure()", False, True),
        ("false || failure()", False, True),
    ],
)
def test_conditions_mean_success_where_they_ask_for_nothing(
    condition: str,
    good: bool,  # noqa: FBT001 - a row of the table
    bad: bool,  # noqa: FBT001 - as above
) -> None:
    assert holds(condition, CONTEXT, functions()) is good
    assert holds(condition, CONTEXT, functions(good=False)) is bad
