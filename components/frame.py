"""What every page stands in: the role guard, the title, the stages, where the group is, and who one is."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NoReturn, TypeVar

import streamlit as st

from components import header, live, outcome, pulse
from components.identity import passes, passes_for, workshop_asked_for
from components.leading_news import await_leading
from components.new_link import draw_own_link_on_its_way
from components.own_words import draw_words_of_leading
from components.pages import go_to, link_to
from components.place import DRAWINGS, VISIT_BEGAN, Here, recall, remember, take
from components.refusal import refuse
from components.refused import forget_refusal, refuse_act
from components.screen import is_narrow_screen
from lib.bootstrap import Application, application
from lib.domain.errors import FolkmootError, NotAllowed, NotFound, SignedOut, StoreUnavailable
from lib.domain.ids import WorkshopId
from lib.domain.people import Credential, Role, Viewer
from lib.domain.workshop import Place, Workshop
from lib.security import Pass
from lib.services.reading import Asked, asking
from lib.services.workshops import viewer_of
from lib.store.port import Store

T = TypeVar("T")
BEGUN_ANEW = "begun_anew_when_signed_out"
EVERYONE = (Role.PARTICIPANT, Role.FACILITATOR, Role.ORGANIZER)


@dataclass(frozen=True)
class Page:
    """An open page: who is asking, in which workshop, and the doors to everything else."""

    name: str
    app: Application
    viewer: Viewer
    place: Place
    held: Pass
    other_roles: tuple[Role, ...]
    is_narrow: bool
    visit: int
    """Counts the pages that this tab has opened."""
    run: int
    """Counts how often this tab drew a whole page."""
    rev: int
    """The change number that what this drawing of the page reads is at least as new as."""

    @property
    def store(self) -> Store:
        """The database."""
        return self.app.store

    @property
    def credential(self) -> Credential:
        """What proves to the database who is asking."""
        return self.viewer.credential

    @property
    def workshop(self) -> Workshop:
        """The workshop, as the asker may see it, when the whole page was drawn: a part drawn alone reads it anew."""
        return self.place.workshop

    @property
    def workshop_id(self) -> WorkshopId:
        """The workshop's id."""
        return self.place.workshop.workshop_id

    @property
    def role(self) -> Role:
        """The role in which the person is here."""
        return self.viewer.role

    @property
    def known_rev(self) -> int:
        """The change number that what is read now is at least as new as."""
        return self.app.reader.known_rev(self.workshop_id)

    @property
    def here(self) -> Here:
        """This tab's memory of what is open in the workshop."""
        return Here(self.workshop_id)

    def read(self, kind: type[T], function: str, **arguments: Any) -> T:
        """What a reading function gives to this person, remembered per process until the workshop changes.

        While the database is away it is what this tab saw last, so that a page with somebody's text on it stays.
        """
        key = f"read:{self.workshop_id}:{self.viewer.person_id}:{function}:{sorted(arguments.items())!r}"
        return _or_last_seen(key, lambda: self.read_now(kind, function, **arguments))

    def read_now(self, kind: type[T], function: str, **arguments: Any) -> T:
        """The same, and never what this tab saw earlier: for what is kept for others too. Raises a FolkmootError."""
        with self._forgotten_if_signed_out():
            return self.app.reader.read(kind, function, self.credential, **arguments)

    def read_fresh(self, kind: type[T], function: str, **arguments: Any) -> T:
        """The same at most a second old: for what moves on without a change of the workshop, such as models' calls."""
        key = f"read:{self.workshop_id}:{self.viewer.person_id}:{function}:{sorted(arguments.items())!r}"
        with self._forgotten_if_signed_out():
            return _or_last_seen(key, lambda: self.app.reader.read_fresh(kind, function, self.credential, **arguments))

    @contextmanager
    def _forgotten_if_signed_out(self) -> Iterator[None]:
        """What is remembered of somebody who turns out to be signed out lets them in nowhere any more.

        A whole page begins anew, and says so; a part of one leaves what stands around it, and may be typed in.
        """
        try:
            yield
        except SignedOut:
            self.app.reader.wrote(self.credential)
            if pulse.is_whole_page() and not take(BEGUN_ANEW):
                remember(BEGUN_ANEW, True)
                st.rerun()
            raise

    def gather(self, *reads: Asked) -> None:
        """Fetch in one round trip what `read` is about to be asked for, as far as it is not known."""
        self.app.reader.gather(self.credential, reads)

    @contextmanager
    def feedback(self, message: str = "", *, then_rerun: bool = True) -> Iterator[None]:
        """Run one service call for what a person does; then the page is drawn anew, with a short confirmation.

        Where it was refused, the dock says why. With `then_rerun=False` the page goes on after what was done: nothing
        that stands behind it is for a refusal.
        """
        forget_refusal()
        try:
            yield
        except FolkmootError as error:
            self.app.reader.wrote(self.credential)
            refuse_act(self, error)
            st.rerun()
        self.app.reader.wrote(self.credential)
        if message:
            outcome.confirm(message, at_once=not then_rerun)
        if then_rerun:
            st.rerun()

    def link_to(self, name: str, label: str, *, icon: str = "", **params: str) -> None:
        """A link to another page of this workshop."""
        link_to(name, self.workshop_id, label, icon=icon, **params)

    def go_to(self, name: str, **params: str) -> None:
        """Leave for another page of this workshop."""
        go_to(name, self.workshop_id, **params)


def open_page(name: str, *, allow: tuple[Role, ...], reads: tuple[str, ...] = (), is_named: bool = True) -> Page:
    """Let in whoever may be here and draw the frame; everybody else is told what to do, and the page stops.

    `allow` lists the roles in the page's order of preference, for somebody who holds several. `reads` names the
    reading functions that the page is about to use: they come in one round trip with what the frame reads. A page that
    is not named yet draws its name (`header.draw_name`) itself, where it belongs.
    """
    outcome.show_confirmations()
    page = _let_in(name, allow, reads)
    header.draw(page)
    live.live_top(page)
    live.live_offers(page)
    draw_words_of_leading(page)
    if is_named:
        header.draw_name(page)
    return page


def _let_in(name: str, allow: tuple[Role, ...], reads: tuple[str, ...]) -> Page:
    held = passes()
    workshop_id = workshop_asked_for(held)
    if workshop_id is None:
        refuse("Which workshop?", "Open the workshop with its join code or your personal link.")
    app, reason = application(), ""
    rev = app.reader.known_rev(WorkshopId(workshop_id))  # before anything is read
    held = (*held, *_granted(workshop_id, allow, reads, held))
    here = [one for one in held if one.workshop_id == workshop_id]
    fitting = passes_for(workshop_id, allow, held)
    if not fitting:
        _refuse_role(name, workshop_id, allow, here, rev)
    if st.query_params.get("w") != workshop_id:
        st.query_params["w"] = workshop_id
    for one in fitting:
        credential = Credential(WorkshopId(workshop_id), one.token_hash)
        own = [read for read in reads if read != "read_drafts" or one.role is not Role.ORGANIZER]
        app.reader.gather(credential, [asking(read) for read in ("read_place", *own)])
        try:
            return _opened(name, one, here, rev)
        except (NotAllowed, NotFound) as error:
            reason = str(error)
    take(BEGUN_ANEW)
    if all(one.is_granted for one in fitting):  # the right was taken back since it was read that they have it
        given = [one for one in here if not one.is_granted]
        for one in given:
            app.reader.wrote(Credential(WorkshopId(workshop_id), one.token_hash))
        _refuse_role(name, workshop_id, allow, given, rev)
    return _refuse_former(workshop_id, fitting, here, reason)


def _refuse_former(workshop_id: str, fitting: Sequence[Pass], here: list[Pass], reason: str) -> NoReturn:
    """Whoever was in the workshop and is not any more is told why, and finds what they typed."""
    draw_own_link_on_its_way(WorkshopId(workshop_id), application().settings.public_url)
    refuse(
        "You are not signed in here any more",
        reason,
        workshop_id=workshop_id,
        role=fitting[0].role,
        is_nobody=len(fitting) == len(here),
        held=fitting,
        is_removed=True,
    )


def _opened(name: str, one: Pass, here: list[Pass], rev: int) -> Page:
    """The page with this pass. Raises a FolkmootError where the pass is good for nothing any more."""
    app, credential = application(), Credential(WorkshopId(one.workshop_id), one.token_hash)
    place = _place(app, credential)
    others = tuple(other.role for other in here if other.role is not one.role)
    visit = _visit(name, one.workshop_id)
    viewer = viewer_of(credential, place)
    return Page(name, app, viewer, place, one, others, is_narrow_screen(), visit, _next_run(), rev)


def _await_leading(name: str, here: list[Pass], rev: int) -> None:
    """A participant before a page for those who lead: it opens by itself once they do."""
    own = next((one for one in here if one.role is Role.PARTICIPANT), None)
    if own:
        try:
            page = _opened(name, own, here, rev)
        except (NotAllowed, NotFound) as error:
            _refuse_former(own.workshop_id, [own], here, str(error))
        await_leading(page)


def _granted(
    workshop_id: str, allow: tuple[Role, ...], reads: tuple[str, ...], held: tuple[Pass, ...]
) -> tuple[Pass, ...]:
    """The pass of a participant who was given the right to lead, where they could use it."""
    by_role = {one.role: one for one in held if one.workshop_id == workshop_id}
    own = by_role.get(Role.PARTICIPANT)
    if own is None or Role.FACILITATOR in by_role or Role.FACILITATOR not in allow:
        return ()
    app, credential = application(), Credential(WorkshopId(workshop_id), own.token_hash)
    if Role.PARTICIPANT in allow:
        app.reader.gather(credential, [asking(read) for read in ("read_place", *reads)])
    try:
        return (own.as_leading(),) if _place(app, credential).me.is_co_facilitator else ()
    except (NotAllowed, NotFound):
        return ()


def _place(app: Application, credential: Credential) -> Place:
    key = f"place:{credential.workshop_id}:{credential.token_hash}"
    return _or_last_seen(key, lambda: app.reader.read(Place, "read_place", credential))


def _or_last_seen(key: str, load: Callable[[], T]) -> T:
    """What `load` gives; while the database is away, what it gave to this tab the last time."""
    try:
        value = load()
    except StoreUnavailable:
        kept: T | None = recall(key)
        if kept is None:
            raise
        pulse.look_again_soon()
        return kept
    remember(key, value)
    return value


def _refuse_role(name: str, workshop_id: str, allow: tuple[Role, ...], here: list[Pass], rev: int) -> NoReturn:
    if Role.FACILITATOR in allow:
        _await_leading(name, here, rev)
    if here:
        wanted = " or ".join(role.value for role in allow)
        had = " and ".join(one.role.value for one in here)
        may_lead = Role.FACILITATOR in allow and any(one.role is Role.PARTICIPANT for one in here)
        refuse(
            "This page is not for your role",
            f"It is for a {wanted}; you are here as {had}. A facilitator opens it with the secret facilitator link; "
            "whoever leads too without it can do so until that is taken back."
            + (" It opens by itself once you are let lead." if may_lead else ""),
            workshop_id=workshop_id,
            role=None,
            back_to_stage=True,
            held=here,
        )
    refuse(
        "You have not joined this workshop in this browser",
        "Join with the code, or open your personal link. If you were here before, ask the facilitator to let you "
        "back in.",
        workshop_id=workshop_id,
        is_nobody=True,
    )


def _next_run() -> int:
    count = int(recall("run", 0)) + 1
    remember("run", count)
    return count


def _visit(name: str, workshop_id: str) -> int:
    """Counts up whenever this tab opens a page, so that each visit reads unsent texts afresh once."""
    seen, count = recall("visit", (None, 0))
    if seen != (name, workshop_id):
        count += 1
        remember("visit", ((name, workshop_id), count))
        remember(VISIT_BEGAN, recall(DRAWINGS, 0))
    return int(count)
