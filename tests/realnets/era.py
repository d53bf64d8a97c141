"""What an entry ran: flavour, image and key format, by one rule for all platforms.

The version of the image or package decides, for the command line changed with it:
1.0 and later, or an image named mina-daemon: `mina`; 0.0.12 to 0.x: `coda-libp2p` (it came
with pull request 3988 in February 2020); 0.0.10 and 0.0.11: `coda-dual`; before: `coda-kademlia`.
Where none is named (packages of branch develop, the first nets) the date of the configuration
does: from November 2019 `coda-dual`, before `coda-kademlia`.
"""

from __future__ import annotations

import re

from tests.realnets.data import Entry, deployment, machines

DUAL, LIBP2P, MINA = (0, 0, 10), (0, 0, 12), (1, 0, 0)
DUAL_SINCE = "2019-11-01"
# The first nets whose keys are tdN; those before have tNci.
TDN_SINCE = "2019-09-01"
# Keys made before are on Tweedle, and on Pallas only by chance.
PALLAS_SINCE = "2020-12-01"
REPOSITORY = "codaprotocol/coda-daemon"
# The branch that renamed the binary, months before its first release.
RENAMED = "renaming-mina-binary"
_VERSION = re.compile(r"(?:^|[^0-9.])(\d+)\.(\d+)\.(\d+)(?![0-9])")
_FOR_IMAGES = re.compile(r"[^A-Za-z0-9_.-]")


def daemon_image(entry: Entry) -> str:
    """Return the image of the net's daemons.

    The nets of 2019 ran packages on virtual machines: their image is made from the package's
    version, or from the date of the configuration where the package was the newest one.
    """
    if entry["platform"] == "gke":
        named = deployment(entry).get("images", {}).get("daemon") or machines(entry)[0]["image"]
        return str(named)
    version = package_version(entry) or f"develop-{entry['source']['date']}"
    return f"{REPOSITORY}:{_FOR_IMAGES.sub('-', version)}"


def package_version(entry: Entry) -> str:
    """Return the version of the package that a net of 2019 ran; empty where it was the newest."""
    named = entry.get("package", {}).get("version")
    if named is None:
        named = entry["node_groups"][0].get("package_version", "*")
    return "" if named == "*" else str(named)


def flavour(entry: Entry) -> str:
    """Return the flavour of the daemon that the net ran."""
    image = daemon_image(entry)
    name, _, tag = image.partition(":")
    version = image_version(tag)
    if "mina-daemon" in name or RENAMED in tag or (version and version >= MINA):
        return "mina"
    if version and version >= LIBP2P:
        return "coda-libp2p"
    dual = version >= DUAL if version else entry["source"]["date"] >= DUAL_SINCE
    return "coda-dual" if dual else "coda-kademlia"


def image_version(tag: str) -> tuple[int, int, int] | None:
    """Return the version that a tag names, if it names one."""
    found = _VERSION.search(tag)
    return (int(found[1]), int(found[2]), int(found[3])) if found else None


def key_source(entry: Entry) -> str:
    """Return the file of keys, below tests/data, from which the net's missing keys come."""
    kind = flavour(entry)
    if kind == "mina":
        return "public-keys/valid.txt"
    if kind != "coda-libp2p":
        return "public-keys/old-format.txt"
    coordinators = deployment(entry)["snark_coordinators"]
    if coordinators[0]["public_key"].startswith("4vsRC"):
        return "realnets/4vsrc.txt"
    young = entry["source"]["date"] >= PALLAS_SINCE
    return "public-keys/valid.txt" if young else "public-keys/off-curve.txt"


def key_start(entry: Entry) -> str:
    """Return how the net's missing keys begin."""
    if key_source(entry) != "public-keys/old-format.txt":
        return ""
    young = entry["source"]["date"] >= TDN_SINCE
    return "tdN" if young or flavour(entry) == "coda-dual" else "tNci"
