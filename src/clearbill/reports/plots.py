"""Where the marks of a plot stand, in percent of its width and height. Templates draw them, with the words beside."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar

from clearbill.bill import money
from clearbill.bill.text import plural

Number = Decimal | int | float

WIDEST, THINNEST = Decimal(14), Decimal("0.60")


@dataclass(frozen=True, slots=True)
class Series:
    """One kind of amount. `look` names its colour and its pattern in reports.css."""

    name: str
    look: str


@dataclass(frozen=True, slots=True)
class Piece:
    look: str
    start: str
    length: str
    words: str


@dataclass(frozen=True, slots=True)
class Bar:
    label: str
    pieces: Sequence[Piece]
    shown: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bars:
    """Bars that lie, each made of the series’ pieces one after the other."""

    title: str
    words: str
    series: Sequence[Series]
    bars: Sequence[Bar]
    kind: ClassVar = "bars"


@dataclass(frozen=True, slots=True)
class Mark:
    look: str
    x: str
    width: str
    y: str
    height: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Columns that stand side by side for each period. `axis` are the words from the top down."""

    title: str
    words: str
    series: Sequence[Series]
    marks: Sequence[Mark]
    labels: Sequence[tuple[str, str]]
    axis: Sequence[str]
    kind: ClassVar = "columns"


@dataclass(frozen=True, slots=True)
class Range:
    label: str
    outer: tuple[str, str]
    inner: tuple[str, str]
    middle: str
    shown: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranges:
    """Where most values lie (outer), the middle half of them (inner), and the middle one."""

    title: str
    words: str
    ranges: Sequence[Range]
    end: str
    kind: ClassVar = "ranges"


def bars(
    title: str,
    words: str,
    series: Sequence[Series],
    rows: Sequence[tuple[str, Sequence[Number]]],
    show: Callable[[Any], str] = money.show,
) -> Bars:
    """Return the bars of rows with an amount for each series; what is negative has no piece."""
    drawn = [(label, [max(Decimal(0), Decimal(value)) for value in values]) for label, values in rows]
    longest = max((sum(values, Decimal(0)) for _, values in drawn), default=Decimal(0))
    return Bars(
        title=title,
        words=words,
        series=series,
        bars=[_bar(label, values, longest, series, show) for label, values in drawn],
    )


def _bar(label: str, values: Sequence[Decimal], longest: Decimal, series: Sequence[Series], show: Any) -> Bar:
    pieces, reached = [], Decimal(0)
    for one, value in zip(series, values, strict=True):
        if value:
            start, end = _percent(reached, longest), _percent(reached + value, longest)
            pieces.append(Piece(one.look, _text(start), _text(end - start), f"{label}, {one.name}: {show(value)}"))
        reached += value
    return Bar(label, pieces, show(reached))


def columns(
    title: str,
    words: str,
    series: Sequence[Series],
    rows: Sequence[tuple[tuple[str, str], Sequence[Number | None]]],
    *,
    show: Callable[[Any], str],
    top: Number | None = None,
) -> Columns:
    """Return the columns of rows with a value for each series, None for no column. A label is short and long."""
    highest = Decimal(top) if top else ceiling(max((Decimal(v or 0) for _, values in rows for v in values), default=0))
    slot = Decimal(100) / max(1, len(rows))
    group = min(slot * Decimal("0.76"), WIDEST)
    width = group / max(1, len(series))
    marks = []
    for index, ((_, long), values) in enumerate(rows):
        for place, (one, value) in enumerate(zip(series, values, strict=True)):
            if value is not None and value > 0:
                height = _percent(Decimal(value), highest)
                x = slot * index + (slot - group) / 2 + width * place
                said = f"{long}, {one.name}: {show(value)}"
                marks.append(Mark(one.look, _text(x), _text(width), _text(100 - height), _text(height), said))
    axis = [show(highest), show(highest / 2), show(Decimal(0))]
    return Columns(title=title, words=words, series=series, marks=marks, labels=[row[0] for row in rows], axis=axis)


def ranges(title: str, words: str, rows: Sequence[tuple[str, Sequence[int], str]]) -> Ranges:
    """Return the ranges of rows with five numbers of days: the outer two, the inner two around the middle one."""
    longest = Decimal(max((days[-1] for _, days, _ in rows), default=0) // 10 * 10 + 10)
    drawn = []
    for label, days, said in rows:
        low, lower, middle, upper, high = (_percent(Decimal(max(0, value)), longest) for value in days)
        drawn.append(
            Range(
                label,
                (_text(low), _text(high - low)),
                (_text(lower), _text(max(upper - lower, THINNEST))),
                _text(middle),
                f"{days[2]:,} {plural(days[2], 'day')}",
                said,
            )
        )
    return Ranges(title=title, words=words, ranges=drawn, end=f"{longest:,} days")


def ceiling(value: Number) -> Decimal:
    """Return the next round number (1, 2, 5 times a power of ten) that is not below the value; 1 for nothing."""
    step = Decimal(1)
    while step < value:
        for factor in (2, 5, 10):
            if step * factor >= value:
                return step * factor
        step *= 10
    return step


def _percent(value: Decimal, whole: Decimal) -> Decimal:
    return (100 * value / whole).quantize(money.PENNY) if whole else Decimal(0)


def _text(value: Decimal) -> str:
    return f"{value:.2f}%"
