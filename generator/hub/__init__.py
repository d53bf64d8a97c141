"""Repositories, pull requests and commit statuses on GitHub; the only package that talks to it."""

from __future__ import annotations

from generator.hub.api import HubError
from generator.hub.hub import Hub, name_hub, open_hub
from generator.hub.pulls import MOST_FILES, Change, ChangedFile, Pull
from generator.hub.statuses import Status

__all__ = [
    "MOST_FILES",
    "Change",
    "ChangedFile",
    "Hub",
    "HubError",
    "Pull",
    "Status",
    "name_hub",
    "open_hub",
]
