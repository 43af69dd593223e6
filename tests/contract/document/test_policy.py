"""The policy follows what is typed into the live document, and the document what forms change, on both transports."""

import time
from typing import Any

import pytest
from starlette.testclient import TestClient

from lib.bootstrap import Application
from lib.domain.errors import Conflict, NotFound
from lib.domain.ids import ClauseId
from lib.live import stored_text
from lib.live.stored_text import Levelled, Rested
from lib.policy.acts import AddClause, EditClause, WithdrawClause
from lib.store.direct import owner_connection
from lib.store.port import Store
from tests.support.document_pages import WITHIN_S, Page, adds, appends, built_with_links, opened, replaces, stored
from tests.support.document_policy import becomes, changes, ids, policy, replaced, rests, wordings
from tests.support.workshop_builder import Built, Someone, clause, new_id

pytestmark = pytest.mark.usefixtures("soon")


def test_what_is_typed_becomes_clauses_with_their_author_and_history(client: TestClient, built: Built) -> None:
    before = policy(built)
    with opened(client, built.workshop, built.join("Ana")) as ana:
        appends(ana, "- Be kind to everybody.\n")
        found = becomes(built, lambda now: now["text"] == ana.typist.text)
    assert wordings(found) == [*wordings(before), "Be kind to everybody."]
    assert ids(found)[:2] == ids(before)
    assert found["clauses"][-1]["authors"] == ["Ana"]
    [event] = built.facilitator.call("read_clause_history", clause=ids(found)[-1])
    assert (event["kind"], event["by"], event["revision"]) == ("added", "Ana", found["revision"])


def test_a_clause_typed_over_with_a_rest_after_the_first_letter_is_the_same(client: TestClient, built: Built) -> None:
    before = policy(built)
    with opened(client, built.workshop, built.join("Ana")) as ana:
        replaces(ana, "Ask before you answer.", "C")
        becomes(built, lambda now: now["text"] == ana.typist.text)
        adds(ana, "- C", "heck the facts first.")
        found = becomes(built, lambda now: now["text"] == ana.typist.text)
    assert ids(found) == ids(before)
    events = built.facilitator.call("read_clause_history", clause=ids(found)[0])
    assert {one["kind"] for one in events} == {"added", "edited"}
    assert found["clauses"][0]["authors"] == ["Facilitator", "Ana"]


def test_a_clause_shortened_right_after_the_document_was_opened_is_the_same(client: TestClient, built: Built) -> None:
    first = ids(policy(built))[0]
    with opened(client, built.workshop, built.join("Ana")) as ana:
        replaces(ana, " before you answer", "")
        found = becomes(built, lambda now: "Ask." in wordings(now))
    assert ids(found)[0] == first


def test_a_clause_that_is_cut_out_and_put_back_elsewhere_is_the_same(client: TestClient, built: Built) -> None:
    before = policy(built)
    with opened(client, built.workshop, built.join("Ana")) as ana:
        replaces(ana, "- Ask before you answer.\n", "")
        becomes(built, lambda now: len(now["clauses"]) == 1)
        appends(ana, "\n# Last\n\n- Ask before you answer.\n")
        found = becomes(built, lambda now: len(now["clauses"]) == 2)
    assert ids(found) == ids(before)[::-1]
    assert found["clauses"][1]["section"] == "Last"
    kinds = [one["kind"] for one in built.facilitator.call("read_clause_history", clause=ids(before)[0])]
    assert kinds == ["added", "withdrawn", "restored"]


def test_a_merge_that_the_policy_followed_is_taken_back_to_the_clauses_of_before(
    client: TestClient, built: Built
) -> None:
    before = policy(built)
    with opened(client, built.workshop, built.join("Ana")) as ana:
        replaces(ana, "answer.\n- ", "answer.")
        becomes(built, lambda now: len(now["clauses"]) == 1)
        replaces(ana, "answer.", "answer.\n- ")
        found = becomes(built, lambda now: len(now["clauses"]) == 2)
    assert (ids(found), wordings(found)) == (ids(before), wordings(before))


def test_a_clause_that_is_put_back_is_the_same_within_ten_minutes_and_a_new_one_after_that(
    client: TestClient, built: Built, database_address: str
) -> None:
    before = policy(built)
    cut = "".join(f"- {wording}\n" for wording in wordings(before))
    with opened(client, built.workshop, built.join("Ana")) as ana:
        replaces(ana, cut, "")
        becomes(built, lambda now: not now["clauses"])
        with owner_connection(database_address) as owner:
            for minutes, clause_id in zip((9, 11), ids(before), strict=True):
                ago = "now() - make_interval(mins => %s)"
                owner.rows(f"update public.clauses set withdrawn_at = {ago} where id = %s", minutes, clause_id)
        appends(ana, cut)
        found = becomes(built, lambda now: len(now["clauses"]) == 2)
    assert wordings(found) == wordings(before)
    assert ids(found)[0] == ids(before)[0]
    assert ids(found)[1] not in ids(before)


def test_while_somebody_types_on_the_policy_follows_within_seconds(
    client: TestClient,
    built: Built,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(stored_text, "REST_S", 3600.0)
    monkeypatch.setattr(stored_text, "AT_MOST_S", 0.3)
    with opened(client, built.workshop, built.join("Ana")) as ana:
        began = policy(built)["revision"]
        deadline = time.monotonic() + WITHIN_S
        while policy(built)["revision"] < began + 2:
            assert time.monotonic() < deadline
            appends(ana, "x")


def test_what_a_form_changes_comes_into_the_document_and_keeps_its_identity(
    client: TestClient,
    store: Store,
    built: Built,
) -> None:
    ben = built.join("Ben")
    first = built.clauses[0]["clause_id"]
    with opened(client, built.workshop, built.join("Ana")) as ana:
        changes(store, ben, EditClause(first, "Ask before you answer.", "Ask twice before you answer."))
        ana.until(lambda typist: "Ask twice" in typist.text)
        changes(store, ben, AddClause(ClauseId(added := new_id()), "From the form.", section="Manner"))
        ana.until(lambda typist: "From the form." in typist.text)
        appends(ana, "- From the document.\n")
        found = becomes(built, lambda now: "From the document." in now["text"])
        assert ids(found)[:3] == [first, built.clauses[1]["clause_id"], added]
        changes(store, ben, WithdrawClause(ClauseId(added)))
        ana.until(lambda typist: "From the form." not in typist.text)
        assert ana.typist.text == stored(store, built.workshop)


def test_a_form_and_typing_at_the_same_moment_both_count(
    client: TestClient,
    store: Store,
    built: Built,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ben = built.join("Ben")
    first = built.clauses[0]["clause_id"]
    with opened(client, built.workshop, built.join("Ana")) as ana:
        for turn in range(5):
            replaces(ana, "Name a source", f"Name a source ({turn})" if turn == 0 else "Name a source")
            appends(ana, f"- Typed {turn}.\n")
            base = next(one["wording"] for one in policy(built)["clauses"] if one["clause_id"] == first)
            changes(store, ben, EditClause(first, base, f"Ask {turn} times."))
            appends(ana, f"- Typed after {turn}.\n")
        found = becomes(built, lambda now: "Typed after 4." in now["text"] and "Ask 4 times." in now["text"])
        ana.until(lambda typist: typist.text == found["text"])
    assert found["clauses"][0]["clause_id"] == first
    for turn in range(5):
        assert wordings(found).count(f"Typed {turn}.") == 1
        assert wordings(found).count(f"Typed after {turn}.") == 1


def test_a_form_used_while_nobody_had_the_document_open_is_in_it_at_the_next_opening(
    client: TestClient,
    store: Store,
    built: Built,
) -> None:
    ana, ben = built.join("Ana"), built.join("Ben")
    with opened(client, built.workshop, ana) as page:
        appends(page, "- Typed.\n")
        becomes(built, lambda now: "Typed." in now["text"])
    changes(store, ben, AddClause(ClauseId(new_id()), "From the form.", section="Manner"))
    with opened(client, built.workshop, ana) as page:
        page.until(lambda typist: "From the form." in typist.text)
        assert page.typist.text == policy(built)["text"]


def test_a_clause_that_is_too_long_is_said_to_everybody_and_the_policy_waits(client: TestClient, built: Built) -> None:
    with (
        opened(client, built.workshop, built.join("Ana")) as ana,
        opened(client, built.workshop, built.join("Ben")) as ben,
    ):
        appends(ana, "- " + "long " * 420 + "\n")
        ben.until(lambda typist: "“long long" in typist.problem and "at most 2,000 fit" in typist.problem)
        with opened(client, built.workshop, built.join("Cleo")) as cleo:
            assert cleo.typist.problem
        replaces(ana, "long " * 420, "short")
        ben.until(lambda typist: not typist.problem)
        assert "short" in becomes(built, lambda now: "short" in now["text"])["text"]


def test_a_document_becomes_the_policy_once_and_never_an_older_state_of_it(store: Store) -> None:
    built = Built(store)
    ana = built.join("Ana")
    given = {"workshop": built.workshop}
    with pytest.raises(NotFound):
        store.call("read_document_policy", **given)
    store.call("seed_document", **given, policy_revision=1, snapshot="AAA=")
    update = given | {"token_hash": ana.token_hash, "client": 7, "update": "AAAA"}
    store.call("append_updates", updates=[update | {"update_id": new_id()} for _ in range(3)])
    commit = given | {"base_revision": 1, "clauses": [clause("A.")], "text": "- A.", "person": ana.person}
    done = store.call("commit_document", **commit, seq=2)
    numbered = [{"clause_id": commit["clauses"][0]["clause_id"], "number": 3}]
    assert done == {"revision": 2, "is_new": True, "clauses": numbered}
    older = commit | {"base_revision": 2, "text": "- Older."}
    assert store.call("commit_document", **older, seq=1) == done | {"is_new": False}
    with pytest.raises(Conflict):
        store.call("commit_document", **(commit | {"text": "- B."}), seq=3)
    rev = store.call("read_revs", workshops=[built.workshop])[built.workshop]
    same = commit | {"base_revision": 2}
    assert store.call("commit_document", **same, seq=3) == done | {"is_new": False}
    assert store.call("read_revs", workshops=[built.workshop])[built.workshop] == rev
    built.commit(ana, [clause("By a form.")], 2)
    store.call("append_updates", updates=[update | {"update_id": new_id()}])
    with pytest.raises(Conflict):
        store.call("commit_document", **(commit | {"base_revision": 3}), seq=4)
    merge = given | {"base_revision": 2, "revision": 3, "update": "AAAA"}
    assert store.call("merge_policy", **merge, update_id=new_id())["is_new"] is True
    assert store.call("merge_policy", **merge, update_id=new_id())["is_new"] is False


def test_one_workshop_whose_policy_cannot_be_made_keeps_no_other_waiting(
    client: TestClient, app: Application, store: Store, built: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    levelling, other = app.rooms._levelling, built_with_links(store)
    assert levelling is not None
    level = levelling._level

    def fails_for_one(rested: Rested) -> Levelled:
        if rested.workshop == built.workshop:
            raise RuntimeError("a fault of ours")
        return level(rested)

    monkeypatch.setattr(levelling, "_level", fails_for_one)
    with opened(client, built.workshop, built.join("Ana")) as ana:
        appends(ana, "- Be kind.\n")
        with opened(client, other.workshop, other.join("Ben")) as ben:
            appends(ben, "- Be brief.\n")
            becomes(other, lambda now: now["text"] == ben.typist.text)
        monkeypatch.setattr(levelling, "_level", level)
        becomes(built, lambda now: now["text"] == ana.typist.text)


WORDINGS = {
    "reworded": "Ask before you answer.",
    "moved to another section": "Name a source.",
    "moved within its section": "Be kind to everybody.",
    "changed by a form": "Never guess.",
    "split": "Say what you do not know. Then stop there.",
    "shorter": "Refuse nothing.",
    "longer": "Send people to a lawyer when it is serious.",
}
IN_MANNER = 4


def with_votes_and_marks(built: Built) -> dict[str, str]:
    """Two sections; each clause was voted on and has a mark. Gives the clauses' ids."""
    known = [*(one["clause_id"] for one in built.clauses), *(new_id() for _ in WORDINGS)]
    clauses = [
        clause(wording, section="Manner" if place < IN_MANNER else "Limits", clause_id=known[place])
        for place, wording in enumerate(WORDINGS.values())
    ]
    lines = [f"- {wording}\n" for wording in WORDINGS.values()]
    text = "".join(["# Manner\n\n", *lines[:IN_MANNER], "\n# Limits\n\n", *lines[IN_MANNER:]])
    built.facilitator.call("commit_policy", base_revision=1, text=text, clauses=clauses, request_id=new_id())
    found = dict(zip(WORDINGS, known, strict=False))
    voter = built.join("Vera")
    built.run(voter, [built.publish()["version_id"]])
    built.answer()
    [response] = voter.call("read_responses")
    for one in found.values():
        voter.call("set_mark", response=response["response_id"], clause=one, value="followed")
    votes(built, voter, 1, list(found.values()), "agree")
    return found


def votes(built: Built, voter: Someone, number: int, clauses: list[str], position: str) -> None:
    """A round on clauses as they are worded in a version, which is revealed after one person has voted."""
    version = built.facilitator.call("read_version", number=number)["version_id"]
    items = [{"kind": "clause", "version_id": version, "clause_id": one} for one in clauses]
    given = {"question": "Is this right?", "anonymity": "named", "items": items}
    opened_round = built.facilitator.call("open_round", round=new_id(), **given)
    for item in opened_round["items"]:
        assert voter.vote(item["item_id"], position)["ok"]
    for act in ("close_round", "reveal_round"):
        built.facilitator.call(act, round=opened_round["round_id"])


def votes_by_clause(built: Built, number: int) -> dict[str, tuple[str, bool, str]]:
    """Of a revealed round: the wording voted on, whether the clause still has it, and the vote."""
    result = next(one for one in built.facilitator.call("read_results") if one["number"] == number)
    cast = {one["item_id"]: one["position"] for one in result["votes"]}
    return {one["clause_id"]: (one["text"], one["is_current_wording"], cast[one["item_id"]]) for one in result["items"]}


def at_the_same_moment(one: Page, other: Page, acts: list[tuple[str, str]], after: str, typed: str) -> None:
    """One replaces words by others, while the other types on after some words; neither has heard the other yet."""
    for turn, (old, new) in enumerate(acts):
        assert one.typist.text.count(old) == 1, old
        piece = typed[len(typed) * turn // len(acts) : len(typed) * (turn + 1) // len(acts)]
        one.typist.edit(one.typist.text.index(old), len(old), new)
        other.typist.edit(other.typist.text.index(after) + len(after), 0, piece)
        after += piece
        one.until(lambda typist: typist.is_saved)
        other.until(lambda typist: typist.is_saved)
        one.until(lambda typist, words=after: words in typist.text)


def test_clauses_stay_themselves_whatever_two_people_do_to_the_text_at_once(
    client: TestClient, store: Store, built: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    was, cleo = with_votes_and_marks(built), built.join("Cleo")
    before = policy(built)
    kind, source = (f"- {WORDINGS[name]}\n" for name in ("moved within its section", "moved to another section"))
    with (
        opened(client, built.workshop, built.join("Ana")) as ana,
        opened(client, built.workshop, built.join("Ben")) as ben,
    ):
        acts = [
            ("Ask before", "Always ask kindly before"),
            (kind, ""),
            ("# Manner\n\n", f"# Manner\n\n{kind}"),
            (source, ""),
        ]
        rests(monkeypatch, is_at_rest=False)  # or what is cut out and put back has been withdrawn
        at_the_same_moment(ana, ben, acts, "you answer.", "\n- What Ben wrote.")
        rests(monkeypatch, is_at_rest=True)
        changes(store, cleo, EditClause(ClauseId(was["changed by a form"]), "Never guess.", "Never guess a date."))
        acts = [
            (" Then stop there.", "\n- Then stop there."),
            ("nothing.\n- Send", "nothing, and send"),
            ("when it is serious.\n", f"when it is serious.\n{source}"),
        ]
        ana.until(lambda typist: "a date" in typist.text)
        becomes(built, lambda now: now["text"] == ana.typist.text)
        at_the_same_moment(ana, ben, acts, "you answer.", " Ben says so.")
        ben.until(lambda typist: typist.text == ana.typist.text)
        found = becomes(built, lambda now: now["text"] == ana.typist.text)
    names = {clause_id: name for name, clause_id in was.items()}
    assert [
        (one["section"], one["wording"], names.get(one["clause_id"], "new"), one["authors"]) for one in found["clauses"]
    ] == [
        ("Manner", "Be kind to everybody.", "moved within its section", ["Facilitator"]),
        ("Manner", "Always ask kindly before you answer. Ben says so.", "reworded", ["Facilitator", "Ana", "Ben"]),
        ("Manner", "What Ben wrote.", "new", ["Ben"]),
        ("Manner", "Never guess a date.", "changed by a form", ["Facilitator", "Cleo"]),
        ("Limits", "Say what you do not know.", "split", ["Facilitator", "Ana"]),
        ("Limits", "Then stop there.", "new", ["Ana"]),
        ("Limits", "Refuse nothing, and send people to a lawyer when it is serious.", "longer", ["Facilitator", "Ana"]),
        ("Limits", "Name a source.", "moved to another section", ["Facilitator"]),
    ]
    assert [names[one["clause_id"]] for one in found["withdrawn"]] == ["shorter"]
    keep_their_numbers_and_history(built, before, found, was)
    keep_votes_and_marks_with_their_wordings(built, was)


def test_a_clause_cut_and_put_back_elsewhere_is_itself_though_its_place_was_typed_over_and_the_policy_followed(
    client: TestClient, built: Built
) -> None:
    was = with_votes_and_marks(built)
    cut = WORDINGS["changed by a form"]
    with opened(client, built.workshop, built.join("Ben")) as ben:
        replaces(ben, cut, "Tell")
        said = "- Tell"
        for words in (" them", " when", " you", " are", " not", " sure", " of", " it", ", kindly."):
            becomes(built, lambda now: now["text"] == ben.typist.text)
            adds(ben, said, words)
            said += words
        becomes(built, lambda now: now["text"] == ben.typist.text)
    with opened(client, built.workshop, built.join("Cleo")) as cleo:
        cleo.until(lambda typist: said in typist.text)
        appends(cleo, f"- {cut}\n")
        found = becomes(built, lambda now: now["text"] == cleo.typist.text)
    names = {clause_id: name for name, clause_id in was.items()}
    assert [(one["wording"], one["authors"]) for one in found["clauses"] if one["clause_id"] not in names] == [
        ("Tell them when you are not sure of it, kindly.", ["Ben"])
    ]
    [back] = [one for one in found["clauses"] if one["clause_id"] == was["changed by a form"]]
    assert (back["wording"], back["authors"], found["withdrawn"]) == (cut, ["Facilitator"], [])
    assert found["clauses"][-1] == back
    assert votes_by_clause(built, 1)[back["clause_id"]] == (cut, True, "agree")


def test_clean_words_in_the_place_of_a_clause_that_was_hidden_are_another_clause(
    client: TestClient, built: Built
) -> None:
    insult, clean = "Ask no fool before you answer.", "Ask before you answer."
    with opened(client, built.workshop, built.join("Ben")) as page:
        appends(page, f"- {insult}\n")
        hidden = ids(becomes(built, lambda now: insult in now["text"]))[-1]
        replaced(page, built, f"- {insult}\n", "")
        built.facilitator.call("hide_text", kind="clause", id=hidden, is_hidden=True)
        appends(page, f"- {clean}\n")
        found = becomes(built, lambda now: now["text"] == page.typist.text)
    assert hidden not in ids(found)
    assert (found["clauses"][-1]["wording"], found["clauses"][-1]["is_hidden"]) == (clean, False)


def keep_their_numbers_and_history(
    built: Built, before: dict[str, Any], after: dict[str, Any], was: dict[str, str]
) -> None:
    kinds = {}
    for name, clause_id in was.items():
        [number] = [one["number"] for one in before["clauses"] if one["clause_id"] == clause_id]
        everything = (*after["clauses"], *after["withdrawn"])
        assert [one["number"] for one in everything if one["clause_id"] == clause_id] == [number]
        events = built.facilitator.call("read_clause_history", clause=clause_id)
        assert (events[0]["wording"], events[0]["by"]) == (WORDINGS[name], "Facilitator")
        assert {one["by"] for one in events if one["kind"] == "withdrawn"} <= {"Ana", "Ben"}  # nobody by a form
        acts = [(one["kind"], one["by"]) for one in events if one["kind"] != "withdrawn"][1:]
        kinds[name] = list(dict.fromkeys(acts))  # what one types in pieces may be more than one change
    assert kinds == {
        "reworded": [("edited", "Ana"), ("edited", "Ben")],
        "moved to another section": [("restored", "Ana")],
        "moved within its section": [("moved", "Ana")],
        "changed by a form": [("edited", "Cleo")],
        "split": [("edited", "Ana")],
        "shorter": [],
        "longer": [("edited", "Ana")],
    }


def keep_votes_and_marks_with_their_wordings(built: Built, was: dict[str, str]) -> None:
    are_the_same = {"moved to another section", "moved within its section"}
    assert votes_by_clause(built, 1) == {
        clause_id: (WORDINGS[name], name in are_the_same, "agree") for name, clause_id in was.items()
    }
    built.publish()
    votes(built, built.join("Will"), 2, [was["reworded"], was["longer"]], "disagree")
    assert votes_by_clause(built, 2) == {
        was["reworded"]: ("Always ask kindly before you answer. Ben says so.", True, "disagree"),
        was["longer"]: ("Refuse nothing, and send people to a lawyer when it is serious.", True, "disagree"),
    }
    assert votes_by_clause(built, 1)[was["reworded"]] == (WORDINGS["reworded"], False, "agree")
    first = built.facilitator.call("read_version", number=1)
    assert {one["clause_id"]: one["wording"] for one in first["clauses"]} == {
        clause_id: WORDINGS[name] for name, clause_id in was.items()
    }
    assert {one["clause_id"] for one in built.facilitator.call("read_marks")} == set(was.values())
    for clause_id in was.values():
        [tried] = built.facilitator.call("read_beside_clause", clause=clause_id)["tried"]
        assert (tried["followed"], tried["violated"], tried["not_concerned"]) == (1, 0, 0)
