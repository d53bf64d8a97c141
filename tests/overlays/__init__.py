"""Tests of the overlays library: with the real kustomize, a real shell and a real HTTP server."""
