"""The key register: who holds or held each block-producer key, and what may happen next."""

from generator.register.lineage import Lineage
from generator.register.model import Drain, Evidence, Place, Record, State, Tenure, Waiting
from generator.register.step import Action, Step, next_step

__all__ = [
    "Action",
    "Drain",
    "Evidence",
    "Lineage",
    "Place",
    "Record",
    "State",
    "Step",
    "Tenure",
    "Waiting",
    "next_step",
]
