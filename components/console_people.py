"""The people of the workshop: who is here, who asks to come back, and what the facilitator can do for each."""

from collections.abc import Hashable
from contextlib import suppress
from datetime import datetime

import streamlit as st

from components.ask_first import ask_first
from components.choice_by_id import keep_by_id
from components.console_fresh import renew_at_rest
from components.frame import Page
from components.kept_input import begun_with, forget_input, kept_input
from components.links import join_link, link_with_code, personal_link
from components.new_link import link_for
from components.outcome import confirm, part
from components.palette import option_text
from components.people_now import people_now
from components.place import remember, take
from components.presence import Presence, is_idle, person_words, presence_of
from components.pulse import is_whole_page, live_fragment
from components.stored_choice import stored_key, stored_press
from components.texts import counted, escape, shortened
from lib.domain.errors import FolkmootError
from lib.domain.ids import PersonId
from lib.domain.people import Nudged, Person
from lib.domain.workshop import Place, Topic
from lib.security import shown_code
from lib.services import leading, workshops

LOOK_EVERY_S = 5.0
COLUMNS = 2
JUST_READ = "people_just_read"
ONE_COLUMN = 12
LEADING = "leading"
"""Up to so many people stand below one another, each with a press of their own."""
WHAT_LEADING_IS = "They can do all that you do here, but replace no secret link and not delete the workshop."


def draw(page: Page) -> None:
    """One person at a time to act on, and the live list, which grows below it and not above what somebody types."""
    people = people_now(page)
    if people:
        _draw_leading(page, people)
        _draw_person(page, people)
    remember(JUST_READ, people)
    _live_list(page, _choices_of(people))


def _choices_of(people: tuple[Person, ...]) -> Hashable:
    """What the choices above the live list show: whom there is to choose, and who leads."""
    return frozenset((person.person_id, person.is_co_facilitator) for person in people)


@live_fragment(Topic.PEOPLE)
def _live_list(page: Page, drawn: Hashable) -> float:
    """Who is here goes by the clock too. `drawn` is what the choices above this list show."""
    people: tuple[Person, ...] | None = take(JUST_READ)
    try:
        people = workshops.read_people(page.store, page.credential) if people is None else people
        code = page.read(Place, "read_place").workshop.join_code or ""
    except FolkmootError:
        st.caption("The list cannot be read just now.")
        return LOOK_EVERY_S
    if drawn != _choices_of(people):
        renew_at_rest("Who is here or leads has changed: the choice above is older.", key="people")
    if not people:
        _teach(page, code)
        return LOOK_EVERY_S
    now = page.app.clock()
    known = [(person, presence_of(person, now)) for person in people]
    here = sum(presence is Presence.HERE for _, presence in known)
    st.markdown(f"**{here} here**, of {counted(len(people), 'person', 'people')} who joined")
    for person in people:
        if person.wants_back_at is not None and not person.is_removed:
            st.warning(
                f"**{escape(person.name)}** asks to be let back in. If you know that it is them, choose them above and "
                "give them a new personal link.",
                icon=":material/person_raised_hand:",
            )
    _draw_nudges(page, people, now)
    lines = [person_words(person, now) for person in people]
    columns = COLUMNS if len(lines) > ONE_COLUMN and not page.is_narrow else 1
    per_column = -(-len(lines) // columns)
    for index, column in enumerate(st.columns(columns)):
        column.markdown("  \n".join(lines[index * per_column : (index + 1) * per_column]) or " ")
    return LOOK_EVERY_S


def _draw_nudges(page: Page, people: tuple[Person, ...], now: datetime) -> None:
    there = [person for person in people if not person.is_removed]
    idle = [person.person_id for person in there if is_idle(person, now)]
    missing = [person.person_id for person in there if person.has_voted is False]
    nudged = [person.person_id for person in there if person.nudged_for is not None]
    with st.container(horizontal=True, gap="small", key="nudges"):
        if idle and st.button(f"Nudge the idle ({len(idle)})", key="nudge_idle", icon=":material/notifications:"):
            _nudge(page, idle, Nudged.IDLE)
        if missing and st.button(
            f"Ask those who have not voted ({len(missing)})", key="nudge_missing", icon=":material/how_to_vote:"
        ):
            _nudge(page, missing, Nudged.VOTE)
        if nudged and st.button(
            f"Take the nudge back ({len(nudged)})", key="take_back_nudges", icon=":material/undo:", type="tertiary"
        ):
            with page.feedback("The nudge is taken back."):
                leading.take_back_nudges(page.store, page.credential, nudged)


def _nudge(page: Page, people: list[PersonId], reason: Nudged) -> None:
    with page.feedback():
        reached = leading.nudge(page.store, page.credential, people, reason)
        words = f"A quiet line is on the pages of {counted(reached, 'person', 'people')}."
        confirm(words if reached else "They were nudged less than a minute ago.")


def _teach(page: Page, code: str) -> None:
    """What to read out and share while nobody is here."""
    st.markdown(f"Nobody has joined yet. Read out the join code **{escape(shown_code(code))}**, or share this link:")
    link_with_code(join_link(page.app.settings.public_url, code), key="join_first", with_qr=False, warn=False)
    st.caption("Its QR code is under **Invite**.")


def _draw_person(page: Page, people: tuple[Person, ...]) -> None:
    by_id = {person.person_id: person for person in people}
    names: dict[str, str] = {person_id: person.name for person_id, person in by_id.items()}
    key = "chosen_person"
    keep_by_id(key, names)
    chosen = st.selectbox(
        "Choose a person",
        list(by_id),
        index=None,
        format_func=lambda person_id: names.get(person_id, person_id),
        placeholder="To rename, let back in, hide a name or remove",
        key=key,
    )
    person = by_id.get(chosen) if chosen else None
    if person is None:
        return
    with st.container(border=True, key="person_panel"):
        _draw_way_back(page, person)
        _draw_name(page, person)
        _draw_removal(page, person)


def _draw_leading(page: Page, people: tuple[Person, ...]) -> None:
    """Who leads too: one press on a name gives the right, one more takes it back."""
    if page.held.is_granted:
        return
    by_id = {person.person_id: person for person in people if not person.is_removed}
    now = [person_id for person_id, person in by_id.items() if person.is_co_facilitator]
    label, key = "Who leads with you", stored_key(page, LEADING, frozenset(now))
    chosen: list[PersonId]
    if len(by_id) <= ONE_COLUMN:
        chosen = st.pills(
            label,
            list(by_id),
            selection_mode="multi",
            default=now,
            format_func=lambda person_id: option_text(escape(by_id[person_id].name)),
            key=key,
            help=f"Press a name to let them lead too, and again to take that back. {WHAT_LEADING_IS}",
        )
    else:
        chosen = st.multiselect(
            label,
            list(by_id),
            default=now,
            format_func=lambda person_id: by_id[person_id].name,
            key=key,
            help=WHAT_LEADING_IS,
            placeholder="Choose whom to let lead too",
            select_all=False,
        )
    for person_id in set(chosen) ^ set(now):
        name, is_granted = shortened(by_id[person_id].name), person_id in chosen
        done = "leads too: the console is in their menu." if is_granted else "takes part and does not lead any more."
        with stored_press(page, LEADING, frozenset(now) ^ {person_id}, f"{name} {done}"):
            leading.let_lead(page.store, page.credential, person_id, is_granted)


def _draw_way_back(page: Page, person: Person) -> None:
    memory = f"new_link:{person.person_id}"
    name = escape(person.name)
    if ask_first(
        f"New personal link for {name}",
        f"{name} is signed out everywhere, also where they are at work just now, and comes back by the new link alone. "
        "The old ones open nothing any more. It cannot be undone.",
        yes="Yes, make it",
        key=f"new_link_{person.person_id}",
        icon=":material/key:",
        disabled=person.is_removed,
    ):
        done = "The new link is below. The old ones open nothing any more."
        with page.feedback(done), link_for(f"person:{person.person_id}") as link:
            leading.reissue_person(page.store, page.credential, person.person_id, link)
            page.here.put(memory, link.token)
    token = page.here.get(memory)
    if token:
        st.markdown(f"Send this to {name} only: whoever opens it acts in their name.")
        link_with_code(personal_link(page.app.settings.public_url, token), key="person_link")
    else:
        st.caption("Signs them out everywhere else, and brings them back as themselves, with everything they did.")


@part
def _draw_name(page: Page, person: Person) -> None:
    """The name, as it is now: a press draws this part alone, and others who lead may have renamed them meanwhile."""
    with suppress(FolkmootError):  # the field stays; the live strip says what is the matter
        people = () if is_whole_page() else page.read(tuple[Person, ...], "read_people")
        person = next((one for one in people if one.person_id == person.person_id), person)
    field = f"console:rename:{person.person_id}"
    name = kept_input(
        page,
        "Name",
        field=field,
        value=person.name,
        max_chars=workshops.MAX_NAME_CHARS,
        who_sees="Everyone sees it once you rename.",
    )
    before = page.here.get(f"name_before:{person.person_id}") or person.name
    is_another = begun_with(page, field, person.name, name) != person.name
    if is_another:
        st.caption(f"Somebody else renamed them while you typed: they are called {escape(person.name)} now.")
    with st.container(horizontal=True, gap="small", key="rename_acts"):
        # The key is for the name that its presser saw: nobody overwrites another one unseen.
        rename = st.button("Rename all the same" if is_another else "Rename", key=f"rename_{person.name}")
        is_renamed = rename and name.strip() != person.name
        is_undone = before != person.name and st.button(
            f"Undo: call them {escape(before)} again",
            key=f"undo_rename_{person.name}",
            icon=":material/undo:",
            type="tertiary",
        )
    if is_renamed or is_undone:
        with page.feedback("Renamed."):
            leading.rename_person(page.store, page.credential, person.person_id, before if is_undone else name)
            page.here.put(f"name_before:{person.person_id}", person.name)
            forget_input(page, field)
    hidden = st.toggle(
        "Hide an abusive name: others read “name hidden”",
        value=person.name_is_hidden,
        key=stored_key(page, f"hide_{person.person_id}", person.name_is_hidden),
    )
    if hidden != person.name_is_hidden:
        with stored_press(page, f"hide_{person.person_id}", hidden, "Hidden." if hidden else "Shown again."):
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
    name = escape(person.name)
    if ask_first(
        f"Remove {name}",
        f"{name} is signed out at once. This excludes their votes, which each result then says, stops their runs, "
        "and ends their right to lead if they have it. Their clauses stay. You can take them back, with their votes; "
        "their runs go on only if somebody resumes them.",
        yes=f"Yes, remove {name}",
        key=f"remove_{person.person_id}",
        icon=":material/person_remove:",
    ):
        with page.feedback(f"{shortened(person.name)} is removed; their votes are excluded."):
            leading.remove_person(page.store, page.credential, person.person_id, True)
