"""Words that change in a place which stays as tall as it is, so that what stands below is where it was."""

import streamlit as st


def steady_words(shown: str, *others: str, key: str) -> None:
    """Show these in small letters, as Markdown, where any of the `others` has room too, if it takes no more than 6 rem.

    All lie over each other, and none but the first is seen (`streamlit_mends.css`).
    """
    with st.container(key=f"steady_words_{key}"):
        st.caption(shown or "&nbsp;")
        for words in dict.fromkeys(others):
            if words and words != shown:
                st.caption(words)
