"""Print figures as a Markdown table."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence


def print_table(title: str, header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    print(f"\n### {title}\n")
    print("| " + " | ".join(header) + " |")
    print("|" + "---|" * len(header))
    for row in rows:
        print("| " + " | ".join(map(str, row)) + " |")


def milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:,.0f} ms"


def side_by_side(
    rounds: Sequence[Mapping[str, Sequence[float]]], sides: Iterable[str], base: str
) -> list[list[object]]:
    """Return a row for each side: of each of its figures, in seconds, the median, and the median of its
    ratios to that of ``base`` in the same round."""
    rows: list[list[object]] = []
    for side in sides:
        row: list[object] = [side]
        for column in range(len(rounds[0][base])):
            seconds = statistics.median(figures[side][column] for figures in rounds)
            ratio = statistics.median(
                figures[side][column] / figures[base][column] for figures in rounds
            )
            row += [milliseconds(seconds), f"{ratio:.2f}"]
        rows.append(row)
    return rows
