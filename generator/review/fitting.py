"""Text brought under a limit step by step, so that the least important goes first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

from generator.report.wording import counted


class Weight(IntEnum):
    """How soon a form of a block gives way to the next one: lowest first."""

    DIFF = 0
    PICTURE = 1
    KNOWN = 2
    DETAIL = 3
    FINDING = 4
    LINE = 5
    CONFLICT = 6
    ALWAYS = 7


# Of these the largest gives way first, of all others the last.
_BY_SIZE = frozenset({Weight.DIFF, Weight.PICTURE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A text of a block, how soon it gives way, and how what it tells is called when it does."""

    text: str
    weight: Weight = Weight.ALWAYS
    what: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of text in several forms, the fullest first; the last one may be empty."""

    forms: tuple[Form, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """The texts that fit, in order, and how many of what was left out of them."""

    texts: tuple[str, ...]
    left_out: Mapping[str, int]


def always(text: str) -> Block:
    """Return a block that is never left out."""
    return Block((Form(text=text),))


def optional(text: str, weight: Weight, what: str, short: Form | None = None) -> Block:
    """Return a block that gives way to a shorter form, or to nothing."""
    return Block((Form(text=text, weight=weight, what=what), short or Form(text="")))


def size(text: str) -> int:
    """Return how much room a text takes: in bytes, which are never fewer than characters."""
    return len(text.encode(errors="replace"))


def fit(blocks: Sequence[Block], limit: int) -> Fitted:
    """Return the fullest forms of blocks that are together no larger than a limit, in order.

    What must always be there may be larger than the limit on its own.
    """
    chosen = [0] * len(blocks)
    sizes = [[size(form.text) for form in block.forms] for block in blocks]
    total = sum(first[0] for first in sizes)
    left_out: Counter[str] = Counter()
    for number in _steps(blocks, sizes, chosen):
        if total <= limit:
            break
        form = blocks[number].forms[chosen[number]]
        left_out[form.what] += 1
        total -= sizes[number][chosen[number]]
        chosen[number] += 1
        total += sizes[number][chosen[number]]
    texts = (block.forms[place].text for block, place in zip(blocks, chosen, strict=True))
    return Fitted(texts=tuple(texts), left_out=left_out)


def _steps(
    blocks: Sequence[Block], sizes: Sequence[Sequence[int]], chosen: Sequence[int]
) -> Iterator[int]:
    """Yield blocks in the order in which they give way; `chosen` is what each shows by then."""
    for weight in Weight:
        if weight is Weight.ALWAYS:
            return
        numbers = [n for n, block in enumerate(blocks) if block.forms[chosen[n]].weight is weight]
        if weight in _BY_SIZE:
            numbers.sort(key=lambda n: (-sizes[n][chosen[n]], n))
        else:
            numbers.reverse()
        yield from numbers


def left_out_text(left_out: Mapping[str, int]) -> str:
    """Return what was left out, such as `3 manifest diffs, 1 picture`; "" for nothing."""
    return ", ".join(counted(count, what) for what, count in left_out.items())
