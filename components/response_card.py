"""One response of a model, told apart from people's words, with everything it was made of."""

import streamlit as st

from components.frame import Page
from components.hiding import offer_hiding
from components.lead_acts import draw_lead_acts
from components.scenario_words import BASELINE, UNPUBLISHED, response_label, seconds
from components.texts import escape
from lib.domain.notes import ThingKind
from lib.domain.people import Role
from lib.domain.runs import Response, ResponseStatus, RunStatus
from lib.llm.live import LiveState
from lib.services import testing
from lib.services.testing import Answer, AnsweredRun

_ICONS = {BASELINE: ":material/remove_circle_outline:", UNPUBLISHED: ":material/edit_document:"}


def draw_response(page: Page, answered: AnsweredRun, answer: Answer) -> None:
    """The response: under which policy, its text or what it waits for, and its details."""
    response = answer.response
    label = response_label(response)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.badge(
            label, icon=_ICONS.get(label, ":material/description:"), color="gray" if response.is_baseline else "blue"
        )
        if answered.run.samples > 1:
            st.markdown(f"sample {response.sample}", width="content")
    st.markdown(f":material/smart_toy: **{_heading(response)}**")
    match response.status:
        case ResponseStatus.DONE:
            st.text(answer.text)
            if is_cut_off(response):
                st.caption(f"Cut off at the limit of {response.completion_tokens:,} tokens.")
            if response.is_hidden:
                st.caption("Hidden from everyone but facilitators.")
        case ResponseStatus.FAILED:
            _draw_failure(page, answered, response)
        case ResponseStatus.STOPPED:
            why = f" {escape(answered.run.stop_reason)}" if answered.run.stop_reason else ""
            st.markdown(f":material/stop_circle: Stopped before the model answered.{why}")
        case ResponseStatus.WAITING:
            _draw_waiting(answered, answer)
    if response.status is ResponseStatus.DONE:
        with st.container(horizontal=True, gap="small"):
            _details(page, response)
            if page.role is Role.FACILITATOR and response.is_shared:
                offer_hiding(page, testing.hide_response, response.response_id, response.is_hidden)
        if response.is_shared:
            draw_lead_acts(page, ThingKind.RESPONSE, response.response_id, f"the response under {label}")


def waiting_words(answered: AnsweredRun, answer: Answer) -> str:
    """What an unfinished response is waiting for."""
    run, live = answered.run, answer.live
    if testing.is_waiting_for_key(run):
        return "Paused: needs the key again. The facilitator enters it in the console."
    if run.status is RunStatus.PAUSED:
        return f"Paused: {run.pause_reason}"
    if live is None:
        return "Waiting to be taken up…"
    if live.state is LiveState.SAVING:
        return "Finished; being saved…"
    if live.state is LiveState.WRITING:
        return "Writing…" if live.text else "The model is reading…"
    wait = f", about {seconds(live.expected_wait_s)}" if live.expected_wait_s is not None else ""
    return f"In the queue: {'next' if live.place == 1 else f'place {live.place}' if live.place else 'waiting'}{wait}"


def details(response: Response) -> list[tuple[str, str]]:
    """What a response is made of, line by line."""
    unknown = "unknown"
    tokens = unknown
    if response.prompt_tokens is not None and response.completion_tokens is not None:
        tokens = f"{response.prompt_tokens:,} read, {response.completion_tokens:,} written"
    settings = ", ".join(f"{name} {value}" for name, value in sorted(response.params.items()))
    return [
        ("Policy", response_label(response)),
        ("Model", response.model),
        (
            "Settings",
            settings or "the provider's",
        ),
        ("Seed", str(response.seed)),
        ("Sample", str(response.sample)),
        ("Tokens", tokens),
        ("Cost", cost_words(response.cost_usd)),
        ("Time", f"{response.latency_s:.1f} s" if response.latency_s is not None else unknown),
        ("Tries", str(response.attempts)),
        ("Hash of what was sent", response.prompt_hash or unknown),
        ("Asked by", response.asked_by_name),
    ]


def is_cut_off(response: Response) -> bool:
    """Whether a response is as long as it was allowed to become."""
    limit = response.params.get("max_tokens")
    return limit is not None and response.completion_tokens is not None and response.completion_tokens >= limit


def cost_words(cost_usd: float | None) -> str:
    """A cost in words: unknown is not nothing."""
    if cost_usd is None:
        return "unknown"
    return "nothing" if cost_usd == 0 else f"${cost_usd:.4f}"


def _heading(response: Response) -> str:
    return "The model answers without any policy" if response.is_baseline else "The model answers with the policy"


def _draw_waiting(answered: AnsweredRun, answer: Answer) -> None:
    if answer.text:
        st.text(answer.text)
    st.markdown(f":material/hourglass_top: {escape(waiting_words(answered, answer))}")


def _draw_failure(page: Page, answered: AnsweredRun, response: Response) -> None:
    st.warning(f"No response: {escape(response.error or 'no reason was given')}", icon=":material/cloud_off:")
    may_retry = page.role is not Role.ORGANIZER and (
        answered.run.is_shared or answered.run.asked_by == page.viewer.person_id
    )
    if may_retry and st.button("Retry", icon=":material/refresh:", key=f"retry_{response.response_id}"):
        with page.feedback():
            testing.retry(page.store, page.app.engine, page.credential, [response.response_id])


def _details(page: Page, response: Response) -> None:
    with st.popover("Details", icon=":material/info:", type="tertiary", key=f"details_{response.response_id}"):
        st.markdown("  \n".join(f"**{name}**: {escape(value)}" for name, value in details(response)))
