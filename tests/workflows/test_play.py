"""The story of pull requests holds, and no token is where it must not be."""

from __future__ import annotations

import pytest

from tests.workflows.play import CHAPTERS, Chapter, check_secrecy
from tests.workflows.world import World


@pytest.mark.parametrize("chapter", CHAPTERS.values(), ids=CHAPTERS)
def test_story(chapter: Chapter, place: World) -> None:
    chapter(place)
    check_secrecy(place)
