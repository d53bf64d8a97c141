"""The files of main that people edit, and the edits that a machine makes in them."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import TypeVar

from tests.repository import FLEET, IMAGE, net, pool_text
from tests.synthetic import REPOSITORY, peer_ids, public_keys

REGIONS = {"us-west-2": "west", "eu-central-1": "center", "us-east1": "east"}
NETS = {"one": "l01", "two": "l02"}
GROUPS = ("whale", "fish")
KEYS = ("b01", "b02", "b03")
TEXTS = 5

T = TypeVar("T")
Choose = Callable[[list[T]], T]


@dataclass(frozen=True)
class Home:
    """Where a key is wanted."""

    net: str
    group: str
    region: str


@dataclass
class Main:
    """What main says: nets with their images, the fleet, where each key goes and which it is."""

    nets: dict[str, str] = field(default_factory=lambda: dict.fromkeys(NETS, IMAGE))
    regions: set[str] = field(default_factory=lambda: set(REGIONS))
    homes: dict[str, Home] = field(
        default_factory=lambda: {
            "b01": Home("one", "whale", "us-west-2"),
            "b02": Home("one", "whale", "eu-central-1"),
            "b03": Home("two", "fish", "us-west-2"),
        }
    )
    texts: dict[str, int] = field(
        default_factory=lambda: {name: number for number, name in enumerate(KEYS)}
    )

    def copy(self) -> Main:
        return Main(dict(self.nets), set(self.regions), dict(self.homes), dict(self.texts))

    def public_keys(self) -> list[str]:
        """Return the public parts of the keys that names mean."""
        return [_texts()[number] for number in self.texts.values()]

    def write(self, root: Path) -> None:
        """Write all files below a root."""
        environments = root / "environments"
        if not environments.exists():
            for name in ("keys", "testnets"):
                (environments / name).mkdir(parents=True)
            shutil.copytree(REPOSITORY / "overlays", root / "overlays")
        (environments / "fleet.yaml").write_text(self._fleet())
        (environments / "keys/small.yaml").write_text(self._pool())
        for name in NETS:
            file = environments / f"testnets/{name}.yaml"
            if name in self.nets:
                file.write_text(self._net(name))
            else:
                file.unlink(missing_ok=True)

    def _fleet(self) -> str:
        head, *blocks = re.split(r"(?m)^  (?=- name: )", FLEET)
        kept = [b for b in blocks if re.search(r"region: (\S+)", b)[1] in self.regions]  # type: ignore[index]
        return "  ".join([head, *kept])

    def _pool(self) -> str:
        texts = [_texts()[self.texts[name]] for name in KEYS]
        kinds = {"block-producer": ("b", texts), "libp2p": ("l", peer_ids(2))}
        return pool_text("small", kinds)

    def _net(self, name: str) -> str:
        groups = []
        for group in GROUPS:
            found = {
                k: h for k, h in sorted(self.homes.items()) if (h.net, h.group) == (name, group)
            }
            if found:
                pinned = ", ".join(
                    f"{key}: {{region: {home.region}}}" for key, home in found.items()
                )
                groups.append(
                    f'{{name: {group}, keys: [{", ".join(found)}], stake: "0",'
                    f" overrides: {{{pinned}}}}}"
                )
        fields = [f"block_producers: [{', '.join(groups)}]"] if groups else []
        return net(
            f"name: {name}",
            f"image: {self.nets[name]}",
            f"regions: [{', '.join(region for region in REGIONS if region in self.regions)}]",
            "availability: single",
            f"seeds: {{keys: [{NETS[name]}]}}",
            *fields,
        )


@cache
def _texts() -> list[str]:
    return public_keys(TEXTS)


# The edits: each changes main in place, with choices from what there is.


def _any_home(main: Main, choose: Choose[str]) -> Home:
    return Home(choose(sorted(main.nets)), choose(list(GROUPS)), choose(sorted(main.regions)))


def move(main: Main, choose: Choose[str]) -> None:
    """A producer to another region."""
    if main.homes:
        key = choose(sorted(main.homes))
        main.homes[key] = replace(main.homes[key], region=choose(sorted(main.regions)))


def to_net(main: Main, choose: Choose[str]) -> None:
    """A producer to another net."""
    if main.homes and main.nets:
        key = choose(sorted(main.homes))
        main.homes[key] = replace(main.homes[key], net=choose(sorted(main.nets)))


def rename(main: Main, choose: Choose[str]) -> None:
    """A producer to another group, so that its daemon has another name."""
    if main.homes:
        key = choose(sorted(main.homes))
        main.homes[key] = replace(main.homes[key], group=choose(list(GROUPS)))


def remove(main: Main, choose: Choose[str]) -> None:
    """A producer out of every net."""
    if main.homes:
        del main.homes[choose(sorted(main.homes))]


def bring(main: Main, choose: Choose[str]) -> None:
    """A key to any place, whether it has one or not."""
    if main.nets:
        main.homes[choose(list(KEYS))] = _any_home(main, choose)


def swap(main: Main, choose: Choose[str]) -> None:
    """Two names of keys that mean each other's key."""
    one, other = choose(list(KEYS)), choose(list(KEYS))
    main.texts[one], main.texts[other] = main.texts[other], main.texts[one]


def exchange(main: Main, choose: Choose[str]) -> None:
    """Two producers at each other's place."""
    if len(main.homes) > 1:
        one, other = choose(sorted(main.homes)), choose(sorted(main.homes))
        main.homes[one], main.homes[other] = main.homes[other], main.homes[one]


def rebind(main: Main, choose: Choose[str]) -> None:
    """A name of a key that means another one, of nobody."""
    free = [str(number) for number in range(TEXTS) if number not in main.texts.values()]
    main.texts[choose(list(KEYS))] = int(choose(free))


def image(main: Main, choose: Choose[str]) -> None:
    """A net to another image."""
    if main.nets:
        version = choose(["1.0.0", "1.0.1", "1.0.2"])
        main.nets[choose(sorted(main.nets))] = IMAGE.replace("1.0.0", version)


def delete(main: Main, choose: Choose[str]) -> None:
    """A net with all that is in it, or one that comes back empty."""
    name = choose(list(NETS))
    if name in main.nets:
        del main.nets[name]
        main.homes = {key: home for key, home in main.homes.items() if home.net != name}
    else:
        main.nets[name] = IMAGE


def shrink(main: Main, choose: Choose[str]) -> None:
    """A cluster out of the fleet, whose producers move; or one that comes back."""
    region = choose(list(REGIONS))
    if region not in main.regions:
        main.regions.add(region)
    elif len(main.regions) > 1:
        main.regions.discard(region)
        for key, home in main.homes.items():
            if home.region == region:
                main.homes[key] = replace(home, region=choose(sorted(main.regions)))


EDITS = (move, to_net, rename, remove, bring, swap, exchange, rebind, image, delete, shrink)
