"""Create a workshop, or join one."""

import streamlit as st

st.title("Folkmoot", anchor=False)
