"""Places in files that people wrote, numbered: facts carry numbers, findings the places."""

from __future__ import annotations

from generator.finding import Location


class Places:
    """Every place once, in the order in which they were first spoken of."""

    def __init__(self) -> None:
        self._numbers: dict[Location, int] = {}
        self._places: list[Location] = []

    def number(self, place: Location) -> int:
        """Return the number of a place."""
        known = self._numbers.get(place)
        if known is None:
            known = self._numbers[place] = len(self._places)
            self._places.append(place)
        return known

    def __getitem__(self, number: int) -> Location:
        """Return the place of a number; IndexError for one that was never given."""
        if number < 0:
            message = f"no place has the number {number}"
            raise IndexError(message)
        return self._places[number]
