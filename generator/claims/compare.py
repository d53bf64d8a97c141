"""What a change claims beyond what was there, and with which other changes it does not go."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from generator.claims.model import Claim, Conflict, Kind

# The number of what is merged already, among those of open pull requests.
MERGED = 0

_Holder = tuple[str, str]


def added_claims(
    before: Iterable[Claim], after: Iterable[Claim], now: Iterable[Claim] | None = None
) -> tuple[Claim, ...]:
    """Return what the claims `after` a change have that those `before` it had not, in order.

    Of budgets it is by how much each net asks for more (or less: a negative amount), and what is
    left without that; `now` are the claims of main as it is by now, where that is what is left of.
    """
    before, after = tuple(before), tuple(after)
    old = {_key(claim) for claim in before if claim.kind is not Kind.BUDGET}
    return tuple(
        sorted(
            [
                *(c for c in after if c.kind is not Kind.BUDGET and _key(c) not in old),
                *_added_budgets(*map(_budgets, (before, after, before if now is None else now))),
            ]
        )
    )


def find_conflicts(
    mine: Iterable[Claim], others: Mapping[int, Iterable[Claim]]
) -> tuple[Conflict, ...]:
    """Return why a change cannot be merged together with some of the others, in order.

    `mine` and `others` are what each adds; the number `MERGED` stands for main. What a change
    asks too much of on its own is its own fault, and no conflict.
    """
    mine = tuple(mine)
    theirs = {number: tuple(claims) for number, claims in sorted(others.items())}
    return tuple(sorted({*_shared(mine, theirs), *_exceeded(mine, theirs)}))


def _budgets(claims: Iterable[Claim]) -> tuple[Claim, ...]:
    return tuple(claim for claim in claims if claim.kind is Kind.BUDGET)


def _key(claim: Claim) -> tuple[Kind, str, str, str]:
    # What a net is called does not change with its file.
    holder = "" if claim.kind is Kind.NAME else claim.holder
    return claim.kind, claim.subject, claim.net, holder


def _shared(mine: Sequence[Claim], theirs: Mapping[int, Sequence[Claim]]) -> Iterator[Conflict]:
    """Yield the things that others claim for another holder."""
    by_subject = defaultdict(list)
    for number, claims in theirs.items():
        for claim in claims:
            by_subject[claim.kind, claim.subject].append((number, claim))
    for claim in mine:
        if claim.kind is Kind.BUDGET:
            continue
        for number, other in by_subject.get((claim.kind, claim.subject), ()):
            same = (claim.net, claim.holder) == (other.net, other.holder)
            if not same and not (claim.shared and other.shared):
                yield _conflict(claim, (number,), (claim.net, other.net), _taken(claim, other))


def _taken(claim: Claim, other: Claim) -> str:
    if claim.kind is Kind.NAME:
        return f'both add a net "{claim.name}"'
    if claim.kind is Kind.POOL:
        return f"both add {claim.name}"
    what = {Kind.CHAIN: "the genesis"}.get(claim.kind, f"{claim.kind} {claim.name}")
    return f"{what}: of {_holder(claim)} and of {_holder(other)}"


def _holder(claim: Claim) -> str:
    return f"{claim.net}/{claim.holder}" if claim.holder else claim.net


def _conflict(claim: Claim, pulls: tuple[int, ...], nets: Iterable[str], because: str) -> Conflict:
    return Conflict(
        kind=claim.kind,
        subject=claim.name,
        pulls=pulls,
        nets=tuple(sorted({net for net in nets if net})),
        text=f"{_together(pulls)}: {because}",
    )


def _together(pulls: tuple[int, ...]) -> str:
    if pulls == (MERGED,):
        return "main has it by now"
    names = ["this", *(f"#{number}" for number in pulls)]
    how = "both" if len(pulls) == 1 else "all"
    return f"{', '.join(names[:-1])} and {names[-1]} cannot {how} merge"


def _added_budgets(
    before: Sequence[Claim], after: Sequence[Claim], now: Sequence[Claim]
) -> Iterator[Claim]:
    amounts: Counter[tuple[str, str]] = Counter()
    shown = {claim.subject: claim for claim in (*before, *after)}
    for claim in after:
        amounts[claim.subject, claim.net] += claim.amount
    for claim in before:
        amounts[claim.subject, claim.net] -= claim.amount
    # Who makes room asks for less.
    room = _limits(after)
    for subject, limit in _limits(before).items():
        amounts[subject, ""] -= room.get(subject, limit) - limit
    left = _limits(now)
    for claim in now:
        left[claim.subject] -= claim.amount
    for (subject, net), amount in amounts.items():
        if amount:
            claim = shown[subject]
            limit = left.get(subject, claim.limit)
            yield replace(claim, net=net, amount=amount, limit=limit)


def _limits(claims: Iterable[Claim]) -> dict[str, int]:
    return {claim.subject: claim.limit for claim in claims}


def _exceeded(mine: Sequence[Claim], theirs: Mapping[int, Sequence[Claim]]) -> Iterator[Conflict]:
    """Yield the budgets that this and others exceed only together.

    Others with which this alone exceeds one are named each, else the fewest that do it together.
    """
    asked = {number: _asked(claims) for number, claims in theirs.items()}
    for subject, (amount, claim) in _asked(mine).items():
        rivals = {
            number: budgets[subject][0]
            for number, budgets in asked.items()
            if subject in budgets and budgets[subject][0] <= claim.limit
        }
        if amount > claim.limit or amount + sum(rivals.values()) <= claim.limit:
            continue
        pairs: list[tuple[int, ...]] = [
            (number,) for number, more in rivals.items() if amount + more > claim.limit
        ]
        for pulls in pairs or [_fewest(rivals, claim.limit - amount)]:
            total = amount + sum(rivals[number] for number in pulls)
            nets = {c.net for c in mine if c.subject == subject}
            nets |= {c.net for n in pulls for c in theirs[n] if c.subject == subject}
            yield _conflict(claim, pulls, nets, _sum_text(claim, total))


def _asked(claims: Iterable[Claim]) -> dict[str, tuple[int, Claim]]:
    """Return how much more a change asks for in all, by subject, where that is more than before."""
    found: dict[str, tuple[int, Claim]] = {}
    for claim in claims:
        if claim.kind is Kind.BUDGET:
            amount, _ = found.get(claim.subject, (0, claim))
            found[claim.subject] = (amount + claim.amount, claim)
    return {subject: pair for subject, pair in found.items() if pair[0] > 0}


def _fewest(amounts: Mapping[int, int], room: int) -> tuple[int, ...]:
    """Return the fewest, by number, that together do not fit; among equals the oldest."""
    chosen: list[int] = []
    for number in sorted(amounts, key=lambda number: (-amounts[number], number)):
        if sum(amounts[n] for n in chosen) > room:
            break
        chosen.append(number)
    return tuple(sorted(chosen))


def _sum_text(claim: Claim, total: int) -> str:
    size, words = claim.unit
    of = claim.name.removeprefix(words)
    left = max(claim.limit, 0) // size
    return f"together they add {-(-total // size)} {words}{of}, and {left} are left"
