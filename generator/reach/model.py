"""Records of what is to be reached, and of what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from ipaddress import AddressValueError, IPv4Address


class Answer(StrEnum):
    """What came back from a port.

    Whoever sends no datagram back may be there all the same: SILENT proves nothing.
    """

    OPEN = "open"
    REFUSED = "refused"
    TIMED_OUT = "timed out"
    NO_ROUTE = "no route"
    SILENT = "no answer (UDP: not proof)"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class TargetPort:
    """A port that the world is to reach."""

    number: int
    protocol: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A daemon by its public name; `running` is false while the published tree stops it."""

    daemon: str
    cluster: str
    name: str
    ports: tuple[TargetPort, ...]
    running: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What a tree says of a net: its targets, and whether it is for QA, closed to the world."""

    closed: bool
    targets: tuple[Target, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """What one port at one address answered, and in how many milliseconds."""

    port: TargetPort
    address: str
    answer: Answer
    ms: float

    @property
    def fine(self) -> bool:
        """Whether nothing speaks against the port being reached."""
        return self.answer in {Answer.OPEN, Answer.SILENT}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """What came of one daemon; `why` says why its name has no address."""

    target: Target
    addresses: tuple[str, ...] = ()
    why: str = ""
    probes: tuple[Probe, ...] = ()

    @property
    def fine(self) -> bool:
        """Whether the daemon is reached at public addresses, or is not to run at all."""
        if not self.target.running:
            return True
        return (
            bool(self.addresses)
            and all(is_public(address) for address in self.addresses)
            and all(probe.fine for probe in self.probes)
        )


def is_public(text: str) -> bool:
    """Say whether a peer elsewhere could dial an address: IPv4, global, no multicast."""
    try:
        address = IPv4Address(text)
    except AddressValueError:
        return False
    return address.is_global and not address.is_multicast
