"""The people of the workshop: who is here, who asks to come back, and what the facilitator can do for each."""

import streamlit as st

from components.frame import Page
from components.kept_input import forget_input, kept_input
from components.links import join_link, link_with_code, personal_link
from components.new_link import link_for
from components.presence import ICONS, Presence, presence_of
from components.pulse import live_fragment
from components.texts import counted, escape
from lib.domain.errors import FolkmootError
from lib.domain.ids import PersonId
from lib.domain.people import Person
from lib.domain.workshop import Topic
from lib.security import shown_code
from lib.services import leading, workshops

LOOK_EVERY_S = 5.0
COLUMNS = 2


def draw(page: Page) -> None:
    """One person at a time to act on, and the live list, which grows below it and not above what somebody types."""
    people = workshops.people_now(page.app.reader, page.credential)
    if people:
        _draw_person(page, people)
    _live_list(page, frozenset(person.person_id for person in people))


@live_fragment(Topic.PEOPLE)
def _live_list(page: Page, drawn: frozenset[PersonId]) -> float:
    """Who is here goes by the clock too.

    `drawn` are those whom the choice above this list knows; it is drawn again when somebody came or left.
    """
    try:
        people = workshops.read_people(page.store, page.credential)
    except FolkmootError:
        st.caption("The list cannot be read just now.")
        return LOOK_EVERY_S
    if drawn != {person.person_id for person in people}:
        st.rerun(scope="app")
    if not people:
        _teach(page)
        return LOOK_EVERY_S
    now = page.app.clock()
    known = [(person, presence_of(person, now)) for person in people]
    here = sum(presence is Presence.HERE for _, presence in known)
    st.markdown(f"**{here} here**, of {counted(len(people), 'person', 'people')} who joined")
    for person in people:
        if person.wants_back_at is not None and not person.is_removed:
            st.warning(
                f"**{escape(person.name)}** asks to be let back in. If you know that it is them, choose them below and "
                "give them a new personal link.",
                icon=":material/person_raised_hand:",
            )
    lines = [
        f"{ICONS[presence]} {escape(person.name)}"
        + (" (name hidden from others)" if person.name_is_hidden else "")
        + ("" if presence is Presence.HERE else f", {presence.value}")
        for person, presence in known
    ]
    per_column = -(-len(lines) // COLUMNS)
    for index, column in enumerate(st.columns(COLUMNS)):
        column.markdown("  \n".join(lines[index * per_column : (index + 1) * per_column]) or " ")
    return LOOK_EVERY_S


def _teach(page: Page) -> None:
    """What to read out and share while nobody is here."""
    code = page.workshop.join_code or ""
    st.markdown(f"Nobody has joined yet. Read out the join code **{escape(shown_code(code))}**, or share this link:")
    link_with_code(join_link(page.app.settings.public_url, code), key="join_first", with_qr=False, warn=False)
    st.caption("Its QR code is under **Invite**.")


def _draw_person(page: Page, people: tuple[Person, ...]) -> None:
    by_id = {person.person_id: person for person in people}
    chosen = st.selectbox(
        "Choose a person",
        list(by_id),
        index=None,
        format_func=lambda person_id: by_id[person_id].name,
        placeholder="To rename, let back in, hide a name or remove",
        key="chosen_person",
    )
    person = by_id.get(chosen) if chosen else None
    if person is None:
        return
    with st.container(border=True, key="person_panel"):
        _draw_way_back(page, person)
        _draw_name(page, person)
        _draw_removal(page, person)


def _draw_way_back(page: Page, person: Person) -> None:
    memory = f"new_link:{person.person_id}"
    if st.button(
        f"New personal link for {escape(person.name)}",
        key="new_link",
        icon=":material/key:",
        disabled=person.is_removed,
    ):
        done = "The new link is below. The old ones open nothing any more."
        with page.feedback(done), link_for(f"person:{person.person_id}") as link:
            leading.reissue_person(page.store, page.credential, person.person_id, link)
            page.here.put(memory, link.token)
    token = page.here.get(memory)
    if token:
        st.markdown(f"Send this to {escape(person.name)} only: whoever opens it acts in their name.")
        link_with_code(personal_link(page.app.settings.public_url, token), key="person_link")
    else:
        st.caption("Signs them out everywhere else, and brings them back as themselves, with everything they did.")


@st.fragment
def _draw_name(page: Page, person: Person) -> None:
    field = f"console:rename:{person.person_id}"
    name = kept_input(
        page,
        "Name",
        field=field,
        value=person.name,
        max_chars=workshops.MAX_NAME_CHARS,
        who_sees="Everyone sees it once you rename.",
    )
    if st.button("Rename", key="rename") and name.strip() != person.name:
        with page.feedback("Renamed."):
            leading.rename_person(page.store, page.credential, person.person_id, name)
            forget_input(page, field)
    hidden = st.toggle(
        "Hide an abusive name: others read “name hidden”",
        value=person.name_is_hidden,
        key=f"hide_{person.person_id}_{person.name_is_hidden}",
    )
    if hidden != person.name_is_hidden:
        with page.feedback("Hidden." if hidden else "Shown again."):
            leading.hide_name(page.store, page.credential, person.person_id, hidden)


def _draw_removal(page: Page, person: Person) -> None:
    if person.is_removed:
        st.markdown(
            "Removed: they cannot come in, and their votes are not counted; each result says how many people that is."
        )
        if st.button("Take them back, with their votes", key="take_back"):
            with page.feedback("They are back."):
                leading.remove_person(page.store, page.credential, person.person_id, False)
        return
    st.caption(
        "Removing signs them out at once, stops their runs and excludes their votes, which each result then says. "
        "Their clauses stay. You can take them back."
    )
    if st.button(f"Remove {escape(person.name)}", key="remove"):
        with page.feedback(f"{escape(person.name)} is removed; their votes are excluded."):
            leading.remove_person(page.store, page.credential, person.person_id, True)
