"""`testnet init`: a new testnet file that is valid as it stands."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Annotated

import typer

from generator.commands.keys import key_users
from generator.commands.options import RootOption, err, resolve_root
from generator.draft import Draft, draft_testnet
from generator.errors import InvalidInput, UsageError
from generator.flavour import FlavourName
from generator.load import TESTNETS, load_inputs
from generator.source import parse_document
from generator.testnet import Purpose
from generator.tree import FileTree, write_tree

NAME = re.compile(r"[a-z](?:[a-z0-9-]{0,28}[a-z0-9])?")
DEFAULT_IMAGES = {
    FlavourName.CODA_KADEMLIA: "codaprotocol/coda-daemon:0.0.10-beta9",
    FlavourName.CODA_DUAL: "codaprotocol/coda-daemon:0.0.12-beta",
    FlavourName.CODA_LIBP2P: "gcr.io/o1labs-192920/coda-daemon-baked:0.4.2-245a3f7",
    FlavourName.MINA: "gcr.io/o1labs-192920/mina-daemon:3.0.3-bullseye-devnet",
}


def init(  # noqa: PLR0913 - a command is its signature
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the new net.")],
    owner: Annotated[str, typer.Option("--owner", help="Who answers for the net.")] = "",
    purpose: Annotated[
        Purpose | None, typer.Option("--purpose", help="qa: isolated, expires; public: open.")
    ] = None,
    ttl: Annotated[str, typer.Option("--ttl", help="How long a QA net lives.")] = "72h",
    flavour: Annotated[
        FlavourName, typer.Option("--flavour", help="Generation of the daemon.")
    ] = FlavourName.MINA,
    image: Annotated[str, typer.Option("--image", help="Image of the daemon.")] = "",
    regions: Annotated[str, typer.Option("--regions", help="Regions, separated by commas.")] = "",
    seeds: Annotated[int, typer.Option("--seeds", min=1, max=100)] = 2,
    producers: Annotated[int, typer.Option("--producers", min=0, max=10_000)] = 4,
    stake: Annotated[str, typer.Option("--stake", help="Stake of each producer.")] = "1000000",
    workers: Annotated[int, typer.Option("--workers", min=0, max=10_000)] = 2,
    root: RootOption = None,
) -> int:
    """Write a new testnet file.

    It goes to environments/testnets/NAME.yaml and takes free keys of the pools. What is not
    given is asked for on a terminal, and chosen otherwise. The keys are chosen by the net's
    name, so that two people who start a net on the same day rarely meet.

    Examples:

      testnet init my-net

      testnet init my-net --owner protocol --regions us-west-2 --producers 3 --ttl 24h
    """
    base = resolve_root(root)
    if not NAME.fullmatch(name):
        message = f'"{name}" is no name of a net: small letters, digits and hyphens, at most 30'
        raise UsageError(message)
    target = base / TESTNETS / f"{name}.yaml"
    if target.exists():
        message = f"{target.relative_to(base)} exists already"
        raise UsageError(message)
    inputs = load_inputs(base)
    served = [cluster.region for cluster in inputs.fleet.clusters]
    chosen = _split(regions or _ask("Regions", ",".join(served[:3])))
    if not chosen:
        message = f"name at least one region: {', '.join(served)}"
        raise UsageError(message)
    draft = Draft(
        name=name,
        owner=owner or _ask("Who answers for the net", "protocol"),
        purpose=purpose or Purpose(_ask("Purpose: qa or public", "qa", list(Purpose))),
        ttl=ttl,
        flavour=flavour,
        image=image or _ask("Image of the daemon", DEFAULT_IMAGES[flavour]),
        regions=tuple(chosen),
        seeds=seeds,
        producers=producers,
        stake=stake,
        workers=workers,
    )
    text = draft_testnet(draft, inputs.inventory, frozenset(key_users(inputs)))
    _write(base, target, text)
    err().print(f"wrote {target.relative_to(base)}; see it with `testnet plan {name}`")
    return 0


def _write(base: Path, target: Path, text: str) -> None:
    """Write the file and load everything again; take it back if it is not valid."""
    path = target.relative_to(base).as_posix()
    _, findings = parse_document(path, text.encode())
    if findings:
        raise InvalidInput(findings, base)
    write_tree(FileTree(files={path: text}), base, (path,))
    try:
        load_inputs(base)
    except InvalidInput:
        target.unlink()
        raise


def _ask(question: str, default: str, allowed: list[Purpose] | None = None) -> str:
    """Ask on a terminal; elsewhere take the default."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return default
    answer = str(typer.prompt(question, default=default, err=True))
    if allowed and answer not in allowed:
        message = f'"{answer}" is none of: {", ".join(allowed)}'
        raise UsageError(message)
    return answer


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]
