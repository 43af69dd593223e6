"""Where the characters of a text come from stays known through whatever is typed."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from lib.domain.ids import PersonId
from lib.domain.trace import Trace, after_edit, untouched

PEOPLE = (None, PersonId("ana"), PersonId("ben"))
EDITS = st.lists(
    st.tuples(st.integers(0, 30), st.integers(0, 6), st.integers(0, 4), st.sampled_from(PEOPLE)), max_size=20
)


def byte_by_byte(trace: Trace) -> list[tuple[int | None, PersonId | None]]:
    return [(None if one.origin is None else one.origin + at, one.by) for one in trace for at in range(one.length)]


@given(st.integers(0, 20), EDITS)
def test_each_byte_keeps_its_origin_or_whoever_typed_it_in_as_few_stretches_as_it_takes(
    length: int, typed: list[tuple[int, int, int, PersonId | None]]
) -> None:
    trace = untouched(length)
    wanted: list[tuple[int | None, PersonId | None]] = [(at, None) for at in range(length)]
    for place, removed, words, by in typed:
        start = min(place, len(wanted))
        end = min(start + removed, len(wanted))
        trace = after_edit(trace, start, end, words, by)
        wanted[start:end] = [(None, by)] * words
        assert byte_by_byte(trace) == wanted
        assert all(one.length for one in trace)
        assert not any(one.joins(after) for one, after in pairwise(trace))
