"""The parts of an image's name, and the images that nets use."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from generator.check.facts.table import Row, Rows
from generator.check.facts.unit import Origins, Unit
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
                at = places.number(_place(plan, daemon, image))
                yield _row(plan.name, use, image) | {"object": "", "field": "", "at": at}


def planned_images(plan: Plan) -> frozenset[str]:
    """Return the images that a testnet file names, or what follows from it."""
    return frozenset(image for daemon in plan.daemons for _, image in _uses(daemon))


def built_image_rows(
    net: str,
    units: Iterable[Unit],
    planned: Collection[str],
    origins: Origins,
    places: Places,
) -> Rows:
    """Yield the images of built containers that are not among those planned, once each field.

    They are the library's own, and what somebody's component adds or puts in their place.
    """
    seen: set[tuple[str, str]] = set()
    for unit in units:
        for image, fields in unit.seen["images"].items():
            for field, name in fields.items() if image not in planned else ():
                if (image, field) not in seen:
                    seen.add((image, field))
                    at = places.number(origins.of_object(unit, name))
                    place = {"object": unit.named(name), "field": field, "at": at}
                    yield _row(net, "built", image) | place


def _row(net: str, use: str, image: str) -> Row:
    parts = parse_image(image)
    return {
        "net": net,
        "use": use,
        "image": image,
        "registry": parts.registry,
        "tag": parts.tag,
        "digest": parts.digest,
        "release": parts.release,
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
