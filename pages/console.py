"""The facilitator's console: where the group is, how long, who is here, how one joins, and which model answers."""

import streamlit as st

from components import console_invite, console_model, console_people, console_room, console_workshop
from components.frame import open_page
from lib.domain.people import Role

page = open_page("console", allow=(Role.FACILITATOR,), reads=("read_people", "read_drafts"))

if page.is_narrow:
    console_room.draw(page)
    room = st.container()
else:
    left, room = st.columns([2, 3], gap="large")
    with left:
        console_room.draw(page)

with room:
    people, invite, model, workshop = st.tabs(["People", "Invite", "Model and limits", "Workshop"])
    with people:
        console_people.draw(page)
    with invite:
        console_invite.draw(page)
    with model:
        console_model.draw(page)
    with workshop:
        console_workshop.draw(page)
