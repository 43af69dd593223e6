"""One palette with meaning fixed across the app, light and dark, never without its word or its shape.

Positions run on one diverging scale, teal to ochre, which stays apart in the common kinds of colour blindness
(ColorBrewer BrBG, darkened or lightened to keep 3:1 against the page). Neither end is an alarm: red stays for faults.
"""

from dataclasses import dataclass
from typing import Literal

from lib.domain.rounds import Position
from lib.domain.runs import MarkValue

Theme = Literal["light", "dark"]


@dataclass(frozen=True)
class Shade:
    """A fill and the colour of text on it."""

    fill: str
    ink: str


@dataclass(frozen=True)
class Meaning:
    """How one answer looks and reads everywhere: its word, one letter and shape for cells, and its two shades."""

    label: str
    letter: str
    shape: str
    icon: str
    light: Shade
    dark: Shade
    pattern: str = ""
    """A Plotly fill pattern, so that answers that are no positions differ by more than their grey."""

    def shade(self, theme: Theme) -> Shade:
        """The shade for a theme."""
        return self.light if theme == "light" else self.dark


POSITIONS: dict[Position, Meaning] = {
    Position.AGREE: Meaning(
        "Agree", "A", "▲", ":material/thumb_up:", Shade("#01665e", "#ffffff"), Shade("#5ab4ac", "#06201e")
    ),
    Position.PASS: Meaning(
        "Pass", "P", "–", ":material/remove:", Shade("#c9ced6", "#1d232c"), Shade("#59616e", "#ffffff")
    ),
    Position.DISAGREE: Meaning(
        "Disagree", "D", "▼", ":material/thumb_down:", Shade("#8c510a", "#ffffff"), Shade("#d8a44a", "#261702")
    ),
    Position.CANNOT_JUDGE: Meaning(
        "Cannot judge", "?", "?", ":material/help:", Shade("#e4e7ec", "#1d232c"), Shade("#3a414c", "#ffffff"), "/"
    ),
}
"""In the order of the ballot."""

STACK_ORDER = (Position.AGREE, Position.PASS, Position.CANNOT_JUDGE, Position.DISAGREE)
"""Left to right in a bar: the two positions at the ends, the answers that are none between them."""

MARKS: dict[MarkValue, Meaning] = {
    MarkValue.FOLLOWED: Meaning(
        "Followed", "F", "✓", ":material/check:", Shade("#3f4f7f", "#ffffff"), Shade("#a9b8e8", "#10162a")
    ),
    MarkValue.VIOLATED: Meaning(
        "Violated", "V", "✕", ":material/close:", Shade("#7a3e76", "#ffffff"), Shade("#dba5d7", "#2a0f28")
    ),
    MarkValue.NOT_CONCERNED: Meaning(
        "Not concerned", "N", "○", ":material/circle:", Shade("#e4e7ec", "#1d232c"), Shade("#3a414c", "#ffffff")
    ),
}

COUNT_SCALE: dict[Theme, tuple[str, str]] = {"light": ("#eef1f8", "#b3c0e6"), "dark": ("#232838", "#4d5c91")}
"""From few to many, where a colour only repeats a count that is written in the cell. `INK` reads on all of it."""

INK: dict[Theme, str] = {"light": "#1d232c", "dark": "#eceff4"}
FAINT: dict[Theme, str] = {"light": "#d5dae2", "dark": "#3a414c"}
"""Grid lines and cell borders."""


def option_text(words: str) -> str:
    """Markdown for an option of a segmented control or of pills, in a colour that stays readable once it is chosen.

    Streamlit 1.67 writes the chosen one in the primary colour, on which its buttons write white: in the dark no colour
    has a contrast of 4.5 to 1 both ways. The border, the fill and aria-checked say which one is chosen.
    """
    return f":gray[{words}]"
