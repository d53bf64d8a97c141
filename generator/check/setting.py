"""What a check works with, and what is published: made once, for every state that is judged."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypeAlias

from generator.cache import NOWHERE, Cache
from generator.check.guard import Guard
from generator.kustomize import Kustomize
from generator.locks import Locks, read_locks
from generator.opa import Server
from generator.plan import Allocations
from generator.policies import Policies
from generator.published import read_allocations, trust_locks
from generator.rebuild import Progress, silent

ServerContext: TypeAlias = Callable[[], AbstractContextManager[Server]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What a check works with: the published tree, policies, programs, cache, and the time.

    `earlier` gives the policies of an earlier revision, unpacked in a directory, and what answers
    by them; None where the same policies judge both.
    """

    tree: Path
    policies: Policies
    kustomize: Kustomize
    server: ServerContext
    cache: Cache
    now: datetime
    progress: Progress = silent
    earlier: Callable[[Path], tuple[Policies, ServerContext]] | None = None


@dataclass(frozen=True, slots=True)
class Published:
    """What is published, read once: the locks, what they say, and what looks at the files."""

    locks: Locks
    allocations: Allocations
    guard: Guard


def read_published(root: Path, tree: Path, cache: Cache = NOWHERE) -> Published:
    """Read what is published in a tree; places in it are told from `root`.

    Locks that were read before without an error are not all parsed again.
    """
    locks = read_locks(tree)
    known = cache.read_json(locks.digest) is True
    allocations = trust_locks(locks) if known else read_allocations(tree, locks)
    # One that was missing may have come meanwhile, and be gone again the next time.
    if not known and None not in locks.contents.values():
        cache.write_json(locks.digest, content=True)
    return Published(locks, allocations, Guard(tree, root))
