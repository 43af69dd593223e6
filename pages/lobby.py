"""The lobby: come in with a code, come back, or create a workshop."""

import streamlit as st

from components import lobby_create, lobby_here, lobby_join, outcome
from components.screen import is_narrow_screen
from lib.bootstrap import application

app = application()
outcome.show_confirmations()
st.title("Folkmoot", anchor=False)
st.markdown(
    "A group writes the policy of a language model together, watches a model obey it, and votes on what it did."
)

if lobby_create.draw_created(app) or lobby_join.draw_joined():
    st.stop()

lobby_here.draw(app)
if lobby_join.is_under_way():
    lobby_join.draw(app)
elif is_narrow_screen():
    lobby_join.draw(app)
    lobby_create.draw(app)
else:
    left, right = st.columns(2, gap="large")
    with left:
        lobby_join.draw(app)
    with right:
        lobby_create.draw(app)
