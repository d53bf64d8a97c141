"""Records of claims, and of those that do not go together."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What is claimed."""

    KEY = "key"
    POOL = "pool"
    DNS = "dns"
    HOST_PORT = "host-port"
    CHAIN = "chain"
    NAME = "name"
    BUDGET = "budget"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Claim:
    """One thing that one holder has, or an amount of what there is only so much of.

    `subject` is what claims are compared by, `label` how people call it (`subject` where empty):
    a key is compared by its decoded public part and called by its name. `holder` is the daemon
    within the net, or whatever else has it: one holder may claim a thing twice. Two claims that
    are both `shared` go together.

    `amount` and `limit` are of budgets alone: how much is asked for, in the smallest unit, and how
    much there is; of what a change adds, how much it adds, and how much is left before it. `unit`
    is how many of the smallest make one, and how people say it.
    """

    kind: Kind
    subject: str
    net: str
    amount: int = 1
    limit: int = 0
    holder: str = ""
    label: str = ""
    shared: bool = False
    unit: tuple[int, str] = (1, "")

    @property
    def name(self) -> str:
        """How people call what is claimed."""
        return self.label or self.subject


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Conflict:
    """Why a change and others cannot all be merged.

    `pulls` are the numbers of the others, `nets` the names of all nets that have a part in it.
    """

    kind: Kind
    subject: str
    pulls: tuple[int, ...]
    nets: tuple[str, ...]
    text: str
