"""What was probably meant by a name, in the two forms in which it is told."""

from __future__ import annotations

from generator.guess import guess_clause, guess_sentence

KNOWN = ["us-west-2", "eu-central-1"]


def test_what_is_alike_is_named() -> None:
    assert guess_sentence("us-west2", KNOWN) == ' Did you mean "us-west-2"?'
    assert guess_clause("us-west2", iter(KNOWN)) == '; did you mean "us-west-2"?'


def test_what_is_unlike_is_not() -> None:
    assert guess_sentence("asia", KNOWN) == guess_clause("asia", KNOWN) == ""
    assert guess_sentence("asia", []) == guess_clause("asia", []) == ""


def test_how_much_alike_it_must_be() -> None:
    assert guess_clause("ab", ["abcd"]) == '; did you mean "abcd"?'
    assert guess_clause("ab", ["abcd"], likeness=0.7) == ""
