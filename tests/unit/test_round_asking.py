"""What is asked before a round is opened."""

from components.round_asking import Chosen, asks_to_open
from lib.domain.ids import ClauseId, ResponseId, VersionId
from lib.domain.rounds import Anonymity
from lib.services.voting import ClauseChoice, ResponseChoice

RESPONSES = (ResponseChoice(ResponseId("r1")), ResponseChoice(ResponseId("r2")))
CLAUSES = (ClauseChoice(VersionId("v1"), ClauseId("c1")),)


def test_the_question_says_how_much_is_frozen_and_that_an_anonymous_round_needs_three() -> None:
    asks = asks_to_open(2, Chosen(RESPONSES, CLAUSES, Anonymity.ANONYMOUS), 4, 5)
    assert asks is not None
    assert (asks.heading, asks.yes) == ("Open round 2 with this question?", "Yes, open round 2")
    frozen, shown, eligible, undone = asks.says
    assert frozen.startswith("2 responses and 1 clause are frozen")
    assert shown.startswith("Anonymous.")
    assert shown.endswith("With fewer than 3 voters it is never revealed.")
    assert eligible.startswith("4 of 5 participants are here now")
    assert "can be closed" in undone


def test_another_choice_kind_or_number_is_another_question_and_another_crowd_is_not() -> None:
    def seen(number: int, chosen: Chosen, eligible: int = 4) -> str:
        asks = asks_to_open(number, chosen, eligible, 5)
        return asks.seen if asks else ""

    named = Chosen(RESPONSES, CLAUSES, Anonymity.NAMED)
    assert seen(1, named) == seen(1, named, 5)
    others = {
        seen(2, named),
        seen(1, Chosen(RESPONSES, CLAUSES, Anonymity.ANONYMOUS)),
        seen(1, Chosen(RESPONSES[:1], CLAUSES, Anonymity.NAMED)),
        seen(1, Chosen((), (), Anonymity.NAMED)),
    }
    assert len({*others, seen(1, named)}) == 5
