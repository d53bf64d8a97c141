"""Plans to files: Kustomize overlays, Flux objects, join bundles; pure and deterministic."""

from generator.render.join import join_command
from generator.render.tree import (
    Files,
    admin_path,
    net_directory,
    render_clusters,
    render_net,
    site_of,
)

__all__ = [
    "Files",
    "admin_path",
    "join_command",
    "net_directory",
    "render_clusters",
    "render_net",
    "site_of",
]
