"""What kustomize and Flux would be told, judged before either is run on it.

A kustomization can fetch, run and read what it likes: from a remote base, by a plugin, over a
path that climbs out. The overlays library is written by people and so comes in with a pull
request; in the published tree, every kustomization has the shape that the generator writes.
"""

from __future__ import annotations

from generator.kustomization.check import check_kustomizations
from generator.kustomization.model import SUFFIXES

__all__ = ["SUFFIXES", "check_kustomizations"]
