"""Who is named as an author of a clause, and who in its history and in the news. On both transports."""

import time
from typing import Any

import pytest
from starlette.testclient import TestClient

from lib import bootstrap
from lib.bootstrap import Application
from lib.live import stored_text
from lib.live.stored_text import Levelled, Rested
from lib.store.port import Store
from tests.support.document_pages import adds, appends, opened, process, replaces, serving_routes
from tests.support.document_policy import becomes, ids, policy, replaced, rests, wordings
from tests.support.workshop_builder import Built, Someone

pytestmark = pytest.mark.usefixtures("soon")
LATE_S = 1.5


def test_of_two_who_type_at_once_each_is_the_author_of_their_own_clause(client: TestClient, built: Built) -> None:
    with (
        opened(client, built.workshop, built.join("Ana")) as ana,
        opened(client, built.workshop, built.join("Ben")) as ben,
    ):
        for letters in ("A", "B"):
            appends(ana, f"- {letters}na's. \n" if letters == "A" else "")
            ben.until(lambda typist: typist.text == ana.typist.text)
        becomes(built, lambda now: now["text"] == ana.typist.text)
        replaces(ana, "Ask before", "Always ask kindly before")
        replaces(ben, "Name a source", "Quote a statute")
        ana.until(lambda typist: "statute" in typist.text)
        found = becomes(built, lambda now: now["text"] == ana.typist.text)
    authors = {one["wording"]: one["authors"][-1] for one in found["clauses"]}
    assert authors["Always ask kindly before you answer."] == "Ana"
    assert authors["Quote a statute."] == "Ben"


def test_authors_stay_known_although_a_server_hears_of_its_own_doing_before_it_is_done(
    client: TestClient, app: Application, built: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    levelling = app.rooms._levelling
    assert levelling is not None
    make = levelling._level

    def make_slowly(rested: Rested) -> Levelled:
        done = make(rested)
        time.sleep(LATE_S)  # it is in the database
        return done

    monkeypatch.setattr(levelling, "_level", make_slowly)
    with (
        opened(client, built.workshop, built.join("Ana")) as ana,
        opened(client, built.workshop, built.join("Ben")) as ben,
    ):
        appends(ana, "- Be kind.\n")
        ben.until(lambda typist: typist.text == ana.typist.text)
        becomes(built, lambda now: now["text"] == ana.typist.text)
        built.facilitator.call("set_workshop", changes={"stage": "test"})  # something else to hear of
        time.sleep(LATE_S / 2)
        replaces(ana, "Ask before", "Always ask kindly before")
        replaces(ben, "Name a source", "Quote a statute")
        ana.until(lambda typist: "statute" in typist.text)
        found = becomes(built, lambda now: now["text"] == ana.typist.text)
    authors = {one["wording"]: one["authors"][-1] for one in found["clauses"]}
    assert (authors["Always ask kindly before you answer."], authors["Quote a statute."]) == ("Ana", "Ben")


def test_who_takes_words_or_a_clause_out_is_named_for_it_though_another_types_elsewhere(
    client: TestClient, built: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stored_text, "REST_S", 1.0)
    first, second = (one["clause_id"] for one in policy(built)["clauses"])
    with (
        opened(client, built.workshop, built.join("Ana")) as ana,
        opened(client, built.workshop, built.join("Ben")) as ben,
    ):
        replaces(ana, " before you answer", "")
        ben.until(lambda typist: "before you" not in typist.text)
        replaces(ana, "- Name a source.\n", "")
        ben.until(lambda typist: "source" not in typist.text)
        appends(ben, "- Ben's own clause.\n")
        found = becomes(built, lambda now: "Ben's own clause." in wordings(now))
    history = {one: built.facilitator.call("read_clause_history", clause=one)[-1] for one in (first, second)}
    assert [(history[one]["kind"], history[one]["by"]) for one in (first, second)] == [
        ("edited", "Ana"),
        ("withdrawn", "Ana"),
    ]
    assert [one["authors"] for one in found["clauses"]] == [["Facilitator", "Ana"], ["Ben"]]


def test_who_types_a_heading_is_named_for_the_clauses_below_it_though_another_types_elsewhere(
    client: TestClient, built: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stored_text, "REST_S", 1.0)
    with (
        opened(client, built.workshop, built.join("Ana")) as ana,
        opened(client, built.workshop, built.join("Ben")) as ben,
    ):
        ana.types("# Ana's heading\n\n", at=ana.typist.text.index("- "))
        ben.until(lambda typist: "Ana's heading" in typist.text)
        appends(ben, "- What Ben wrote.\n")
        found = becomes(built, lambda now: "What Ben wrote." in wordings(now))
    [*_, event] = built.facilitator.call("read_clause_history", clause=ids(found)[0])
    assert (event["kind"], event["by"]) == ("moved", "Ana")


def test_a_reordering_is_news_and_in_the_history_of_the_clause_that_moved(client: TestClient, built: Built) -> None:
    before, ben = policy(built), built.join("Ben")
    with opened(client, built.workshop, built.join("Ana")) as ana:
        replaces(ana, "- Ask before you answer.\n- Name a source.\n", "- Name a source.\n- Ask before you answer.\n")
        found = becomes(built, lambda now: now["text"] == ana.typist.text)
    assert ids(found) == ids(before)[::-1]
    [change] = ben.call("read_policy_news", revision=before["revision"])["changes"]
    assert (change["was_moved"], change["by"], change["before"]["wording"]) == (
        True,
        ["Ana"],
        change["after"]["wording"],
    )
    [*_, event] = ben.call("read_clause_history", clause=change["after"]["clause_id"])
    assert (event["kind"], event["by"]) == ("moved", "Ana")


def test_all_who_write_in_one_clause_before_the_policy_is_made_are_its_authors_and_in_its_history(
    client: TestClient, store: Store, built: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana, ben, cleo = built.join("Ana"), built.join("Ben"), built.join("Cleo")
    rests(monkeypatch, is_at_rest=False)
    with opened(client, built.workshop, ana) as page, opened(client, built.workshop, ben) as other:
        adds(page, "Ask before you answer", " them")
        adds(other, "Ask", " kindly and twice")
        page.until(lambda typist: "twice" in typist.text)
        other.until(lambda typist: "them" in typist.text)
        rests(monkeypatch, is_at_rest=True)
        found = becomes(built, lambda now: now["text"] == page.typist.text == other.typist.text)
    changed, untouched = found["clauses"]
    assert changed["wording"] == "Ask kindly and twice before you answer them."
    assert (changed["authors"], untouched["authors"]) == (["Facilitator", "Ben", "Ana"], ["Facilitator"])
    history = ana.call("read_clause_history", clause=changed["clause_id"])
    assert [(one["kind"], one["by"], one["also_by"]) for one in history] == [
        ("added", "Facilitator", []),
        ("edited", "Ben", ["Ana"]),
    ]
    [event] = [one for one in ana.call("export_workshop")["policy"]["history"] if one["kind"] == "edited"]
    assert (event["by"], event["also_by"]) == ("Ben", ["Ana"])
    assert [(who, news_of(who)) for who in (ana, ben, cleo)] == [(ana, ["Ben"]), (ben, ["Ana"]), (cleo, ["Ben", "Ana"])]
    ben.call("leave_workshop", delete_data=True)
    assert policy(built)["clauses"][0]["authors"] == ["Facilitator", "a former participant", "Ana"]


def news_of(someone: Someone) -> list[str]:
    """Who changed the one clause that others changed."""
    [change] = someone.call("read_policy_news", revision=1)["changes"]
    return list(change["by"])


def test_who_wrote_just_before_the_server_was_lost_is_the_author(
    client: TestClient, app: Application, built: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    rests(monkeypatch, is_at_rest=False)
    with opened(client, built.workshop, built.join("Ana")) as ana:
        appends(ana, "- Be kind.\n")
    app.rooms._rooms.clear()
    rests(monkeypatch, is_at_rest=True)
    with opened(client, built.workshop, built.join("Ben")):
        found = becomes(built, lambda now: len(now["clauses"]) == 3)
    assert found["clauses"][2]["authors"] == ["Ana"]


def test_who_writes_through_two_servers_in_one_clause_is_its_author_whichever_server_makes_the_policy(
    client: TestClient, store: Store, built: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana, ben, elsewhere = built.join("Ana"), built.join("Ben"), process(store)
    with opened(client, built.workshop, ana) as here:
        bootstrap.override(elsewhere)
        with serving_routes() as second, opened(second, built.workshop, ben) as there:
            for turn in range(3):  # later on one of them knows only who typed since the other made it
                rests(monkeypatch, is_at_rest=False)
                appends(here, f"- Ana says {turn}.\n")
                there.until(lambda typist, words=f"says {turn}.\n": words in typist.text)  # type: ignore[misc]
                adds(there, f"says {turn}", ", and so does Ben")
                here.until(lambda typist, words=f"{turn}, and so": words in typist.text)  # type: ignore[misc]
                rests(monkeypatch, is_at_rest=True)
                found = becomes(built, lambda now: now["text"] == here.typist.text)
    elsewhere.rooms.close()
    assert [set(one["authors"]) for one in found["clauses"][2:]] == [{"Ana", "Ben"}] * 3


def authors_of(found: dict[str, Any], wording: str) -> list[str]:
    [one] = [one for one in found["clauses"] if one["wording"] == wording]
    return list(one["authors"])


def test_who_joins_two_clauses_and_parts_them_again_is_the_author_of_neither_and_nor_are_their_authors_of_the_other(
    client: TestClient, built: Built
) -> None:
    for name, words in (("Ann", "- Be kind.\n"), ("Ben", "- Never guess.\n")):
        with opened(client, built.workshop, built.join(name)) as page:
            appends(page, words)
            becomes(built, lambda now, words=words: words in now["text"])
    with opened(client, built.workshop, built.join("Cleo")) as page:
        joined = replaced(page, built, "kind.\n- Never", "kind. Never")
        assert authors_of(joined, "Be kind. Never guess.") == ["Ben", "Cleo", "Ann"]
        parted = replaced(page, built, "kind. Never", "kind.\n- Never")
    assert (authors_of(parted, "Be kind."), authors_of(parted, "Never guess.")) == (["Ann"], ["Ben"])


def test_who_takes_words_out_and_puts_them_back_hides_nobody_who_wrote_them(client: TestClient, built: Built) -> None:
    with opened(client, built.workshop, built.join("Ann")) as page:
        appends(page, "- Ask first. Be kind to all.\n")
        becomes(built, lambda now: "kind" in now["text"])
    with opened(client, built.workshop, built.join("Ben")) as page:
        replaced(page, built, "Ask first. Be kind to all.", "Ask first.")
        found = replaced(page, built, "Ask first.", "Ask first. Be kind to all.")
        assert authors_of(found, "Ask first. Be kind to all.") == ["Ann"]
    with opened(client, built.workshop, built.join("Cleo")) as page:
        found = replaced(page, built, "first. Be", "first.\n- Be")
    assert authors_of(found, "Be kind to all.") == ["Cleo", "Ann"]


def test_who_lengthened_a_clause_is_its_author_though_another_took_that_out_and_put_it_back(
    client: TestClient, built: Built
) -> None:
    short, whole = "Ask first.", "Ask first. Be kind to all."
    with opened(client, built.workshop, built.join("Ann")) as page:
        appends(page, f"- {short}\n")
        becomes(built, lambda now: short in now["text"])
    with opened(client, built.workshop, built.join("Ben")) as page:
        replaced(page, built, short, whole)
    with opened(client, built.workshop, built.join("Cleo")) as page:
        replaced(page, built, whole, short)
        assert authors_of(replaced(page, built, short, whole), whole) == ["Ann", "Ben"]
        adds(page, "Ask first.", "\n-")
        parted = becomes(built, lambda now: now["text"] == page.typist.text)
    assert authors_of(parted, "Be kind to all.") == ["Cleo", "Ann", "Ben"]


def test_who_rewords_a_clause_as_they_put_it_back_is_one_of_its_authors(
    client: TestClient, built: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut = built.clauses[1]
    with opened(client, built.workshop, built.join("Cleo")) as page:
        replaced(page, built, f"- {cut['wording']}\n", "")
    with opened(client, built.workshop, built.join("Ben")) as page:
        page.until(lambda typist: cut["wording"] not in typist.text)
        rests(monkeypatch, is_at_rest=False)  # or it comes back before it is reworded
        appends(page, f"- {cut['wording']}\n")
        for letter in " of law"[::-1]:
            adds(page, cut["wording"].removesuffix("."), letter)
        rests(monkeypatch, is_at_rest=True)
        found = becomes(built, lambda now: now["text"] == page.typist.text)
    assert (ids(found)[-1], found["clauses"][-1]["wording"]) == (cut["clause_id"], "Name a source of law.")
    assert found["clauses"][-1]["authors"] == ["Facilitator", "Ben"]


def test_words_keep_their_writers_in_the_clause_that_they_come_into_by_a_split_or_a_merge(
    client: TestClient, built: Built
) -> None:
    ann, ben, cleo = (built.join(name) for name in ("Ann", "Ben", "Cleo"))
    for who, words in ((ann, "- Be kind.\n"), (ben, "- Be brief.\n")):
        with opened(client, built.workshop, who) as page:
            appends(page, words)
            becomes(built, lambda now, words=words: words in now["text"])
    with opened(client, built.workshop, cleo) as page:
        page.until(lambda typist: "brief" in typist.text)
        replaces(page, "kind.\n- Be", "kind, and")
        assert becomes(built, lambda now: "kind, and" in now["text"])["clauses"][-1]["authors"] == [
            "Ben",
            "Cleo",
            "Ann",
        ]
        adds(page, "Ask before", "\n-")
        found = becomes(built, lambda now: "before\n- you" in now["text"])
    assert authors_of(found, "you answer.") == ["Cleo", "Facilitator"]


def acts(built: Built, clause_id: str) -> list[tuple[str, list[str]]]:
    """What the history says of a clause: what was done, and by whom."""
    return [
        (one["kind"], [one["by"], *one["also_by"]])
        for one in built.facilitator.call("read_clause_history", clause=clause_id)
    ]


def news_for(someone: Someone, revision: int) -> list[tuple[int, list[str]]]:
    """Which clauses others have changed since a revision, by number, and who did."""
    found = someone.call("read_policy_news", revision=revision)["changes"]
    return [((one["after"] or one["before"])["number"], one["by"]) for one in found]


def test_who_only_has_words_in_a_clause_is_not_named_for_what_others_do_to_it_by_a_split_or_a_merge(
    client: TestClient, built: Built
) -> None:
    ana, ben, cleo = (built.join(name) for name in ("Ana", "Ben", "Cleo"))
    with opened(client, built.workshop, ben) as page:
        appends(page, "- Be kind. Be brief.\n- Never guess.\n")
        before = becomes(built, lambda now: now["text"] == page.typist.text)
    kind, guess = ids(before)[-2:]
    with opened(client, built.workshop, ana) as page, opened(client, built.workshop, cleo) as hers:
        split = replaced(page, built, "kind. Be", "kind.\n- Be")
        brief = ids(split)[-2]
        joined = replaced(hers, built, "brief.\n- Never", "brief. Never")
        assert (ids(joined)[-2:], guess in ids(joined)) == ([kind, guess], True)
        replaced(page, built, "kind.\n- Be", "kind. Be")
        replaced(page, built, "kind. Be", "kind.\n- Be")
        parted = replaced(hers, built, "brief. Never", "brief.\n- Never")
    assert ids(parted)[-3:] == [kind, brief, guess]
    assert acts(built, kind) == [
        ("added", ["Ben"]),
        ("edited", ["Ana"]),
        ("withdrawn", ["Ana"]),  # the longest of what she joined is another one
        ("restored", ["Ana"]),
    ]
    assert acts(built, brief) == [("added", ["Ana"]), ("withdrawn", ["Cleo"]), ("restored", ["Cleo"])]
    assert acts(built, guess) == [
        ("added", ["Ben"]),
        ("edited", ["Cleo"]),
        ("edited", ["Ana"]),
        ("edited", ["Ana"]),
        ("edited", ["Cleo"]),
    ]
    assert news_for(ana, before["revision"]) == [(5, ["Cleo"])]
    assert news_for(ben, before["revision"]) == [(3, ["Ana"]), (5, ["Ana", "Cleo"])]
    assert news_for(cleo, before["revision"]) == [(3, ["Ana"]), (5, ["Ana"])]
    assert [authors_of(parted, words) for words in ("Be brief.", "Never guess.")] == [["Ana", "Ben"], ["Ben"]]
