"""A fragment that cannot read what it shows is no error of the page: a live one looks again, any other says so."""

import pytest
from streamlit.testing.v1 import AppTest

from components.pulse import LOOK_AGAIN_S


def page(kind: str) -> None:
    import streamlit as st

    from components.pulse import live_fragment
    from lib.domain import errors

    def part(_: None) -> None:
        st.markdown("What is known")
        raise getattr(errors, kind)("It cannot be read.")

    part.__module__ = "parts"
    live_fragment()(part)(None)
    st.markdown("Below")


@pytest.mark.parametrize("kind", ["SignedOut", "StoreUnavailable", "NotFound"])
def test_a_part_that_cannot_be_read_is_no_error_of_the_page_and_is_looked_at_again(kind: str) -> None:
    app = AppTest.from_function(page, kwargs={"kind": kind}).run()
    assert not app.exception
    assert [one.value for one in app.markdown] == ["What is known", "Below"]
    [pulse] = [one for one in app.get("bidi_component") if "again_ms" in str(one.proto)]
    assert str(int(LOOK_AGAIN_S * 1000)) in str(pulse.proto)


def words() -> None:
    import streamlit as st

    from components.outcome import part
    from lib.domain.errors import SignedOut

    @part
    def form() -> None:
        st.markdown("What is known")
        raise SignedOut("The facilitator removed you")

    form()
    st.markdown("Below")


def test_any_other_part_says_in_words_what_is_the_matter() -> None:
    app = AppTest.from_function(words).run()
    assert not app.exception
    assert [one.value for one in app.warning] == ["The facilitator removed you"]
    assert [one.value for one in app.markdown] == ["What is known", "Below"]
