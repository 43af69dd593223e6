"""A text that many write: what is no update leaves it as it was, and what is not needed any more is let go of."""

import gc
import weakref

import pytest

from lib.domain.text_edits import Edit
from lib.live.shared_text import BrokenUpdate, SharedText


def test_a_document_that_was_looked_at_and_written_in_is_let_go_of() -> None:
    typing = SharedText(client=1)
    first, second = typing.edit("One."), typing.edit("One. Two.")
    assert first
    assert second
    text = SharedText([first])
    assert text.changes_by(second) == [Edit(4, 4, " Two.")]
    assert text.edit("One. Two. Three.")
    with pytest.raises(BrokenUpdate):
        text.apply(b"\x07")
    assert text.text == "One. Two. Three."
    tried = text.copy()
    assert text.characters_at([0])[0].client == 1
    gone = [weakref.ref(one._doc) for one in (text, tried)]
    del text, tried
    gc.collect()
    assert [one() for one in gone] == [None, None]
