"""Reads that are remembered: fresh when it matters, one call where many ask, honest when the database is away."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import pytest

from lib.domain.errors import NotAllowed, StoreUnavailable
from lib.domain.ids import WorkshopId
from lib.domain.people import Credential
from lib.domain.workshop import Change
from lib.services import contact, reading
from lib.services.reading import Reader, asking

THINGS = [asking("read_things"), asking("read_things", scenario="s1"), asking("read_others")]
HERE = WorkshopId("here")
ANA, BEN = Credential(HERE, "ana"), Credential(HERE, "ben")


@dataclass(frozen=True)
class Answer:
    number: int


@dataclass
class CountingStore:
    """Answers each read with how many there have been, and keeps what was asked."""

    revs: dict[str, int] = field(default_factory=lambda: {"here": 1})
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    is_down: bool = False
    answer: Callable[[], Any] | None = None

    def call(self, function: str, /, **arguments: Any) -> Any:
        if self.is_down:
            raise StoreUnavailable("The database cannot be reached.")
        self.asked.append((function, arguments))
        if function == "read_revs":
            return {w: self.revs[w] for w in arguments["workshops"] if w in self.revs}
        if function == "touch_people":
            return {}
        if function == "read_together":
            return [{"number": 100 + place} for place, _ in enumerate(arguments["reads"])]
        return self.answer() if self.answer else {"number": len(self.reads())}

    def reads(self) -> list[dict[str, Any]]:
        return [arguments for function, arguments in self.asked if function == "read_things"]

    def close(self) -> None:
        pass


@dataclass
class Watch:
    now: float = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def store() -> CountingStore:
    return CountingStore()


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def reader(store: CountingStore, watch: Watch) -> Reader:
    return Reader(store, clock=watch)


def ask(reader: Reader, who: Credential = ANA, **arguments: Any) -> int:
    return reader.read(Answer, "read_things", who, **arguments).number


def test_a_second_read_asks_nothing(reader: Reader) -> None:
    assert [ask(reader), ask(reader)] == [1, 1]


def test_people_and_arguments_are_kept_apart(reader: Reader) -> None:
    assert [ask(reader), ask(reader, BEN), ask(reader, scenario="s"), ask(reader)] == [1, 2, 3, 1]


def test_a_change_in_the_workshop_makes_reads_fresh(reader: Reader) -> None:
    ask(reader)
    reader.learn({HERE: Change(1)})
    first = ask(reader)
    reader.learn({HERE: Change(1)})
    assert ask(reader) == first, "nothing changed"
    reader.learn({HERE: Change(2)})
    assert ask(reader) == first + 1


def test_an_overtaken_answer_does_not_turn_back_the_clock(reader: Reader) -> None:
    ask(reader)
    reader.learn({HERE: Change(5)})
    reader.learn({HERE: Change(4)})
    assert reader.known_rev(HERE) == 5


def test_an_answer_that_is_no_news_makes_reads_fresh_and_moves_no_number_that_a_page_hears(reader: Reader) -> None:
    reader.learn({HERE: Change(3, answers=1)})
    first = ask(reader)
    reader.learn({HERE: Change(3, answers=2)})
    assert ask(reader) == first + 1
    assert reader.known_rev(HERE) == 3
    reader.learn({HERE: Change(3, answers=1)})
    assert ask(reader) == first + 1, "an overtaken answer"


def test_a_workshop_that_nobody_looks_at_has_no_known_number(reader: Reader) -> None:
    reader.learn({HERE: Change(5)})
    assert reader.known_rev(HERE) == 0


def test_ones_own_write_shows_at_once_to_oneself(reader: Reader) -> None:
    assert (ask(reader), ask(reader, BEN)) == (1, 2)
    reader.wrote(ANA)
    assert (ask(reader), ask(reader, BEN)) == (3, 2)


def test_a_write_can_make_everyones_reads_fresh(reader: Reader) -> None:
    assert (ask(reader), ask(reader, BEN)) == (1, 2)
    reader.wrote(HERE)
    assert (ask(reader), ask(reader, BEN)) == (3, 4)


def test_a_read_begun_before_a_write_is_not_given_after_it(reader: Reader, store: CountingStore) -> None:
    entered, go_on = threading.Event(), threading.Event()

    def slowly() -> dict[str, int]:
        entered.set()
        go_on.wait(5)
        return {"number": 1}

    store.answer = slowly
    with ThreadPoolExecutor(1) as threads:
        slow = threads.submit(ask, reader)
        entered.wait(5)
        reader.wrote(ANA)
        store.answer = lambda: {"number": 2}
        assert ask(reader) == 2
        go_on.set()
        assert slow.result() == 1
    assert ask(reader) == 2


def test_a_crowd_that_asks_at_once_makes_one_call(reader: Reader, store: CountingStore) -> None:
    together = threading.Barrier(16)
    go_on = threading.Event()

    def slowly() -> dict[str, int]:
        go_on.wait(5)
        return {"number": 7}

    store.answer = slowly

    def one(_: int) -> int:
        together.wait(5)
        return ask(reader)

    with ThreadPoolExecutor(16) as threads:
        answers = [threads.submit(one, n) for n in range(16)]
        threading.Timer(0.1, go_on.set).start()
        assert {answer.result() for answer in answers} == {7}
    assert len(store.reads()) == 1


def test_a_refusal_is_told_and_not_remembered(reader: Reader, store: CountingStore) -> None:
    def refuse() -> None:
        raise NotAllowed("You were removed.")

    store.answer = refuse
    with pytest.raises(NotAllowed):
        ask(reader)
    store.answer = None
    assert ask(reader) == 2


def test_memory_is_not_believed_when_the_database_is_away(reader: Reader, store: CountingStore, watch: Watch) -> None:
    ask(reader)
    store.is_down = True
    watch.now += contact.TRUSTED_FOR_S + 1
    with pytest.raises(StoreUnavailable):
        ask(reader)
    store.is_down = False
    reader.contact.note_heard()
    assert ask(reader) == 1, "nothing changed meanwhile"


def test_a_workshop_nobody_looks_at_is_forgotten_unless_a_page_is_open_there(reader: Reader, watch: Watch) -> None:
    ask(reader)
    assert reader.watched() == [HERE]
    watch.now += reading.WATCHED_FOR_S + 1
    assert reader.watched([HERE]) == [HERE]
    watch.now += reading.WATCHED_FOR_S + 1
    assert reader.watched() == []
    assert ask(reader) == 2, "what was read before is stale by then"


def test_visitors_are_given_once(reader: Reader) -> None:
    ask(reader)
    ask(reader, BEN)
    assert reader.take_visitors() == {ANA, BEN}
    assert reader.take_visitors() == set()


def test_memory_is_bounded(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST_ENTRIES", 3)
    for scenario in range(5):
        ask(reader, scenario=scenario)
    assert reader.remembered() == 3
    assert ask(reader, scenario=4) == 5
    assert ask(reader, scenario=0) == 6


def test_what_a_change_made_stale_is_let_go_of(reader: Reader) -> None:
    reader.learn({HERE: Change(1)})
    for person in (ANA, BEN):
        ask(reader, person)
    reader.learn({HERE: Change(2)})
    assert reader.remembered() == 0
    ask(reader)
    reader.wrote(HERE)
    assert reader.remembered() == 0


def test_people_who_are_answered_alike_hold_one_value_and_others_their_own(
    reader: Reader, store: CountingStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def value_for(person: Credential, **arguments: Any) -> Answer:
        return reader.read(Answer, "read_things", person, **arguments)

    store.answer = lambda: {"number": 7}
    ana, other_question = value_for(ANA), value_for(ANA, scenario="s1")
    assert value_for(BEN) is ana
    assert other_question is not ana
    reader.wrote(HERE)
    assert value_for(BEN) is ana, "also when it was asked anew and had not changed"

    store.answer = lambda: {"number": 8}
    assert value_for(ANA) == Answer(8)
    assert value_for(BEN) is ana

    monkeypatch.setattr(reading, "MOST_DECODED", 1)
    store.answer = lambda: {"number": 7}
    value_for(ANA, scenario="s2")
    reader.wrote(HERE)
    assert value_for(BEN) == ana
    assert value_for(BEN) is not ana, "the oldest questions' values are let go of"


def test_what_is_gathered_comes_in_one_round_trip_and_is_read_from_memory(reader: Reader, store: CountingStore) -> None:
    reader.gather(ANA, THINGS)
    reads = [{"function": "read_things"}, {"function": "read_things", "scenario": "s1"}, {"function": "read_others"}]
    assert store.asked == [("read_together", {"workshop": HERE, "token_hash": "ana", "reads": reads})]
    assert [ask(reader), ask(reader), ask(reader, scenario="s1")] == [100, 100, 101]
    reader.gather(ANA, THINGS)
    assert len(store.asked) == 1, "it is known already"


def test_what_was_gathered_before_a_change_or_for_another_is_not_used(reader: Reader, store: CountingStore) -> None:
    reader.gather(ANA, THINGS)
    assert ask(reader, BEN) == 1
    assert ask(reader, ANA, scenario="s2") == 2, "asked with an argument it is another question"
    reader.wrote(ANA)
    assert ask(reader, ANA) == 3


def test_a_gathering_that_is_refused_leaves_the_reads_to_say_why(reader: Reader, store: CountingStore) -> None:
    store.is_down = True
    reader.gather(ANA, THINGS)
    with pytest.raises(StoreUnavailable):
        ask(reader)
    store.is_down = False
    assert ask(reader) == 1


def test_fresh_is_what_was_gathered_just_now_and_never_twice(
    reader: Reader, store: CountingStore, watch: Watch
) -> None:
    reader.gather(ANA, THINGS)
    assert reader.fresh("read_others", ANA) == {"number": 102}
    assert reader.fresh("read_others", ANA) == {"number": 0}, "asked anew"
    assert store.asked[-1][0] == "read_others"
    watch.now += 1.5
    assert reader.fresh("read_things", ANA) == {"number": 1}, "too old"


def test_what_is_gathered_can_be_left_for_the_next_who_asks_for_it_fresh(
    reader: Reader, store: CountingStore, watch: Watch
) -> None:
    reader.gather(ANA, THINGS)
    assert reader.fresh("read_others", ANA, stays=True) == {"number": 102}
    assert reader.fresh("read_others", ANA) == {"number": 102}
    assert reader.fresh("read_others", ANA, stays=True) == {"number": 0}
    watch.now += 1.5
    assert reader.fresh("read_things", ANA, stays=True) == {"number": 1}, "too old, and gathered anew next time"
    reader.gather(ANA, THINGS)
    assert [one["function"] for one in store.asked[-1][1]["reads"]] == ["read_things", "read_others"]


def test_fresh_asks_anew_for_what_was_gathered_and_has_been_read(reader: Reader, store: CountingStore) -> None:
    reader.gather(ANA, THINGS)
    assert ask(reader) == 100
    assert reader.fresh("read_things", ANA) == {"number": 1}
    reader.gather(ANA, THINGS)
    assert len(store.asked) == 2, "what was read from memory is known still"
