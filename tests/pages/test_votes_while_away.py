"""Votes given while the database is away: kept, sent by themselves, and what came too late is said."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from components import draft_field, pulse
from components.ballot_unsaved import Unsaved, words_of_unsaved
from lib.bootstrap import application
from lib.domain.errors import SignedOut
from lib.domain.ids import ItemId, RoundId, WorkshopId
from lib.domain.rounds import Anonymity, Item, ItemKind, MyVote, Position, Round, RoundStatus, Turnout
from lib.store.port import Store
from tests.pages.fields import Fields
from tests.support.may_be_away import MayBeAway, heard_again
from tests.support.page_visit import app_on, enter, visit, words_of
from tests.support.workshop_builder import Built, Someone

NOT_COUNTED = ", Disagree, was not saved before the round closed and is not counted."


@dataclass
class Ballot:
    """Ana before the open ballot of a round with one item, and the store that her page stands on."""

    built: Built
    ana: Someone
    opened: dict[str, Any]
    away: MayBeAway
    at: AppTest

    @property
    def item(self) -> str:
        return str(self.opened["items"][0]["item_id"])

    @property
    def said(self) -> str:
        assert not self.at.exception
        return words_of(self.at)

    @property
    def stored(self) -> list[tuple[str, str]]:
        """Ana's votes as the database has them."""
        return [(vote["position"], vote["reason"]) for vote in self.ana.call("read_rounds")[0]["my_votes"]]

    @property
    def requests(self) -> list[str]:
        """The request of every vote that her page has sent."""
        sent = [given["votes"] for function, given in self.away.asked if function == "cast_votes"]
        return [vote["request_id"] for votes in sent for vote in votes]

    def answer(self, position: str) -> None:
        self.at.segmented_control(key=f"answer_{self.item}").set_value(position).run()

    def answer_while_away(self, position: str) -> None:
        self.away.is_away = True
        self.answer(position)
        self.away.is_away = False

    def answer_and_lose_what_comes_back(self, position: str) -> None:
        self.away.loses = "cast_votes"
        self.answer(position)
        self.away.loses = ""

    def hear_again(self) -> None:
        """The thread that asks for changes is answered, and the page looks."""
        heard_again()
        self.at.run()

    def close(self) -> None:
        self.built.facilitator.call("close_round", round=self.opened["round_id"])


@pytest.fixture(params=["named"])
def ballot(store: Store, request: pytest.FixtureRequest) -> Iterator[Ballot]:
    built = Built(store)
    ana = built.join("Ana")
    opened, away = built.open_round(request.param), MayBeAway(store)
    with app_on(away) as browser:
        enter(browser, built, ana)
        yield Ballot(built, ana, opened, away, visit("vote", built.workshop))


def test_an_answer_given_while_the_database_is_away_stays_chosen_and_is_saved_later(ballot: Ballot) -> None:
    ballot.answer_while_away("disagree")
    assert "**Disagree is not saved yet.**" in ballot.said
    assert "It is saved" not in ballot.said
    assert ballot.at.segmented_control(key=f"answer_{ballot.item}").value == "disagree"
    ballot.at.button(key=f"again_{ballot.item}").click().run()
    assert "Your vote: **Disagree**. It is saved" in ballot.said
    assert ballot.stored == [("disagree", "")]


def test_an_answer_that_was_not_saved_is_sent_again_by_itself_as_the_same_vote(ballot: Ballot) -> None:
    ballot.answer_and_lose_what_comes_back("disagree")
    assert "**Disagree is not saved yet.** It is sent by itself" in ballot.said
    ballot.hear_again()
    assert "Your vote: **Disagree**. It is saved" in ballot.said
    first, again = ballot.requests
    assert first == again
    assert ballot.stored == [("disagree", "")]


def test_pressing_save_again_is_the_same_vote_and_undoes_no_later_one_of_another_browser(ballot: Ballot) -> None:
    ballot.answer_and_lose_what_comes_back("disagree")
    ballot.ana.vote(ballot.item, "agree")
    ballot.at.button(key=f"again_{ballot.item}").click().run()
    assert "Your vote: **Agree**. It is saved" in ballot.said
    assert ballot.stored == [("agree", "")]


def test_an_unsaved_answer_is_not_sent_once_the_person_has_chosen_another(ballot: Ballot) -> None:
    ballot.answer_while_away("disagree")
    ballot.answer("pass")
    ballot.hear_again()
    assert "not saved yet" not in ballot.said
    assert ballot.stored == [("pass", "")]


def test_an_unsaved_answer_whose_round_was_closed_meanwhile_is_said_to_be_not_counted(ballot: Ballot) -> None:
    ballot.answer_while_away("disagree")
    ballot.close()
    ballot.hear_again()
    said = ballot.said
    assert "not saved yet" not in said
    assert "do it again" not in said
    assert NOT_COUNTED in said
    assert f"Your answer to “{ballot.opened['items'][0]['label']}”" in said
    assert "You answered 0 of 1 item" in said
    ballot.at.run()
    assert NOT_COUNTED in ballot.said, "it stands until it was seen, whatever else draws the page anew"
    ballot.at.button(key=f"seen_{ballot.item}").click().run()
    assert NOT_COUNTED not in ballot.said
    assert ballot.stored == []


def test_an_unsaved_change_of_an_answer_says_that_the_earlier_one_is_counted(ballot: Ballot) -> None:
    ballot.answer("agree")
    ballot.answer_while_away("disagree")
    ballot.close()
    ballot.hear_again()
    assert f"{NOT_COUNTED} Your earlier answer, Agree, is." in ballot.said
    assert ballot.stored == [("agree", "")]


@pytest.mark.parametrize(
    ("ballot", "words"), [("named", NOT_COUNTED), ("anonymous", "cannot be told any more")], indirect=["ballot"]
)
def test_an_unsaved_answer_whose_round_was_revealed_meanwhile_is_not_passed_over(ballot: Ballot, words: str) -> None:
    ballot.answer_while_away("disagree")
    ballot.built.others_vote(ballot.opened, 3)
    ballot.close()
    ballot.built.facilitator.call("reveal_round", round=ballot.opened["round_id"])
    ballot.hear_again()
    assert words in ballot.said


def test_an_answer_that_did_arrive_before_the_close_counts_and_nothing_alarming_is_said(ballot: Ballot) -> None:
    ballot.answer_and_lose_what_comes_back("disagree")
    assert "not saved yet" in ballot.said
    ballot.close()
    ballot.hear_again()
    assert "You answered 1 of 1 item; these votes are counted." in ballot.said
    assert not ballot.at.warning
    assert not ballot.at.error
    assert ballot.stored == [("disagree", "")]


def test_a_press_of_somebody_who_was_just_signed_out_is_refused_at_its_item_and_their_reason_stays(
    ballot: Ballot, monkeypatch: pytest.MonkeyPatch
) -> None:
    field = f"reason:{ballot.item}"
    ballot.at.button(key=f"add_reason_{ballot.item}").click().run()
    fields = Fields()
    monkeypatch.setattr(draft_field, "_FIELD", fields.field)
    monkeypatch.setattr(pulse, "is_whole_page", lambda: False)  # the browser asks for the item alone
    # The press reads, and casts: together with others' votes, and alone where those were refused.
    call, refused = ballot.away.call, ["read_rounds", "cast_votes", "cast_votes"]

    def signed_out(function: str, /, **arguments: Any) -> Any:
        if function not in refused:
            return call(function, **arguments)
        refused.remove(function)
        raise SignedOut("This browser is not signed in any more.")

    monkeypatch.setattr(ballot.away, "call", signed_out)
    application().reader.wrote(WorkshopId(ballot.built.workshop))
    ballot.answer("agree")
    assert not refused
    assert "is not signed in any more" in ballot.said
    assert "Not answered yet." in ballot.said
    assert field in fields.fields


def test_of_a_reason_that_was_not_saved_before_the_close_it_is_said_that_its_text_is_kept() -> None:
    def said(mine: list[tuple[str, str]]) -> str:
        item, then = Item(ItemId("i"), ItemKind.CLAUSE, "C1", "Ask first."), datetime(2026, 1, 1, tzinfo=UTC)
        votes = tuple(MyVote(item.item_id, Position(position), reason, then) for position, reason in mine)
        one = Round(
            RoundId("r"), 1, "", Anonymity.NAMED, RoundStatus.CLOSED, then, then, None, (item,), votes, True,
            Turnout(len(votes), 1, 0),
        )  # fmt: skip
        return words_of_unsaved(one, item, Unsaved(Position.DISAGREE, "It asks too late.", "request", 0.0))

    assert said([]).endswith("is not counted. The text of your reason is kept.")
    assert said([("disagree", "")]) == (
        "Your reason for “C1” was not saved before the round closed. Your answer, Disagree, is counted. The text of "
        "your reason is kept."
    )
    assert said([("disagree", "It asks too late.")]) == ""
