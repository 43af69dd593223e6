"""Creating a workshop, and the links that come of it."""

import hmac
from dataclasses import replace

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from components.enter import enter_browser
from components.identity import client_address
from components.kept_field import kept_field, kept_names
from components.links import join_link, link_with_code, personal_link
from components.model_offers import draw_offers
from components.outcome import Outcome, shown
from components.place import recall, remember
from components.texts import counted, quoted
from lib.bootstrap import Application
from lib.domain.errors import ValidationFailed
from lib.domain.people import Credential
from lib.domain.policy import MAX_CLAUSE_CHARS, MAX_POLICY_CHARS
from lib.domain.workshop import Place
from lib.policy.document import SegmentKind
from lib.policy.parse import parse
from lib.samples import samples
from lib.security import hash_token, shown_code
from lib.services import workshops
from lib.services.workshops import NewWorkshop, Starter

CREATED = "lobby_created"
FILE, BLANK = "file", "blank"
KEPT, BEGIN = "create", "begin"


def draw(app: Application) -> None:
    """The form; after success the page shows the links instead."""
    st.header("Create a workshop", anchor=False)
    choices = {sample.name: f"Sample: {sample.starter.title}" for sample in samples()}
    choices |= {FILE: "A policy file of your own (Markdown)", BLANK: "Blank"}
    begin = _choose_begin(choices)
    summary = next((sample.summary for sample in samples() if sample.name == begin), "")
    if summary:
        st.caption(summary)
    upload = None
    if begin == FILE:
        upload = st.file_uploader("Policy file", type=["md", "markdown", "txt"], key="create_file")
    title = kept_field(
        label="Title",
        field=f"{KEPT}:title:{begin}",
        who_sees="Everyone with the join code reads it before joining.",
        initial=_default_title(begin),
        max_chars=workshops.MAX_TITLE_CHARS,
        single_line=True,
    )
    brief = kept_field(
        label="Brief: what the group is here for (optional)",
        field=f"{KEPT}:brief:{begin}",
        who_sees="Everyone with the join code reads it before joining.",
        initial=_default_brief(begin),
        max_chars=5_000,
    )
    code = ""
    # Outside a form Streamlit 1.67 drops what was typed into a password field that is left with the Tab key.
    with st.form("create_form", border=False):
        if app.settings.create_code:
            code = st.text_input("Create code", type="password", key="create_code")
            st.caption("The operator of this server gives it to facilitators.")
        pressed = st.form_submit_button("Create the workshop", type="primary", key="create")
    if pressed:
        _create(app, begin, upload, title, brief, code)


def _choose_begin(choices: dict[str, str]) -> str:
    """What to begin with. It stands in the address, so that a reload shows the texts that were typed for it."""
    names = list(choices)
    asked = st.query_params.get(BEGIN, "")
    begin = st.radio(
        "Begin with",
        names,
        index=names.index(asked) if asked in names else 0,
        format_func=choices.__getitem__,
        key="create_begin",
    )
    if begin != names[0]:
        st.query_params[BEGIN] = begin
    else:
        st.query_params.pop(BEGIN, None)
    return begin


def draw_created(app: Application) -> bool:
    """The links of the workshop that was just created. Whether there is one."""
    created: tuple[str, NewWorkshop] | None = recall(CREATED)
    if created is None:
        return False
    title, new = created
    public_url = app.settings.public_url
    st.header(f"{quoted(title, 200)} is ready", anchor=False)
    enter_browser(
        new.facilitator_token,
        goes_on=False,
        label="Open the console",
        done="This browser is the facilitator's.",
        forgets=kept_names(KEPT),
        key="enter_created",
    )
    credential = Credential(new.workshop_id, hash_token(new.facilitator_token))
    draw_offers(app, credential, app.reader.read(Place, "read_place", credential).workshop.model)
    st.subheader("For participants", anchor=False)
    st.markdown(f"Join code **{shown_code(new.join_code)}**, or this link:")
    link_with_code(join_link(public_url, new.join_code), key="join")
    st.subheader("For you: the secret facilitator link", anchor=False)
    st.markdown("Keep it. It opens the console in any browser, and it is shown only now.")
    link_with_code(personal_link(public_url, new.facilitator_token), key="facilitator", with_qr=False, warn=False)
    st.subheader("For the organizer: a secret link that only reads", anchor=False)
    st.markdown(
        "For whoever reviews the results and takes the policy away. Shown only now; the console can replace it."
    )
    link_with_code(personal_link(public_url, new.organizer_token), key="organizer", with_qr=False, warn=False)
    return True


def _create(app: Application, begin: str, upload: UploadedFile | None, title: str, brief: str, code: str) -> None:
    outcome = Outcome()
    with shown(outcome):
        _check_code(app, code)
        starter = replace(_starter(begin, upload), title=title, brief=brief)
        new = workshops.create_workshop(
            app.store, starter, max_calls=app.settings.max_calls, max_cost_usd=app.settings.max_cost_usd
        )
        remember(CREATED, (title, new))
        st.rerun()


def _check_code(app: Application, code: str) -> None:
    wanted = app.settings.create_code
    if not wanted or hmac.compare_digest(code.strip().encode(), wanted.encode()):
        return
    client, now_s = f"create {client_address()}", app.clock().timestamp()
    wait_s = app.throttle.wait_s(client, now_s)
    app.throttle.note_miss(client, now_s)
    if wait_s > 0:
        raise ValidationFailed(
            f"Too many wrong create codes. Try again in {counted(max(1, round(wait_s / 60)), 'minute')}."
        )
    raise ValidationFailed(
        "This is not the create code of this server. The operator of the server gives it to facilitators."
    )


def _starter(begin: str, upload: UploadedFile | None) -> Starter:
    if begin == BLANK:
        return Starter("")
    if begin != FILE:
        return next(sample.starter for sample in samples() if sample.name == begin)
    if upload is None:
        raise ValidationFailed("No policy file is chosen. Choose a Markdown file, or begin blank.")
    return Starter("", policy_text=_text_of(upload))


def _text_of(upload: UploadedFile) -> str:
    try:
        text = upload.getvalue().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ValidationFailed(
            f"“{upload.name}” is not UTF-8 text. Save it as a plain Markdown file in UTF-8 and choose it again."
        ) from None
    if not text.strip():
        raise ValidationFailed(f"“{upload.name}” is empty. Choose a file with a policy in it, or begin blank.")
    if "\x00" in text:
        raise ValidationFailed(f"“{upload.name}” is not a text file. Choose a Markdown file.")
    if len(text) > MAX_POLICY_CHARS:
        raise ValidationFailed(
            f"“{upload.name}” has {len(text):,} characters; a policy can have {MAX_POLICY_CHARS:,}. Shorten it."
        )
    _check_clauses(text)
    return text


def _check_clauses(text: str) -> None:
    """A file may have hundreds of clauses: the one that is too long is named by its beginning."""
    for segment in parse(text):
        if segment.kind is SegmentKind.CLAUSE and len(segment.wording) > MAX_CLAUSE_CHARS:
            raise ValidationFailed(
                f"The clause that begins “{segment.wording[:40]}…” has {len(segment.wording):,} characters; at most "
                f"{MAX_CLAUSE_CHARS:,} fit. Shorten it in the file, or split it."
            )


def _default_title(begin: str) -> str:
    return next((sample.starter.title for sample in samples() if sample.name == begin), "")


def _default_brief(begin: str) -> str:
    return next((sample.starter.brief for sample in samples() if sample.name == begin), "")
