"""The Vote page as each role meets it, with the database asserted and not only the words."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from streamlit.testing.v1 import AppTest

from components import draft_field, round_opening
from components.ballot_reasons import CAME_LATE, reason_field
from components.draft_field import AsksFirst, Submission
from components.texts import escape
from lib.bootstrap import application
from lib.domain.ids import ItemId, PersonId, WorkshopId
from lib.domain.people import Credential
from lib.domain.rounds import Position
from lib.live.hub import Seat
from lib.store.port import Store
from tests.pages.fields import Fields
from tests.support.may_be_away import MayBeAway
from tests.support.page_visit import (
    Browser,
    all_data_of,
    app_on,
    enter,
    hears_news,
    payload_of,
    press_alone,
    unfold,
    visit,
    words_of,
)
from tests.support.workshop_builder import Built, Someone, new_id

KEPT = "Whatever you are writing is kept."


@pytest.fixture
def browser(store: Store) -> Iterator[Browser]:
    with app_on(store) as opened:
        yield opened


def answer_of(at: AppTest, item: str) -> Any:
    """The answer widget of an item."""
    return at.segmented_control(key=f"answer_{item}")


def item_of(opened: dict[str, Any]) -> str:
    return str(opened["items"][0]["item_id"])


def my_vote(someone: Someone) -> list[tuple[str, str]]:
    return [(vote["position"], vote["reason"]) for vote in someone.call("read_rounds")[0]["my_votes"]]


def test_an_answer_is_told_to_the_other_pages_of_whoever_gave_it_and_to_nobody_else(
    store: Store, browser: Browser
) -> None:
    built = Built(store)
    ana, ben = built.join("Ana"), built.join("Ben")
    item = item_of(built.open_round())
    enter(browser, built, ana)
    phones = [Credential(WorkshopId(built.workshop), one.token_hash) for one in (ana, ben)]
    hub = application().hub
    for one in phones:
        hub.sit(Seat(one, PersonId(one.token_hash), "vote", lambda: None, lambda reason: None))
    at = visit("vote", built.workshop)
    [ballot] = [data for name, data in all_data_of(at, "folkmoot_pulse").items() if "watch_rounds" in name]
    answer_of(at, item).set_value("agree").run()
    assert hub.own(phones[0]) > ballot["own"]
    assert hub.own(phones[1]) == 0


@pytest.mark.parametrize("role", ["participant", "facilitator", "organizer"])
def test_without_any_round_the_page_teaches_what_to_do(store: Store, browser: Browser, role: str) -> None:
    built = Built(store)
    enter(browser, built, built.join("Ana") if role == "participant" else getattr(built, role), role)
    at = visit("vote", built.workshop)
    assert not at.exception
    expected = "There is nothing to vote on yet" if role == "facilitator" else "There is no round yet"
    assert expected in words_of(at)


def test_somebody_without_a_pass_is_not_let_in(store: Store, browser: Browser) -> None:
    built = Built(store)
    built.open_round()
    at = visit("vote", built.workshop)
    assert not at.exception
    assert "You have not joined this workshop in this browser" in words_of(at)
    assert "Ask before you answer." not in words_of(at)


@pytest.mark.parametrize(
    ("anonymity", "said"),
    [("named", "everyone in this workshop sees your answers"), ("anonymous", "never shown with your name")],
)
def test_the_ballot_says_what_will_be_shown_to_whom(store: Store, browser: Browser, anonymity: str, said: str) -> None:
    built = Built(store)
    ana = built.join("Ana")
    built.open_round(anonymity)
    enter(browser, built, ana)
    at = visit("vote", built.workshop)
    assert said in words_of(at)
    assert "Ask before you answer." in words_of(at)
    assert "0 of 1 eligible have voted" in words_of(at)


def test_an_answer_is_stored_with_the_click_and_can_be_changed(store: Store, browser: Browser) -> None:
    built = Built(store)
    ana = built.join("Ana")
    item = item_of(built.open_round())
    enter(browser, built, ana)
    at = visit("vote", built.workshop)
    answer_of(at, item).set_value("agree").run()
    assert my_vote(ana) == [("agree", "")]
    assert "Your vote: **Agree**. It is saved; you can change it while the round is open." in words_of(at)
    answer_of(at, item).set_value("cannot_judge").run()
    assert my_vote(ana) == [("cannot_judge", "")]
    assert not at.exception


def test_every_drawing_tells_the_browser_the_vote_and_not_only_the_first(store: Store, browser: Browser) -> None:
    # A browser may get to a ballot only after the next drawing has replaced the first: it must find the vote.
    built = Built(store)
    ana = built.join("Ana")
    item = item_of(built.open_round())
    enter(browser, built, ana)
    ana.vote(item, "disagree")
    at = visit("vote", built.workshop)
    for _ in range(2):
        assert list(answer_of(at, item).proto.default) == [list(Position).index(Position.DISAGREE)]
        at.run()
    answer_of(at, item).set_value("agree").run().run()
    assert list(answer_of(at, item).proto.default) == [list(Position).index(Position.AGREE)]


def test_changing_the_answer_keeps_the_reason(store: Store, browser: Browser) -> None:
    built = Built(store)
    ana = built.join("Ana")
    item = item_of(built.open_round())
    enter(browser, built, ana)
    ana.vote(item, "agree", "It asks first.")
    at = visit("vote", built.workshop)
    answer_of(at, item).set_value("disagree").run()
    assert my_vote(ana) == [("disagree", "It asks first.")]


def test_a_reason_is_saved_though_its_press_is_heard_with_the_whole_page(
    store: Store, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    fields = Fields()
    monkeypatch.setattr(draft_field, "_FIELD", fields.field)
    built = Built(store)
    ana = built.join("Ana")
    item = item_of(built.open_round())
    enter(browser, built, ana)
    ana.vote(item, "agree", "It asks.")
    at = visit("vote", built.workshop)
    fields.will_press(f"reason:{item}", "save", "It asks first.")
    at.run()
    assert not at.exception
    assert my_vote(ana) == [("agree", "It asks first.")]


def test_a_reason_whose_press_comes_after_the_close_stays_its_writers_who_is_told_why(
    store: Store, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    fields = Fields()
    monkeypatch.setattr(draft_field, "_FIELD", fields.field)
    built = Built(store)
    ana = built.join("Ana")
    opened = built.open_round()
    item, field = item_of(opened), reason_field(ItemId(item_of(opened)))
    enter(browser, built, ana)
    ana.vote(item, "agree")
    at = visit("vote", built.workshop)
    at.button(key=f"add_reason_{item}").click().run()
    ana.call("save_draft", field=field, text="It asks", seq=1)  # as the browser does
    built.facilitator.call("close_round", round=opened["round_id"])
    application().reader.wrote(WorkshopId(built.workshop))
    fields.will_press(field, "save", "It asks first.")
    at.run()
    assert not at.exception
    assert escape(CAME_LATE) in words_of(at)
    assert fields.fields[field]["label"].startswith("Your unsaved reason")
    assert fields.shows(field) == "It asks first."
    assert my_vote(ana) == [("agree", "")]
    fields.will_press(field, "discard", "It asks first.")
    at.run()
    assert ana.call("read_drafts")[field]["text"] == ""


def test_a_reason_that_was_being_written_at_the_close_comes_with_what_the_page_reads_anyway(store: Store) -> None:
    built = Built(store)
    ana = built.join("Ana")
    opened = built.open_round()
    asked = MayBeAway(store)
    with app_on(asked) as browser:
        enter(browser, built, ana)
        at = visit("vote", built.workshop)
        built.facilitator.call("close_round", round=opened["round_id"])
        for seq, text in enumerate(("It asks", ""), 1):  # written a moment after the close, then discarded
            ana.call("save_draft", field=f"reason:{item_of(opened)}", text=text, seq=seq)
            application().reader.wrote(WorkshopId(built.workshop))
            asked.asked.clear()
            at.run()
            # Whoever empties it, to write it anew, keeps the field as long as the page is open.
            assert f"reason:{item_of(opened)}" in fields_of(at)
            assert "read_drafts" not in [function for function, _ in asked.asked]
        assert f"reason:{item_of(opened)}" not in fields_of(visit("vote", built.workshop))


def fields_of(at: AppTest) -> list[str]:
    return [one["field"] for one in all_data_of(at, "folkmoot_draft_field").values()]


def test_an_answer_after_the_close_is_not_counted_and_that_is_said(store: Store, browser: Browser) -> None:
    built = Built(store)
    ana = built.join("Ana")
    opened = built.open_round()
    enter(browser, built, ana)
    ana.vote(item_of(opened), "agree")
    at = visit("vote", built.workshop)
    built.facilitator.call("close_round", round=opened["round_id"])
    answer_of(at, item_of(opened)).set_value("disagree").run()
    assert my_vote(ana) == [("agree", "")]
    assert "your vote was not counted" in words_of(at).replace("\\", "")
    assert "You answered 1 of 1 item; these votes are counted." in words_of(at)


def test_whoever_is_deep_in_a_ballot_is_told_of_its_close_and_reveal_over_the_page_and_of_no_vote(
    store: Store, browser: Browser
) -> None:
    built = Built(store)
    ana, ben = built.join("Ana"), built.join("Ben")
    opened = built.open_round()
    enter(browser, built, ana)
    at = visit("vote", built.workshop)

    def told() -> str:
        application().reader.wrote(WorkshopId(built.workshop))
        hears_news(at, "live_live_offers")
        assert not at.exception
        assert "a planted reason" not in payload_of(at)
        return words_of(at)

    assert KEPT not in told()
    ben.vote(item_of(opened), "disagree", "a planted reason")
    assert KEPT not in told()
    built.facilitator.call("close_round", round=opened["round_id"])
    assert f"**Round 1 was closed. Your saved votes are counted.** {KEPT}" in told()
    press_alone(at, "Close")
    assert KEPT not in told()
    built.facilitator.call("reveal_round", round=opened["round_id"])
    assert f"**The results of round 1 are there.** {KEPT}" in told()
    press_alone(at, "Show it")
    assert not at.exception
    assert KEPT not in words_of(at)
    assert "a planted reason" in payload_of(unfold(at, built))
    assert KEPT not in told()


def test_votes_from_before_a_link_was_reissued_are_counted_and_not_shown(store: Store, browser: Browser) -> None:
    built = Built(store)
    ana = built.join("Ana")
    opened = built.open_round()
    ana.vote(item_of(opened), "agree")
    enter(browser, built, ana)
    said = words_of(visit("vote", built.workshop))
    assert "You voted in this round before your personal link was re-issued" in said
    assert "Your vote:" not in said


def test_whoever_comes_back_reads_at_once_how_many_items_they_have_answered(store: Store, browser: Browser) -> None:
    built = Built(store)
    ana = built.join("Ana")
    item = item_of(built.open_round())
    enter(browser, built, ana)
    ana.vote(item, "agree")
    assert "you have answered 1 of 1" in words_of(visit("vote", built.workshop))


def test_votes_of_others_are_on_nobodys_page_before_the_reveal(store: Store, browser: Browser) -> None:
    built = Built(store)
    ana, ben = built.join("Ana"), built.join("Ben")
    opened = built.open_round()
    ana.vote(item_of(opened), "disagree", "a planted reason")
    for status in ("open", "closed"):
        if status == "closed":
            built.facilitator.call("close_round", round=opened["round_id"])
        for someone, role in ((ben, "participant"), (built.facilitator, "facilitator"), (built.organizer, "organizer")):
            enter(browser, built, someone, role)
            for page in ("vote", "review", *(("overview",) if role != "participant" else ())):
                at = visit(page, built.workshop)
                assert not at.exception
                assert "a planted reason" not in payload_of(at)
                assert ("Ana" in words_of(at)) is (role == "facilitator" and page == "vote")


def test_the_facilitator_closes_and_reveals_in_two_acts(store: Store, browser: Browser) -> None:
    built = Built(store)
    ana = built.join("Ana")
    opened = built.open_round("anonymous")
    ana.vote(item_of(opened), "agree", "It asks first.")
    built.others_vote(opened)
    enter(browser, built, built.facilitator, "facilitator")
    at = visit("vote", built.workshop)
    assert "Have voted: Ana" in words_of(at)
    at.button(key=f"yes_close_{opened['round_id']}").click().run()
    assert built.facilitator.call("read_rounds")[0]["status"] == "closed"
    assert "destroys the link between people and votes" in words_of(at)
    assert "It asks first." not in words_of(at)
    at.button(key=f"yes_reveal_{opened['round_id']}").click().run()
    assert built.facilitator.call("read_rounds")[0]["status"] == "revealed"
    assert "Anonymous round. 3 of 3 eligible voted." in words_of(at)
    assert "It asks first." in words_of(unfold(at, built))
    assert "Ana" not in words_of(at)
    assert not at.exception


@pytest.mark.parametrize("items", [1, 2])
def test_before_a_round_of_several_items_is_closed_it_is_said_that_one_answer_counts_as_having_voted(
    store: Store, browser: Browser, items: int
) -> None:
    built = Built(store)
    ana = built.join("Ana")
    ana.vote(item_of(built.open_round(items=items)), "agree")
    enter(browser, built, built.facilitator, "facilitator")
    said = words_of(visit("vote", built.workshop))
    assert "1 of 1 eligible has voted." in said
    assert ("Who answered one item counts as having voted: some may still be at the others." in said) is (items > 1)


def test_an_anonymous_round_of_two_voters_is_not_offered_to_be_revealed_and_it_is_said_why(
    store: Store, browser: Browser
) -> None:
    built = Built(store)
    opened = built.open_round("anonymous")
    built.others_vote(opened, 2)
    built.facilitator.call("close_round", round=opened["round_id"])
    enter(browser, built, built.facilitator, "facilitator")
    at = visit("vote", built.workshop)
    assert "Only 2 people voted." in words_of(at)
    assert "Revealing shows" not in words_of(at)
    assert not [button for button in at.button if str(button.key).startswith("yes_reveal_")]


@pytest.mark.parametrize("page", ["vote", "console"])
def test_a_round_that_can_never_be_revealed_leaves_the_pages_with_the_next_one_and_stays_in_the_record(
    store: Store, browser: Browser, page: str
) -> None:
    built = Built(store)
    ana = built.join("Ana")
    first = built.open_round("anonymous")
    ana.vote(item_of(first), "agree")
    built.facilitator.call("close_round", round=first["round_id"])
    enter(browser, built, built.facilitator, "facilitator")
    assert "this one leaves the page then" in words_of(visit(page, built.workshop))
    item = {name: first["items"][0][name] for name in ("kind", "version_id", "clause_id")}
    second = {"round": new_id(), "question": "And now?", "anonymity": "named", "items": [item]}
    built.facilitator.call("open_round", **second)
    built.facilitator.call("close_round", round=second["round"])
    application().reader.wrote(WorkshopId(built.workshop))
    at = visit(page, built.workshop)
    assert not at.exception
    assert "this one leaves the page then" not in words_of(at)
    assert "Round 2" in words_of(at)
    assert "Round 1" not in words_of(at)
    enter(browser, built, ana)
    assert "Round 1" not in words_of(visit("vote", built.workshop))
    enter(browser, built, built.organizer, "organizer")
    table = visit("overview", built.workshop).dataframe[-1].value
    assert list(table["Round"]) == [2, 1]
    assert list(table["Voted"]) == [0, 1]


def test_voters_are_told_that_a_round_of_too_few_is_never_revealed(store: Store, browser: Browser) -> None:
    built = Built(store)
    ana = built.join("Ana")
    first = built.open_round("anonymous")
    ana.vote(item_of(first), "agree")
    built.facilitator.call("close_round", round=first["round_id"])
    enter(browser, built, ana)
    words = words_of(visit("vote", built.workshop))
    assert "Fewer than 3 voted, so nothing of it is ever shown" in words
    assert "until the facilitator reveals" not in words


class Question:
    """In the place of the question's field: what it asks first, and a press that comes with the next drawing."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asks: AsksFirst | None = None
        self.next: Submission | None = None
        monkeypatch.setattr(round_opening, "draft_field", self.field)

    def field(self, *_: Any, asks: AsksFirst | None, **__: Any) -> Submission | None:
        self.asks, pressed, self.next = asks, self.next, None
        return pressed

    def will_press(self, text: str) -> None:
        """Somebody answers yes to what is asked now."""
        self.next = Submission(text, "open", uuid4().hex, self.asks.seen if self.asks else "")


@pytest.fixture
def question(monkeypatch: pytest.MonkeyPatch) -> Question:
    return Question(monkeypatch)


def choose_all_clauses(at: AppTest, built: Built) -> AppTest:
    return at.button(key=f"new_round_clauses_{built.workshop}_all").click().run()


def test_the_facilitator_opens_a_round_on_chosen_clauses(store: Store, browser: Browser, question: Question) -> None:
    built = Built(store)
    built.join("Ana")
    built.publish()
    enter(browser, built, built.facilitator, "facilitator")
    at = choose_all_clauses(visit("vote", built.workshop), built)
    assert "2 items chosen" in words_of(at)
    at.radio(key=f"new_round_anonymity_{built.workshop}").set_value("anonymous").run()
    question.will_press("Should this stay?")
    at.run()
    assert not at.exception
    [opened] = built.facilitator.call("read_rounds")
    assert (opened["question"], opened["anonymity"], len(opened["items"])) == ("Should this stay?", "anonymous", 2)


def test_before_a_round_is_opened_it_is_asked_with_what_is_frozen_and_who_can_vote_now(
    store: Store, browser: Browser, question: Question
) -> None:
    built = Built(store)
    built.join("Ana")
    gone = built.join("Ben")
    built.facilitator.call("change_person", person=gone.person, changes={"is_removed": True})
    built.publish()
    enter(browser, built, built.facilitator, "facilitator")
    at = visit("vote", built.workshop)
    assert question.asks is None, "where nothing is chosen there is nothing to ask"
    at = choose_all_clauses(at, built)
    assert question.asks is not None
    assert question.asks.says[0].startswith("2 clauses are frozen")
    assert "who answered what, with reasons and names" in question.asks.says[1]
    assert question.asks.says[2].startswith("1 of 1 participant is here now and can vote")
    assert "cannot be taken back" in question.asks.says[3]
    seen = question.asks.seen
    built.join("Cleo")
    application().reader.wrote(WorkshopId(built.workshop))
    at.run()
    assert question.asks.says[2].startswith("2 of 2 participants are here now")
    assert question.asks.seen == seen, "whoever comes meanwhile changes nothing of what is opened"


def test_what_was_not_asked_about_is_not_opened(store: Store, browser: Browser, question: Question) -> None:
    built = Built(store)
    built.publish()
    enter(browser, built, built.facilitator, "facilitator")
    at = choose_all_clauses(visit("vote", built.workshop), built)
    question.will_press("Should this stay?")
    at.radio(key=f"new_round_anonymity_{built.workshop}").set_value("anonymous").run()
    assert round_opening.NOT_AS_ASKED in words_of(at).replace("\\", "")
    assert built.facilitator.call("read_rounds") == []
    question.will_press("Should this stay?")
    at.run()
    assert built.facilitator.call("read_rounds")[0]["anonymity"] == "anonymous"


def test_an_empty_question_is_refused_with_the_way_out(store: Store, browser: Browser, question: Question) -> None:
    built = Built(store)
    built.publish()
    enter(browser, built, built.facilitator, "facilitator")
    question.will_press(" ")
    at = visit("vote", built.workshop)
    assert "The question is empty" in at.error[0].value.replace("\\", "")
    assert "No item is chosen" in at.error[0].value.replace("\\", "")
    assert built.facilitator.call("read_rounds") == []


def test_an_item_voted_on_in_an_earlier_wording_is_shown_as_that(store: Store, browser: Browser) -> None:
    built = Built(store)
    ana = built.join("Ana")
    built.open_round()
    built.commit(ana, [built.clauses[0] | {"wording": "Reworded."}, built.clauses[1]], 1)
    enter(browser, built, ana)
    at = visit("vote", built.workshop)
    assert "Ask before you answer." in words_of(at)
    assert "the clause has changed since" in words_of(at)


def test_excluded_votes_of_a_removed_person_are_said(store: Store, browser: Browser) -> None:
    built = Built(store)
    ana, ben = built.join("Ana"), built.join("Ben")
    opened = built.open_round()
    ana.vote(item_of(opened), "agree")
    ben.vote(item_of(opened), "disagree")
    built.facilitator.call("change_person", person=ben.person, changes={"is_removed": True})
    built.facilitator.call("close_round", round=opened["round_id"])
    built.facilitator.call("reveal_round", round=opened["round_id"])
    enter(browser, built, ana)
    assert "1 of 1 eligible voted. 1 removed person’s votes are excluded." in words_of(visit("vote", built.workshop))


def test_the_facilitator_hides_an_abusive_reason_from_others(store: Store, browser: Browser) -> None:
    built = Built(store)
    ana = built.join("Ana")
    opened = built.open_round()
    ana.vote(item_of(opened), "agree", "an abusive reason")
    built.facilitator.call("close_round", round=opened["round_id"])
    built.facilitator.call("reveal_round", round=opened["round_id"])
    enter(browser, built, built.facilitator, "facilitator")
    at = unfold(visit("vote", built.workshop), built)
    vote = built.facilitator.call("read_results")[0]["votes"][0]["vote_id"]
    at.button(key=f"hide_{vote}").click().run()
    assert "an abusive reason" in words_of(at)
    enter(browser, built, ana)
    seen = words_of(unfold(visit("vote", built.workshop), built))
    assert "an abusive reason" not in seen
    assert "(hidden by the facilitator)" in seen
