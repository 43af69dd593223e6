"""What can have been typed where it says is taken, and all else is refused, so that every page reads the same."""

from collections.abc import Sequence

import pytest

from lib.live import neighbours
from lib.live.neighbours import Neighbours
from lib.live.shared_text import SharedText
from lib.live.update_check import GONE, HAS_LEFT, TEXT, Checked, TooScattered, check_update, checked_before
from lib.live.wire import Malformed, block, number, state_vector
from tests.support.raw_update import Sides, typed_by
from tests.support.yjs import texts_in_yjs

ABC = typed_by({5: [((None, None), "abc")]})
X_AFTER_A = typed_by({6: [(((5, 0), (5, 1)), "x")]})
Y_AFTER_A = typed_by({7: [(((5, 0), (5, 1)), "y")]})
Z_AT_THE_END = typed_by({8: [(((5, 2), None), "z")]})
STANDING = [ABC, X_AFTER_A, Y_AFTER_A, Z_AT_THE_END]
EMOJI = typed_by({5: [((None, None), "a👩b")]})


def looked_at(standing: Sequence[bytes], update: bytes) -> Checked:
    """An update, read by whoever has these."""
    whole = SharedText(standing)
    checked = check_update(update, state_vector(whole.state()))
    all_at_once = Neighbours(whole.since())
    all_at_once.steps(checked)
    all_at_once.check(checked)
    one_by_one = Neighbours(standing[0])
    for one in standing[1:]:
        one_by_one.learn(one)
    one_by_one.check(checked)
    return checked


@pytest.mark.parametrize(
    "sides",
    [
        ((5, 2), (5, 0)),
        ((5, 0), (5, 0)),
        ((5, 0), (5, 2)),
        ((6, 0), (5, 2)),
        ((8, 0), (6, 0)),
        ((6, 0), None),
        ((5, 1), (8, 0)),
        (None, (5, 1)),
        (None, (8, 0)),
    ],
)
def test_nothing_is_typed_between_what_never_was_side_by_side(sides: Sides) -> None:
    with pytest.raises(Malformed):
        looked_at(STANDING, typed_by({9: [(sides, "w")]}))
    with pytest.raises(Malformed):  # nor by the second one of several
        looked_at(STANDING, typed_by({9: [(((5, 2), None), "v"), (sides, "w")]}))


@pytest.mark.parametrize(
    "sides",
    [
        (None, None),
        (None, (5, 0)),
        ((5, 0), (5, 1)),
        ((5, 0), (6, 0)),
        ((6, 0), (7, 0)),
        ((6, 0), (5, 1)),
        ((7, 0), (5, 1)),
        ((5, 2), (8, 0)),
        ((5, 2), None),
        ((8, 0), None),
    ],
)
def test_what_somebody_typed_who_has_not_seen_all_of_it_is_taken_and_read_the_same_everywhere(sides: Sides) -> None:
    update = typed_by({9: [(sides, "w")]})
    looked_at(STANDING, update)
    text = SharedText([*STANDING, update])
    assert texts_in_yjs([[*STANDING, update], [text.since()], [update, *reversed(STANDING)]]) == [text.text] * 3


def test_what_comes_along_is_looked_at_in_the_same_way() -> None:
    looked_at([ABC], typed_by({6: [(((5, 0), (5, 1)), "x")], 9: [(((6, 0), (5, 1)), "w")]}))
    looked_at([ABC, X_AFTER_A], typed_by({7: [(((5, 0), (5, 1)), "y")], 9: [(((6, 0), (7, 0)), "w")]}))
    for sides in (((6, 0), None), (None, (6, 0)), ((6, 0), (5, 0)), ((5, 0), (5, 2))):
        with pytest.raises(Malformed):
            looked_at([ABC], typed_by({6: [(((5, 0), (5, 1)), "x")], 9: [(sides, "w")]}))


def test_what_goes_on_behind_what_is_known_is_looked_at_from_there() -> None:
    known = typed_by({5: [((None, None), "abc")], 6: [(((5, 0), (5, 1)), "x")]})
    assert looked_at([known], typed_by({6: [(((5, 0), (5, 1)), "xy")]})).ends == {6: 2}
    with pytest.raises(Malformed):
        looked_at([known], typed_by({6: [(((5, 1), (5, 2)), "xy")]}))


def test_nothing_of_a_text_stands_nowhere() -> None:
    with pytest.raises(Malformed):
        check_update(number(1) + number(1) + number(9) + b"\x00" + bytes((GONE,)) + number(3) + b"\x00", {})


@pytest.mark.parametrize(
    "update",
    [
        typed_by({9: [(((5, 1), (5, 2)), "w")]}),
        typed_by({9: [(((5, 1), (5, 3)), "w")]}),
        b"\x00\x01\x05\x01\x01\x01",
        b"\x00\x01\x05\x01\x02\x02",
        typed_by({9: [(((5, 0), (5, 1)), "👩"), (((9, 0), (9, 1)), "w")]}),
    ],
    ids=["between", "behind the first", "deletes the first", "deletes the second", "in what comes along"],
)
def test_nothing_comes_between_the_halves_of_a_character(update: bytes) -> None:
    with pytest.raises(Malformed):
        looked_at([EMOJI], update)


def test_a_character_of_two_halves_is_taken_out_whole_and_typed_beside() -> None:
    looked_at([EMOJI], b"\x00\x01\x05\x01\x01\x02")
    looked_at([EMOJI], typed_by({9: [(((5, 0), (5, 1)), "👩"), (((9, 1), (5, 1)), "w"), (((5, 2), (5, 3)), "v")]}))
    with pytest.raises(Malformed):  # what is known ends within it
        looked_at([ABC], typed_by({5: [((None, None), "ab👩")]}))


def test_where_very_many_places_are_in_doubt_not_all_are_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    update = typed_by({9: [(((6, 0), (7, 0)), "v")], 10: [(((6, 0), (7, 0)), "w")]})
    steps = Neighbours(SharedText(STANDING).since()).steps(looked_at(STANDING, update))
    monkeypatch.setattr(neighbours, "MOST_STEPS", steps - 1)
    with pytest.raises(TooScattered):
        looked_at(STANDING, update)
    assert steps <= 4 * 8  # four characters, each looked for among all that was typed


def test_an_order_that_was_not_kept_is_looked_up_anew() -> None:
    """What was refused stands nowhere, though it was looked at where it would stand."""
    room = Neighbours(SharedText(STANDING).since())
    state = state_vector(SharedText(STANDING).state())
    wrong = check_update(
        typed_by({8: [(((5, 2), None), "zb")], 9: [(((6, 0), (7, 0)), "v"), (((8, 0), (6, 0)), "w")]}), state
    )
    right = check_update(typed_by({9: [(((6, 0), (7, 0)), "v"), (((6, 0), (9, 0)), "w")]}), state)
    for _ in range(2):
        with pytest.raises(Malformed):
            room.check(wrong)
        room.check(right)
        room.forget_order()


def test_what_is_said_of_halves_that_are_deleted_is_read_the_same_by_all_and_costs_no_memory() -> None:
    gone = b"\x00\x01\x05\x01\x01\x02"
    between = typed_by({9: [(((5, 1), (5, 2)), "w")]})
    looked_at([EMOJI, gone], between)
    text = SharedText([EMOJI, gone, between])
    orders = [[EMOJI, gone, between], [EMOJI, between, gone], [between, EMOJI, gone], [gone, between, EMOJI]]
    assert texts_in_yjs([*orders, [text.since()]]) == [text.text] * 5 == ["awb"] * 5
    kept = Neighbours(SharedText([EMOJI]).since())
    sizes = []
    for turn in range(50):
        words = "👩" * 1_000
        kept.add(checked_before(_typed_and_deleted(9, 2_000 * turn, words)))
        sizes.append(sum(map(len, kept._halves.values())))
    assert sizes == [1] * 50


def _typed_and_deleted(client: int, first: int, words: str) -> bytes:
    """An update in which a page types on behind its own last words and takes them out again."""
    size = len(words.encode("utf-16-le")) // 2
    sides = (
        bytes((TEXT | HAS_LEFT,)) + number(client) + number(first - 1)
        if first
        else bytes((TEXT,)) + number(1) + block(b"policy")
    )
    typed = number(1) + number(1) + number(client) + number(first) + sides + block(words.encode())
    return typed + number(1) + number(client) + number(1) + number(first) + number(size)
