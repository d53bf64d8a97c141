"""Which region each daemon of a group runs in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from generator.testnet import Spread


def place(
    names: Sequence[str],
    spread: Spread,
    pinned: Mapping[str, str],
    published: Mapping[str, str],
) -> dict[str, str]:
    """Return the region of each name.

    A pinned daemon goes where it is pinned. One that was published stays in its region as
    long as the group still goes there. The others fill the region that has least of the
    group, in the order of the file (round-robin, when all are new), or the first region
    whose count is not reached.
    """
    room = dict(zip(spread.regions, spread.counts, strict=False)) if spread.counts else {}
    filled = dict.fromkeys(spread.regions, 0)
    regions: dict[str, str] = {}

    def settle(name: str, region: str) -> None:
        regions[name] = region
        if region in filled:
            filled[region] += 1

    for name in names:
        if name in pinned:
            settle(name, pinned[name])
    for name in names:
        region = published.get(name, "")
        if name not in regions and region in filled and _has_room(region, room, filled):
            settle(name, region)
    for name in names:
        if name not in regions:
            settle(name, _next_region(spread.regions, room, filled))
    return {name: regions[name] for name in names}


def _has_room(region: str, room: Mapping[str, int], filled: Mapping[str, int]) -> bool:
    return not room or filled[region] < room[region]


def _next_region(order: tuple[str, ...], room: Mapping[str, int], filled: Mapping[str, int]) -> str:
    if room:
        return next((r for r in order if filled[r] < room[r]), order[-1])
    return min(order, key=lambda region: (filled[region], order.index(region)))
