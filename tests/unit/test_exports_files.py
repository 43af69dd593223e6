"""Exports: what a spreadsheet makes of them, what they may not hold, and that they say what is missing."""

import csv
import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.domain.rounds import Anonymity
from lib.exports.spreadsheet import BYTE_ORDER_MARK, FORMULA_STARTS, csv_text
from lib.exports.votes_csv import HEADER, votes_csv
from lib.exports.workshop_json import UnsafeExport, workshop_json
from tests.unit.review_values import AGREE, DISAGREE, PASS, clause_item, response_item, revealed, vote


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.removeprefix(BYTE_ORDER_MARK))))


def an_export(**more: Any) -> dict[str, Any]:
    return {
        "format": "folkmoot-workshop",
        "format_version": 1,
        "workshop": {"title": "Été"},
        "policy": {"text": "- Always ask for the join_code."},
        "versions": [],
        "rounds": [],
        "withheld": [{"what": "join code, links and tokens", "why": "secrets are never exported"}],
        **more,
    }


def test_a_named_round_gives_a_row_a_vote_with_its_participant() -> None:
    items = (clause_item("i", 1, "Ask first"), response_item("j", "a"))
    votes = (vote("i", AGREE, "zoe", "Yes"), vote("i", DISAGREE, "ann", 'So, "no"\nreally'), vote("j", PASS, "ann"))
    rows = rows_of(votes_csv([revealed(1, items, votes)]))
    assert [(row["item"], row["participant"], row["answer"], row["reason"]) for row in rows] == [
        ("C1", "Ann", "disagree", 'So, "no"\nreally'),
        ("C1", "Zoe", "agree", "Yes"),
        ("j", "Ann", "pass", ""),
    ]
    assert tuple(rows[0]) == HEADER


def test_an_anonymous_round_gives_no_name_and_an_order_that_joins_nothing() -> None:
    items = (clause_item("i", 1), clause_item("j", 2))
    one = (
        vote("i", AGREE, reason="b"),
        vote("j", DISAGREE, reason="x"),
        vote("i", AGREE, reason="a"),
        vote("j", AGREE),
    )
    result = revealed(1, items, one, anonymity=Anonymity.ANONYMOUS)
    backwards = revealed(1, items, one[::-1], anonymity=Anonymity.ANONYMOUS)
    assert votes_csv([result]) == votes_csv([backwards])
    rows = rows_of(votes_csv([result]))
    assert {row["participant"] for row in rows} == {""}
    assert [(row["item"], row["answer"], row["reason"]) for row in rows] == [
        ("C1", "agree", "a"),
        ("C1", "agree", "b"),
        ("C2", "agree", ""),
        ("C2", "disagree", "x"),
    ]


def test_names_that_slipped_into_an_anonymous_round_are_not_written() -> None:
    result = revealed(1, (clause_item("i", 1),), (vote("i", AGREE, "ann"),), anonymity=Anonymity.ANONYMOUS)
    assert "ann" not in votes_csv([result]).lower().replace("anonymous", "")


def test_an_earlier_wording_is_marked() -> None:
    result = revealed(1, (clause_item("i", 1, is_current=False),), (vote("i", AGREE, "ann"),))
    assert rows_of(votes_csv([result]))[0]["is_current_wording"] == "no"


@pytest.mark.parametrize("start", [*FORMULA_STARTS, " =", "\n="])
def test_a_text_that_a_spreadsheet_would_run_is_made_text(start: str) -> None:
    (row,) = rows_of(csv_text(["reason"], [[f"{start}cmd|' /C calc'!A0"]]))
    assert row["reason"].startswith("'")


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\0")))
def test_every_other_text_comes_back_as_it_was(text: str) -> None:
    back = next(csv.reader(io.StringIO(csv_text([text or "x"], []).removeprefix(BYTE_ORDER_MARK), newline="")))[0]
    assert back == (text or "x")


def test_the_file_starts_with_a_byte_order_mark() -> None:
    assert votes_csv([]).encode().startswith(b"\xef\xbb\xbf")


def test_the_workshop_is_json_with_sorted_keys_and_readable_letters() -> None:
    text = workshop_json(an_export())
    assert json.loads(text) == an_export()
    assert list(json.loads(text)) == sorted(an_export())
    assert "Été" in text
    assert workshop_json(dict(reversed(an_export().items()))) == text


@pytest.mark.parametrize("key", ["join_code", "token_hash", "api_key"])
@pytest.mark.parametrize("value", ["K7Q2", None, [], ["K7Q2"]])
def test_a_key_that_names_a_secret_is_refused_without_printing_it(key: str, value: object) -> None:
    with pytest.raises(UnsafeExport) as refusal:
        workshop_json(an_export(workshop={"title": "T", key: value}))
    assert f"$.workshop.{key}" in str(refusal.value)
    assert "K7Q2" not in str(refusal.value)


def test_a_known_secret_is_refused_wherever_it_stands() -> None:
    with pytest.raises(UnsafeExport, match=r"\$\.people\[0\]\.name"):
        workshop_json(an_export(people=[{"name": "f00d"}]), secrets=("f00d",))


@pytest.mark.parametrize("status", ["open", "closed"])
def test_votes_of_an_unrevealed_round_are_refused(status: str) -> None:
    with pytest.raises(UnsafeExport, match="round 3"):
        workshop_json(an_export(rounds=[{"number": 3, "status": status, "votes": [{"position": "agree"}]}]))


@pytest.mark.parametrize("withheld", [[], [{"what": "votes"}]])
def test_an_export_that_does_not_say_what_is_withheld_and_why_is_refused(withheld: list[dict[str, str]]) -> None:
    with pytest.raises(UnsafeExport, match="withheld"):
        workshop_json(an_export(withheld=withheld))


def test_an_export_without_its_parts_is_refused() -> None:
    with pytest.raises(UnsafeExport, match="policy, rounds"):
        workshop_json({key: value for key, value in an_export().items() if key not in ("policy", "rounds")})
