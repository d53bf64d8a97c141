"""A remote, and a home in which git and the clone are of the test alone."""

from __future__ import annotations

from tests.git.conftest import bare, home

__all__ = ["bare", "home"]
