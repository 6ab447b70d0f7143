"""Values that occurred before in a file, found in bounded memory."""

from __future__ import annotations

from array import array

MOST_ROWS = 200_000

TOO_MANY = "The file has more than 200,000 rows. Split it and bring the parts one after another."

# A power of two well above the most rows, so that a free place is near.
_PLACES = 1 << 18

_64_BITS = (1 << 64) - 1


class SeenValues:
    """A number for each of up to 200,000 texts, kept under the 64-bit hash of the text: 3 MB, always."""

    def __init__(self) -> None:
        self._marks = array("Q", bytes(8 * _PLACES))
        self._numbers = array("I", bytes(4 * _PLACES))

    def ordinal(self, text: str) -> int:
        """Return how many times the text has now been seen, this one included."""
        place = self._place(text)
        self._numbers[place] += 1
        return self._numbers[place]

    def earlier(self, text: str, number: int) -> int:
        """Return the number under which the text was first seen; 0 where this is the first time."""
        place = self._place(text)
        first = self._numbers[place]
        if not first:
            self._numbers[place] = number
        return first

    def _place(self, text: str) -> int:
        mark = hash(text) & _64_BITS or 1
        marks, place = self._marks, mark % _PLACES
        while marks[place] not in (0, mark):
            place = (place + 1) % _PLACES
        marks[place] = mark
        return place
