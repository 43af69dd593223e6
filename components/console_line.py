"""A line of the console's box: the words on the left, the acts on the right, one below the other where it is narrow."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

MATTERS = "What the group works on"
"""What is written above the box."""
WHERE = "console_"
"""Tells the acts in this box from the same ones in the tabs."""


def line(key: str) -> DeltaGenerator:
    """The container of one line."""
    return st.container(
        horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", gap="small", key=key
    )
