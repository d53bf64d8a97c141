"""The parts of an image's name, and the images that nets use."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from generator.check.facts.table import Rows
from generator.check.places import Places
from generator.finding import Location
from generator.plan import Daemon, Plan, Role

# What follows the release in a tag: the Debian release that it was built for, a network profile.
_AFTER_RELEASE = frozenset(
    [
        "stretch",
        "buster",
        "bullseye",
        "bookworm",
        "trixie",
        "bionic",
        "focal",
        "jammy",
        "noble",
        "devnet",
        "mainnet",
        "lightnet",
        "berkeley",
    ]
)
_DIGEST = re.compile(r"(.*?)@(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageName:
    """An image's name in its parts; each is empty where the name says nothing of it."""

    registry: str
    tag: str
    digest: str
    release: str


def parse_image(image: str) -> ImageName:
    """Return the parts of `registry/name:tag@algorithm:digest`.

    `release` is the tag up to what it was built for: 3.0.3 of 3.0.3-bullseye-devnet.
    """
    name, digest = image, ""
    if match := _DIGEST.fullmatch(image):
        name, digest = match[1], match[2]
    registry, _, last = name.rpartition("/")
    tag = last.partition(":")[2]
    words: list[str] = []
    for word in tag.split("-"):
        if word in _AFTER_RELEASE:
            break
        words.append(word)
    return ImageName(registry=registry, tag=tag, digest=digest, release="-".join(words))


def image_rows(plan: Plan, places: Places) -> Rows:
    """Yield each image of a net once for each use."""
    seen: set[tuple[str, str]] = set()
    for daemon in plan.daemons:
        for use, image in _uses(daemon):
            if (use, image) not in seen:
                seen.add((use, image))
                parts = parse_image(image)
                yield {
                    "net": plan.name,
                    "use": use,
                    "image": image,
                    "registry": parts.registry,
                    "tag": parts.tag,
                    "digest": parts.digest,
                    "release": parts.release,
                    "at": places.number(_place(plan, daemon, image)),
                }


def _uses(daemon: Daemon) -> Iterable[tuple[str, str]]:
    yield ("service" if daemon.role is Role.SERVICE else "daemon"), daemon.image
    if daemon.archive_image:
        yield "archive", daemon.archive_image


def _place(plan: Plan, daemon: Daemon, image: str) -> Location:
    testnet = plan.testnet
    if image == testnet.image:
        return testnet.places.get("image", testnet.at)
    archive = testnet.archive
    if archive is not None and image == archive.image:
        return archive.image_at
    return daemon.at
