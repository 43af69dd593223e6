"""What the live policy's element is given, and what its buttons ask for."""

from components.clause_list import change_for
from components.policy_view import HIDDEN_WORDING, act_of, policy_data, tag_words
from components.version_words import spans_markdown
from lib.domain.ids import ClauseId
from lib.domain.policy import NO_TAG, Clause, Policy, Tag
from lib.policy.acts import MoveClause, RestoreClause, WithdrawClause
from lib.policy.compare import word_spans

A, B, GONE = ClauseId("a"), ClauseId("b"), ClauseId("gone")
POLICY = Policy(
    "# Scope\n\nContext\nof two lines.\n\n```\ncode\n```\n\n- <b>one</b> [always]\n- two\n\n## Empty\n",
    3,
    (
        Clause(A, 1, "<b>one</b>", Tag(always=True), "Scope", authors=("Ana", "Ben")),
        Clause(B, 2, "two", NO_TAG, "Scope"),
    ),
    (Clause(GONE, 3, "gone", Tag(when="asked"), "Old", is_withdrawn=True, authors=("Cem",)),),
)


def test_headings_context_and_clauses_come_in_the_order_of_the_text() -> None:
    blocks = policy_data(POLICY, can_edit=True)["blocks"]
    assert [(b["kind"], b.get("text", b.get("wording"))) for b in blocks] == [
        ("heading", "Scope"),
        ("context", "Context\nof two lines.\n```\ncode\n```"),
        ("clause", "<b>one</b>"),
        ("clause", "two"),
        ("heading", "Empty"),
    ]
    assert (blocks[2]["label"], blocks[2]["tag"], blocks[2]["by"]) == ("C1", "Always", "Ana, Ben")
    assert len({block["key"] for block in blocks}) == len(blocks)


def test_withdrawn_clauses_say_where_they_were_and_hidden_ones_cannot_come_back() -> None:
    [gone] = policy_data(POLICY, can_edit=True)["withdrawn"]
    assert (gone["about"], gone["can_restore"]) == ("Only when: asked · was in Old · Cem", True)
    hidden = Policy("", 1, (), (Clause(GONE, 3, HIDDEN_WORDING, NO_TAG, "", is_withdrawn=True),))
    assert not policy_data(hidden, can_edit=True)["withdrawn"][0]["can_restore"]


def test_a_press_becomes_the_change_it_asks_for() -> None:
    def asked(kind: str, clause: ClauseId, **more: str) -> object:
        trigger = {"kind": kind, "clause": clause, "wording": "", "section": "", "before": "", "nonce": "1", **more}
        act = act_of(trigger)
        assert act
        return change_for(POLICY, act)

    assert asked("withdraw", A, wording="<b>one</b>") == WithdrawClause(A, "<b>one</b>")
    assert asked("undo", GONE, before="b") == RestoreClause(GONE, "gone", Tag(when="asked"), "Old", B)
    assert asked("down", A) == MoveClause(A, "Scope", None)
    assert asked("up", A) is None
    assert asked("restore", A) is None
    assert act_of(None) is None


def test_tags_are_said_in_words() -> None:
    tags = (NO_TAG, Tag(always=True), Tag(when="asked"))
    assert [tag_words(tag) for tag in tags] == ["", "Always", "Only when: asked"]


def test_what_people_wrote_stays_text_in_a_comparison() -> None:
    shown = spans_markdown(word_spans("<img src=x> *a*", "<img src=y> *a*\nb"))
    assert "<img" not in shown.replace("\\<img", "")
    assert ":red-background[~~x~~]" in shown
    assert ":green-background[**y**]" in shown
    assert "\\*a\\*" in shown
