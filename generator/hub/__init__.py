"""What GitHub knows of the published tree's commits; the only package that talks to GitHub."""

from __future__ import annotations

from generator.hub.statuses import Hub, Status, open_hub

__all__ = ["Hub", "Status", "open_hub"]
