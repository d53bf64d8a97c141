"""What a state of `environments/` takes that no other may have too; pure."""

from generator.claims.compare import added_claims, find_conflicts
from generator.claims.limits import Limits, read_limits
from generator.claims.model import Claim, Conflict, Kind
from generator.claims.read import read_claims

__all__ = [
    "Claim",
    "Conflict",
    "Kind",
    "Limits",
    "added_claims",
    "find_conflicts",
    "read_claims",
    "read_limits",
]
