"""Tells the story of pull requests: `python -m tests.workflows [CHAPTER...]`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.workflows.play import CHAPTERS, check_secrecy
from tests.workflows.world import template, world


def tell(text: str) -> None:
    """Show a line of the story at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main(names: list[str]) -> int:
    """Play chapters, all of them where none is named."""
    unknown = set(names) - set(CHAPTERS)
    if unknown:
        tell(f"no chapter {', '.join(sorted(unknown))}; there are: {', '.join(CHAPTERS)}")
        return 2
    with tempfile.TemporaryDirectory(prefix="testnet-play-") as directory:
        made = template(Path(directory) / "template")
        for name in names or CHAPTERS:
            tell(f"\n{name}: {CHAPTERS[name].__doc__}")
            with world(Path(directory) / name, made, tell) as place:
                CHAPTERS[name](place)
                check_secrecy(place)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
