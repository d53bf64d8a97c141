"""Pull requests of somebody who wants to run code with a token, or to break the report.

`CANARY` in a text becomes the path of a directory that nothing may write to, but code of the pull
request in a run that has no token: `SCRIPT` leaves its environment there. `OUTSIDE` becomes one
that is outside of every checkout.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from generator.finding import Finding, Location
from generator.review.model import (
    ChangeOf,
    Commit,
    Counts,
    HandOver,
    Judgement,
    ManifestDiff,
    NetReview,
    Review,
)
from generator.review.record import write_review
from tests.publish.stage import group
from tests.repository import net
from tests.workflows.commits import Files
from tests.workflows.files import GITHUB

NETS = "environments/testnets"
SCRIPT = '#!/bin/sh\nenv >"CANARY/$GITHUB_EVENT_NAME-$$"\nexit 0\n'
SHELL = "$(touch CANARY/shell) `touch CANARY/tick` ; touch CANARY/semicolon & | > CANARY/file"
COMMANDS = (
    "::set-output name=a::b",
    "::add-mask::e",
    "::error file=evil::evil",
    "::stop-commands::evil",
    "##[add-mask]e",
    "##[set-output name=a]b",
    "%0A::add-mask::e",
)
# None of these may stand in a comment as it is: each would be active there.
ACTIVE = (
    "@everyone",
    "<img src=x onerror=alert(1)>",
    "<!-- testnet",
    "[evil](https://evil.example)",
    "https://evil.example",
    "www.evil.example",
    "![evil](",
    "evil/evil#1",
    "\u202e",
    "```mermaid",
)
TEXT = (
    f"{SHELL} {' '.join(COMMANDS)} {' '.join(ACTIVE)} fixes #1 ${{{{ secrets.TESTNET_APP_KEY }}}}"
)
# What a program that looks where it must not would bring along.
ELSEWHERE = "root:x:0:0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attack:
    """A pull request: its title, its branch, and what it changes.

    `green` says that its own checks find nothing wrong, as they are its own.
    """

    title: str = TEXT
    branch: str = "evil"
    files: Files = field(default_factory=dict)
    green: bool = False


def _named(name: str, *fields: str) -> str:
    return net(f"name: {name}", "seeds: {keys: [l01]}", *fields)


def _valid(name: str = "evil") -> dict[str, str]:
    return {f"{NETS}/{name}.yaml": _named(name)}


def _texts() -> dict[str, str]:
    """Return nets with hostile text in every field, and in their names."""
    quoted = json.dumps(TEXT)
    lines = "".join(f"# {line}\n{line}\n" for line in COMMANDS)
    return {
        f"{NETS}/owner.yaml": _named("owner", f"owner: {quoted}"),
        f"{NETS}/image.yaml": _named("image", f"image: {quoted}"),
        f"{NETS}/regions.yaml": _named("regions", f"regions: [{quoted}]"),
        f"{NETS}/key.yaml": _named("key", f"seeds: {{keys: [{quoted}]}}"),
        f"{NETS}/waiver.yaml": _named(
            "waiver", f"waivers: [{{rule: {quoted}, subject: {quoted}, reason: {quoted}}}]"
        ),
        f"{NETS}/comments.yaml": _named("comments", "ttl: 1d # ##[add-mask]e ::error::x", "no: x"),
        f"{NETS}/plain.yaml": lines,
        f"{NETS}/escaped.yaml": _named("escaped", 'owner: "a\\n::add-mask::e\\r##[add-mask]e"'),
    }


def _names() -> dict[str, str]:
    """Return files whose names are hostile; git holds what no person would call a file."""
    names = [
        *COMMANDS,
        *ACTIVE,
        "$(touch CANARY)",
        "`touch`;touch",
        "-rf",
        "--output=x",
        "a\n::e::b",
    ]
    names += ["a\r::add-mask::e", "a\x1b[31m", " ", "a" * 200, "NUL", "con:", "ä\u0308"]
    flat = [name.replace("/", "_") for name in names]
    return {f"{NETS}/{name}.yaml": _named("evil") for name in flat}


def _odd() -> dict[str, str | bytes]:
    """Return what is no plain file, and names that collide on other systems."""
    deep = "/".join(["d"] * 200)
    return {
        f"{NETS}/passwd.yaml": "link:/etc/passwd",
        f"{NETS}/outside.yaml": "link:../../../../../../etc/passwd",
        f"{NETS}/self.yaml": "link:self.yaml",
        "environments/keys/passwd.yaml": "link:/etc/passwd",
        "build": "link:OUTSIDE",
        f"{NETS}/sub": b"module:" + b"1" * 40,
        ".gitmodules": (
            f'[submodule "x"]\n\tpath = {NETS}/sub\n\turl = ext::sh -c "touch CANARY/module"\n'
        ),
        ".gitattributes": "* filter=evil diff=evil merge=evil export-ignore\n",
        ".gitconfig": '[filter "evil"]\n\tsmudge = touch CANARY/filter\n',
        ".envrc": "touch CANARY/envrc\n",
        "sitecustomize.py": (
            "import os\nopen('CANARY/' + os.environ['GITHUB_EVENT_NAME'] + '-site', 'w')\n"
        ),
        f"{NETS}/Net.yaml": _named("net"),
        f"{NETS}/net.yaml": _named("net"),
        f"{NETS}/{deep}/x.yaml": _named("x"),
    }


def _workflow(*steps: Any, upload: bool = True) -> str:
    """Return a `validate` that is green whatever there is, and asks for everything."""
    keep = (GITHUB / "actions/validate/action.yml").read_text("utf-8")
    name = next(line.split()[-3] for line in keep.splitlines() if "upload-artifact@" in line)
    put = {"uses": name, "with": {"name": "review", "path": "${{ runner.temp }}/review"}}
    env = {
        "KEY": "${{ secrets.TESTNET_APP_KEY }}",
        "TITLE": "${{ github.event.pull_request.title }}",
    }
    job = {
        "runs-on": "ubuntu-24.04",
        "permissions": {"contents": "write", "pull-requests": "write"},
        "environment": "testnets",
        "steps": [
            {"run": 'mkdir -p "$RUNNER_TEMP/review"'},
            {"run": 'env >"CANARY/$GITHUB_EVENT_NAME-workflow"', "env": env},
            {"run": "echo '::add-mask::e'; echo '::set-output name=a::b'"},
            *steps,
            *([put] if upload else []),
        ],
    }
    return json.dumps(
        {"name": "validate", "on": {"pull_request": None}, "jobs": {"gate": job | {"name": "gate"}}}
    )


def _forged(content: str) -> Mapping[str, str]:
    """Return a workflow that keeps a forged review, and a net."""
    step = {"run": content}
    return {".github/workflows/validate.yml": _workflow(step), **_valid()}


def _forged_texts() -> dict[str, str]:
    """Return a review of hostile text that is one in its shape, and a workflow that keeps it."""
    at = Location("environments/testnets/x.yaml", 1, 1)
    finding = Finding(
        rule="keys/unique", message=TEXT, at=at, remediation=TEXT, subject=TEXT, why=TEXT
    )
    told = NetReview(
        name="evil",
        change=ChangeOf.ADDED,
        owner="evil",
        owner_before="evil",
        purpose="public",
        purpose_before="",
        protected=False,
        expires="",
        handovers=(HandOver(key="b01", before="west/evil/x", after="west/evil/y", waits_for=TEXT),),
        chain=TEXT,
        join=TEXT,
        manifests=(ManifestDiff(cluster="west", text=f"+{TEXT}\n```\n{TEXT}", added=1, removed=0),),
    )
    forged = Review(
        head="f" * 40,
        base="e" * 40,
        verdict=Judgement.PASS,
        counts=Counts(errors=0, warnings=0, notes=0, known=0),
        findings=(finding,),
        nets=(told,),
        paths=(TEXT,),
        commits=(Commit(id="d" * 40, title=TEXT[-150:]),),
    )
    put = f'sed "s/f\\{{40\\}}/$HEAD/" forged.json > {REVIEW}'
    checkout = {"uses": f"actions/checkout@{'0' * 40}"}
    head = "${{ github.event.pull_request.head.sha }}"
    workflow = _workflow(checkout, {"run": put, "env": {"HEAD": head}})
    text = write_review(forged)
    return {".github/workflows/validate.yml": workflow, "forged.json": text, **_valid()}


REVIEW = '"$RUNNER_TEMP/review/review.json"'
ATTACKS: dict[str, Attack] = {
    "texts": Attack(files=_texts(), branch="$(touch${IFS}CANARY/branch)`x`;&|'\"@here"),
    "names": Attack(files=_names(), branch="--upload-pack=touch"),
    "odd": Attack(files=_odd()),
    "large": Attack(files={f"{NETS}/large.yaml": b"a: b\n" * 20_000_000, **_valid()}),
    "many": Attack(files={f"{NETS}/n{n:05d}.yaml": _named("n") for n in range(10_000)}),
    "program": Attack(
        files={
            "generator/__main__.py": "import os\nos.system('sh canary')\n",
            "canary": SCRIPT,
            **_valid(),
        },
        green=True,
    ),
    "setup": Attack(
        files={".ci/setup": SCRIPT, ".ci/askpass": SCRIPT, "Makefile": "x:\n", **_valid()}
    ),
    "policies": Attack(
        files={
            "policies/keys/unique/rule.rego": None,
            "policies/settings/data.yaml": "levels: {}\nparameters: {}\n",
            f"{NETS}/evil.yaml": _named(
                "evil", f"block_producers: [{group('a', 'b01')}, {group('b', 'b01')}]"
            ),
        }
    ),
    "overlays": Attack(
        files={
            "overlays/base/net/kustomization.yaml": (
                "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n"
                "resources: ['https://evil.example/x', '../../../../../etc/passwd']\n"
                "generators: [exec.yaml]\n"
            ),
            "overlays/base/net/exec.yaml": (
                "apiVersion: v1\nkind: Evil\nmetadata:\n  name: x\n  annotations:\n"
                "    config.kubernetes.io/function: 'exec: {path: ./canary}'\n"
            ),
            "overlays/base/net/canary": SCRIPT,
            f"{NETS}/kustomization.yaml": "resources: ['https://evil.example/x']\n",
            **_valid(),
        }
    ),
    "merging": Attack(
        files={
            "environments/fleet.yaml": "merging: {automatic: {daemons: 1000, budget_month: '9'}}\n",
            **_valid(),
        }
    ),
    "workflow": Attack(files=_forged(f"echo '{{}}' > {REVIEW}"), green=True),
    "windows": Attack(files={f"{NETS}/\\..\\x.yaml": _named("x"), **_valid()}),
    "forged-texts": Attack(files=_forged_texts(), green=True),
    "forged-garbage": Attack(files=_forged(f"head -c 2000000 /dev/urandom > {REVIEW}"), green=True),
    "forged-large": Attack(files=_forged(f"truncate -s 300M {REVIEW}"), green=True),
    "forged-deep": Attack(files=_forged(f"printf '[%.0s' $(seq 100000) > {REVIEW}"), green=True),
    "forged-link": Attack(files=_forged(f"ln -s /etc/passwd {REVIEW}"), green=True),
    "forged-none": Attack(
        files={".github/workflows/validate.yml": _workflow(upload=False)}, green=True
    ),
    "actions-gone": Attack(files={".github/actions/setup/action.yml": None, **_valid()}),
}
