"""How people come in: the join code, the link with its QR code, and the two secret links."""

import streamlit as st

from components.ask_first import ask_first
from components.enter import enter_browser
from components.frame import Page
from components.links import join_link, link_with_code, personal_link
from components.new_link import draw_own_link_on_its_way, link_for, own_link
from components.pulse import live_fragment
from components.stored_choice import stored_key, stored_press
from components.texts import escape
from lib.domain.errors import FolkmootError
from lib.domain.people import Role
from lib.domain.workshop import Place
from lib.security import shown_code
from lib.services import leading

CODE_IS_OPEN = "code_is_open"
RENEWING = (
    "The join code, its link and its QR code open nothing any more, wherever they are shown or were sent, and a new "
    "one is made. Whoever joined stays. It cannot be undone."
)
REPLACING = (
    "The link that you have, and every browser that came in by it, leads this workshop no more. You get a new link "
    "here, once. It cannot be undone."
)
NEW_ORGANIZER = (
    "Organizer links that you gave away before open nothing any more; the new one is shown here. It cannot be undone."
)


def draw(page: Page) -> None:
    """What to read out, what to share, and what to keep secret."""
    _draw_code(page)
    if page.held.is_granted:
        st.caption("The secret links are with the facilitator who has them.")
        return
    with st.expander("Secret links", key="secret_links"):
        _draw_own_link(page)
        _draw_organizer_link(page)


@live_fragment()
def _draw_code(page: Page) -> None:
    """The code as it is now, and whether it is open: that others who lead changed either is news for every live part.

    Nothing that anybody types stands in here.
    """
    try:
        workshop = page.read(Place, "read_place").workshop
    except FolkmootError:
        return  # The live strip says what is the matter.
    code, is_open = workshop.join_code or "", workshop.code_is_open
    st.markdown(f"Join code: **{escape(shown_code(code))}**")
    link_with_code(join_link(page.app.settings.public_url, code), key="join")
    key = stored_key(page, CODE_IS_OPEN, is_open)
    wanted = st.toggle("New people can join with the code", value=is_open, key=key)
    if wanted != is_open:
        done = "New people can join." if wanted else "The code is closed. Whoever joined stays."
        with stored_press(page, CODE_IS_OPEN, wanted, done):
            leading.open_code(page.store, page.credential, wanted)
    # The key names the code that goes: nobody renews one that another has just made.
    key = f"renew_{code}"
    if ask_first("Renew the code", RENEWING, yes="Yes, renew it", key=key, icon=":material/autorenew:"):
        with page.feedback("The old code and link open nothing any more. Whoever joined stays."):
            leading.renew_code(page.store, page.credential)


def _draw_own_link(page: Page) -> None:
    st.markdown("**Facilitator.** Whoever has this link runs the workshop.")
    if st.toggle("Show my link", key="show_own_link"):
        link_with_code(personal_link(page.app.settings.public_url, page.held.token), key="own")
    if ask_first("Replace the facilitator link", REPLACING, yes="Yes, replace it", key="replace_facilitator"):
        with page.feedback(then_rerun=False), link_for(own_link(page.workshop_id)) as link:
            leading.reissue_role_link(page.store, page.credential, Role.FACILITATOR, link)
        st.markdown("The old link opens nothing any more. Copy the new one, then go on:")
        link_with_code(personal_link(page.app.settings.public_url, link.token), key="own_new", with_qr=False)
        enter_browser(link.token, goes_on=False, label="Go on", done="This browser has the new link.", key="enter_new")
        st.stop()
    draw_own_link_on_its_way(page.workshop_id, page.app.settings.public_url)


def _draw_organizer_link(page: Page) -> None:
    st.markdown("**Organizer.** A link that only reads: results and exports.")
    if ask_first("Make a new organizer link", NEW_ORGANIZER, yes="Yes, make it", key="replace_organizer"):
        done = "The new link is below; older organizer links open nothing any more."
        with page.feedback(done), link_for(f"organizer:{page.workshop_id}") as link:
            leading.reissue_role_link(page.store, page.credential, Role.ORGANIZER, link)
            page.here.put("organizer_token", link.token)
    token = page.here.get("organizer_token")
    if token:
        link_with_code(personal_link(page.app.settings.public_url, token), key="organizer_new", with_qr=False)
