"""What input methods and keyboards on a screen do: they compose a word in its field, and no key says which."""

from typing import Any, Final

from playwright.sync_api import Locator

ON_A_SCREEN: Final[dict[str, Any]] = {
    "user_agent": "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 Chrome/146.0.0.0 Mobile",
    "has_touch": True,
}
"""How a browser comes in whose keyboard composes every word."""
NOTES_WHETHER_ONE_COMPOSES = """element => {
  const view = element.ownerDocument.defaultView
  view.addEventListener("compositionstart", () => (view.isComposing = true), true)
  view.addEventListener("compositionend", () => (view.isComposing = false), true)
}"""


class InputMethod:
    """Composes words where the cursor is, in this field and those beside it, until the page is loaded anew."""

    def __init__(self, place: Locator) -> None:
        self._place = place
        self._line = place.page.context.new_cdp_session(place.page)
        self._word = ""
        self._place.evaluate(NOTES_WHETHER_ONE_COMPOSES)

    def composes(self, letters: str, *, cursor: int | None = None) -> None:
        """Begin a word or go on with it, unless it was finished meanwhile, as where its field lost the cursor.

        `cursor` is where in the word it stands, by default at its end.
        """
        self._word = (self._word if self.is_composing else "") + letters
        at = len(self._word) if cursor is None else cursor
        self._line.send("Input.imeSetComposition", {"text": self._word, "selectionStart": at, "selectionEnd": at})

    def commits(self, word: str | None = None) -> None:
        """The word is done, perhaps as another one, such as without its slip."""
        if self.is_composing:
            self._line.send("Input.insertText", {"text": self._word if word is None else word})

    @property
    def is_composing(self) -> bool:
        """Whether the word is still underlined in its field."""
        return self._place.evaluate("element => element.ownerDocument.defaultView.isComposing") is True
