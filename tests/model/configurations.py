"""The configurations that the rule is searched in, and those where nothing could hold."""

from __future__ import annotations

from tests.model.world import (
    DELETE,
    FORCED,
    GONE,
    LIE,
    RESTORED,
    STALE,
    UNRELATED,
    ZOMBIE,
    World,
    place,
)

A, B, C = place("a"), place("b"), place("c")
RENAMED = place("a", "whale-2")  # in the same overlay
MOVED = place("a", "whale-1", "net-two")  # to another net: another namespace and Kustomization
CALM = frozenset[str]()  # to keep a configuration small; DELETE is searched in the others

WORLDS = (
    World(name="2 clusters", places=(A, B), overlays=(0, 1), wants=((0, 1, None),), commits=5),
    World(
        name="2 clusters, unrelated commits",
        places=(A, B),
        overlays=(0, 1),
        wants=((0, 1, None),),
        commits=4,
        faults=frozenset({DELETE, UNRELATED}),
    ),
    World(
        name="3 clusters",
        places=(A, B, C),
        overlays=(0, 1, 2),
        wants=((0, 1, 2),),
        commits=4,
    ),
    World(
        name="rename in one overlay",
        places=(A, RENAMED),
        overlays=(0, 0),
        wants=((0, 1, None),),
        commits=6,
    ),
    World(
        name="move between nets of one cluster",
        places=(A, MOVED),
        overlays=(0, 1),
        wants=((0, 1, None),),
        commits=5,
    ),
    World(
        name="2 clusters, 2 names each",
        places=(A, RENAMED, B, place("b", "whale-2")),
        overlays=(0, 0, 1, 1),
        wants=((0, 1, 2, 3),),
        commits=4,
    ),
    World(
        name="2 keys swap places",
        places=(A, B),
        overlays=(0, 1),
        wants=((0, 1), (1, 0)),
        commits=4,
        faults=CALM,
    ),
    World(
        name="2 keys, one after the other at one place",
        places=(A,),
        overlays=(0,),
        wants=((0, None), (0, None)),
        commits=6,
    ),
    World(
        name="net with 2 keys deleted, or half of it",
        places=(A, RENAMED),
        overlays=(0, 0),
        wants=((0, None), (1, None)),
        commits=3,
        faults=CALM,
    ),
    World(
        name="cluster destroyed, and known to be",
        places=(A, B),
        overlays=(0, 1),
        wants=((0, 1, None),),
        commits=5,
        faults=frozenset({DELETE, GONE}),
    ),
)


def _unsafe(fault: str) -> World:
    return World(
        name=fault,
        places=(A, B),
        overlays=(0, 1),
        wants=((0, 1, None),),
        commits=4,
        faults=frozenset({fault}),
    )


# What no rule in git can be safe against. The search has to find each, or it sees too little.
UNSAFE = (
    *(_unsafe(fault) for fault in (FORCED, STALE, RESTORED, ZOMBIE, LIE)),
    World(
        name="two clusters set up from one path",
        places=(A, B),
        overlays=(0, 1),
        wants=((0, None),),
        commits=3,
        mirror={1: 0},
    ),
)


def small(name: str, commits: int = 4) -> World:
    """Return a configuration by name, with a shorter history."""
    world = next(world for world in WORLDS if world.name == name)
    return World(
        name=name,
        places=world.places,
        overlays=world.overlays,
        wants=world.wants,
        commits=commits,
        faults=world.faults,
    )
