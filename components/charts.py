"""Two kinds of figure: stacked bars of answers, and a grid of lettered cells. Light and dark, 3 people or 100.

The only module that imports Plotly. Pure: values in, a figure out. What people wrote reaches Plotly escaped,
because Plotly reads a subset of HTML in its labels.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
import numpy.typing as npt
from plotly.graph_objects import Figure as Figure
from plotly.graph_objects import Heatmap, Scatter

from components.palette import FAINT, INK, POSITIONS, STACK_ORDER, Theme
from lib.statistics.disagreement import PositionCounts

Scale = list[list[float | str]]

NARROW_PX = 300
"""Width in which a figure must still be readable: what a phone leaves of its 390 pixels."""
CHAR_PX = 7.5
MAX_HEADING_CHARS = 44
WIDE_HEADING_CHARS = 90
"""The same where the screen is no phone."""
MAX_DETAIL_CHARS = 88
MAX_TICK_CHARS = 18
MAX_LETTERED_CELLS = 4_000


@dataclass(frozen=True)
class Bar:
    """One stacked bar with the two lines of text above it."""

    heading: str
    detail: str
    counts: PositionCounts


@dataclass(frozen=True)
class Grid:
    """Cells by line and column: a number for the colour (NaN = empty), letters to show, words to hover."""

    columns: Sequence[str]
    lines: Sequence[str]
    numbers: Sequence[Sequence[float]]
    letters: Sequence[Sequence[str]]
    words: Sequence[Sequence[str]]
    inks: Sequence[Sequence[str]] | None = None
    """Colours of the letters, where one ink does not read on every cell."""

    def turned(self) -> "Grid":
        """The same cells with lines as columns."""
        return Grid(
            columns=self.lines,
            lines=self.columns,
            numbers=list(zip(*self.numbers, strict=True)),
            letters=list(zip(*self.letters, strict=True)),
            words=list(zip(*self.words, strict=True)),
            inks=list(zip(*self.inks, strict=True)) if self.inks else None,
        )


def stacked_bars(bars: Sequence[Bar], theme: Theme, heading_chars: int = MAX_HEADING_CHARS) -> Figure:
    """Bars from top to bottom with two lines of text above each, the first of so many characters at most."""
    widest = max((bar.counts.answers for bar in bars), default=1) or 1
    figure = Figure()
    for position in STACK_ORDER:
        meaning, shade = POSITIONS[position], POSITIONS[position].shade(theme)
        counts = [bar.counts.of(position) for bar in bars]
        figure.add_bar(
            x=np.array(counts),
            y=np.arange(len(bars)),
            orientation="h",
            width=0.36,
            name=f"{meaning.shape} {meaning.label}",
            text=[segment_text(count, meaning.label, widest) for count in counts],
            textposition="inside",
            insidetextanchor="middle",
            textangle=0,
            constraintext="none",
            textfont={"color": shade.ink, "size": 13},
            marker={
                "color": shade.fill,
                "pattern": {"shape": meaning.pattern, "size": 6, "solidity": 0.2},
                "line": {"color": FAINT[theme], "width": 1},
            },
            hovertemplate=f"%{{x}} {meaning.label.lower()}<extra></extra>",
        )
    _write_above(figure, bars, theme, heading_chars)
    figure.update_layout(
        barmode="stack",
        height=70 + 76 * max(1, len(bars)),
        margin={"l": 0, "r": 0, "t": 40, "b": 8},
        legend={"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom", "traceorder": "normal"},
        xaxis={"visible": False, "range": [0, widest], "fixedrange": True},
        yaxis={"visible": False, "range": [len(bars) - 0.6, -0.85], "fixedrange": True},
        font={"color": INK[theme], "size": 13},
    )
    return figure


def _write_above(figure: Figure, bars: Sequence[Bar], theme: Theme, heading_chars: int) -> None:
    for place, bar in enumerate(bars):
        figure.add_annotation(
            x=0,
            y=place - 0.24,
            xref="paper",
            text=f"<b>{plain_label(bar.heading, heading_chars)}</b><br>{plain_label(bar.detail, MAX_DETAIL_CHARS)}",
            showarrow=False,
            xanchor="left",
            yanchor="bottom",
            align="left",
            font={"size": 13, "color": INK[theme]},
        )


def grid_figure(grid: Grid, scale: Scale, top: float, theme: Theme) -> Figure:
    """A heatmap whose every cell also carries letters, with its column labels above it.

    `scale` runs from 0 to `top`. Above `MAX_LETTERED_CELLS` the letters are left to the table.
    """
    figure = Figure(
        Heatmap(
            z=np.array(grid.numbers, dtype=float).reshape(len(grid.lines), len(grid.columns)),
            x=np.arange(len(grid.columns)),
            y=np.arange(len(grid.lines)),
            customdata=_hover_texts(grid),
            hovertemplate="%{customdata}<extra></extra>",
            hoverongaps=False,
            colorscale=scale,
            zmin=0,
            zmax=top,
            showscale=False,
            xgap=2,
            ygap=2,
        )
    )
    if len(grid.lines) * len(grid.columns) <= MAX_LETTERED_CELLS:
        _write_letters(figure, grid, theme)
    _lay_out_grid(figure, grid, theme)
    return figure


def _write_letters(figure: Figure, grid: Grid, theme: Theme) -> None:
    """Letters in inks of our own: those that Plotly picks for a heatmap do not keep a contrast of 4.5."""
    cells = [
        (column, line, letter, grid.inks[line][column] if grid.inks else INK[theme])
        for line, letters in enumerate(grid.letters)
        for column, letter in enumerate(letters)
        if letter
    ]
    columns, lines, letters, inks = zip(*cells, strict=True) if cells else ((), (), (), ())
    size = 13 if len(grid.columns) <= 12 else 10
    figure.add_trace(
        Scatter(
            x=columns,
            y=lines,
            text=letters,
            mode="text",
            textfont={"size": size, "color": inks},
            hoverinfo="skip",
            showlegend=False,
        )
    )


def flat_steps(colours: Sequence[str]) -> Scale:
    """A scale of flat steps of one colour each, for cells that hold a kind and not an amount."""
    n = len(colours)
    return [[edge / n, colour] for number, colour in enumerate(colours) for edge in (number, number + 1)]


def _lay_out_grid(figure: Figure, grid: Grid, theme: Theme) -> None:
    longest = min(MAX_TICK_CHARS, max((len(column) for column in grid.columns), default=1))
    is_turned = longest * CHAR_PX * len(grid.columns) > NARROW_PX
    margin_top = 20 + (int(longest * CHAR_PX) if is_turned else 16)
    line_px = 30 if len(grid.lines) <= 20 else 20
    # Streamlit's Plotly theme writes ticks in a grey of 3.4 to 1 unless told otherwise.
    ticks = {"color": INK[theme], "size": 12}
    axis = {"showgrid": False, "zeroline": False, "fixedrange": True, "tickfont": ticks}
    figure.update_layout(
        height=margin_top + 20 + line_px * max(1, len(grid.lines)),
        margin={"l": 0, "r": 0, "t": margin_top, "b": 12},
        font={"color": INK[theme], "size": 13},
        xaxis={
            **axis,
            **_ticks(grid.columns),
            "side": "top",
            "tickangle": -90 if is_turned else 0,
            "range": [-0.5, len(grid.columns) - 0.5],
        },
        yaxis={**axis, **_ticks(grid.lines), "range": [len(grid.lines) - 0.5, -0.5], "automargin": True},
    )


def _ticks(labels: Sequence[str]) -> dict[str, object]:
    return {"tickvals": list(range(len(labels))), "ticktext": [plain_label(label, MAX_TICK_CHARS) for label in labels]}


def _hover_texts(grid: Grid) -> npt.NDArray[np.object_]:
    texts = [
        [
            f"{plain_label(line)}, {plain_label(column)}: {word}"
            for column, word in zip(grid.columns, words, strict=True)
        ]
        for line, words in zip(grid.lines, grid.words, strict=True)
    ]
    return np.array(texts, dtype=object)


def segment_text(count: int, label: str, widest: int) -> str:
    """The count with its word, the count alone, or nothing, by what fits in a narrow chart."""
    room = count / widest * NARROW_PX
    full = f"{count} {label.lower()}"
    if count and len(full) * CHAR_PX <= room:
        return full
    return str(count) if count and len(str(count)) * CHAR_PX <= room else ""


def plain_label(text: str, limit: int = MAX_HEADING_CHARS) -> str:
    """One line of untrusted text for Plotly: shortened, escaped, without line breaks."""
    line = " ".join(text.split())
    return escape(line if len(line) <= limit else f"{line[: limit - 1]}…", quote=False)
