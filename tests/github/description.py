"""GitHub's own OpenAPI description, cut down to what the program asks for.

Whole, it has 13 MB, and a server that enforces it takes half a minute to start. What is left is
as GitHub wrote it: the operations, and every component that they lead to.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
Json = Any

# Everything that is asked of GitHub; a test compares it with what was asked.
OPERATIONS = {
    "/apps/{app_slug}": ("get",),
    "/repos/{owner}/{repo}": ("get", "patch"),
    "/repos/{owner}/{repo}/commits/{commit_sha}/pulls": ("get",),
    "/repos/{owner}/{repo}/commits/{ref}/check-runs": ("get",),
    "/repos/{owner}/{repo}/commits/{ref}/statuses": ("get",),
    "/repos/{owner}/{repo}/issues/comments/{comment_id}": ("patch", "delete"),
    "/repos/{owner}/{repo}/issues/{issue_number}/comments": ("get", "post"),
    "/repos/{owner}/{repo}/pulls": ("get",),
    "/repos/{owner}/{repo}/pulls/{pull_number}": ("get",),
    "/repos/{owner}/{repo}/pulls/{pull_number}/files": ("get",),
    "/repos/{owner}/{repo}/pulls/{pull_number}/merge": ("put",),
    "/repos/{owner}/{repo}/pulls/{pull_number}/update-branch": ("put",),
    "/repos/{owner}/{repo}/rulesets": ("get", "post"),
    "/repos/{owner}/{repo}/rulesets/{ruleset_id}": ("get", "put"),
}
# What GraphQL is spoken over; the documents are held against its schema in a test of their own.
_GRAPHQL = {
    "post": {
        "operationId": "graphql",
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {
                        "type": "object",
                        "required": ["query", "variables"],
                        "additionalProperties": False,
                        "properties": {
                            "query": {"type": "string"},
                            "variables": {"type": "object"},
                        },
                    }
                }
            },
        },
        "responses": {"200": {"description": "", "content": {"application/json": {}}}},
    }
}


@cache
def packages() -> Path:
    """Return where the npm packages of tools/github/ are; installs them where they are not."""
    program = ROOT / "tools/packages.sh"
    run = subprocess.run([program, "github"], check=True, stdout=subprocess.PIPE, text=True)
    return Path(run.stdout.strip())


@cache
def whole() -> Json:
    """Return GitHub's description of its REST interface."""
    path = "node_modules/@octokit/openapi/generated/api.github.com.json"
    return json.loads((packages() / path).read_text())


def used() -> Json:
    """Return the part of it that is used."""
    paths = {
        path: {
            key: value
            for key, value in whole()["paths"][path].items()
            if key in operations or key == "parameters"
        }
        for path, operations in OPERATIONS.items()
    }
    kept: dict[str, Json] = {}
    waiting = list(_references(paths))
    while waiting:
        reference = waiting.pop()
        if reference not in kept:
            kept[reference] = _find(reference)
            waiting += _references(kept[reference])
    components: dict[str, dict[str, Json]] = {}
    for reference, content in kept.items():
        _, _, kind, name = reference.split("/")
        components.setdefault(kind, {})[name] = content
    return {
        "openapi": whole()["openapi"],
        "info": whole()["info"],
        "servers": whole()["servers"],
        "paths": paths | {"/graphql": _GRAPHQL},
        "components": components,
    }


def example(name: str) -> Json:
    """Return GitHub's example of a component; the first entry of one that is a list."""
    content = whole()["components"]["examples"][name]["value"]
    return content[0] if isinstance(content, list) else content


def _references(content: Json) -> Iterator[str]:
    if isinstance(content, dict):
        reference = content.get("$ref")
        if isinstance(reference, str):
            yield reference
        for value in content.values():
            yield from _references(value)
    elif isinstance(content, list):
        for value in content:
            yield from _references(value)


def _find(reference: str) -> Json:
    content = whole()
    for step in reference.removeprefix("#/").split("/"):
        content = content[step]
    return content
