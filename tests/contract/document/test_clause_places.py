"""Every page learns where each clause stands in the live text, and who typed what, on both transports."""

import pytest
from starlette.testclient import TestClient

from lib import bootstrap
from lib.domain.ids import ClauseId
from lib.live.wire import ASK_WRITERS
from lib.policy.acts import AddClause
from lib.store.port import Store
from tests.support.document_pages import Page, opened, process, serving_routes
from tests.support.document_policy import becomes, changes
from tests.support.workshop_builder import Built, clause, new_id

pytestmark = pytest.mark.usefixtures("soon")


def shown(page: Page) -> dict[str, str]:
    """By label, the text from each clause's first character to the end of its last line, in this page's own copy."""
    return {one["label"]: page.typist.between(one["first"], one["end"]) for one in page.typist.clauses}


def sees(page: Page, wanted: dict[str, str]) -> None:
    page.until(lambda _: shown(page) == wanted)


FIRST = {"C1": "- Ask before you answer.", "C2": "- Name a source."}


def test_a_page_that_comes_in_learns_where_the_clauses_stand(client: TestClient, built: Built) -> None:
    with opened(client, built.workshop, built.join("Ana")) as ana:
        sees(ana, FIRST)
        with opened(client, built.workshop, built.organizer, role="organizer") as reader:
            sees(reader, FIRST)


def test_the_places_follow_what_is_typed_before_the_server_says_anything_new(client: TestClient, built: Built) -> None:
    with opened(client, built.workshop, built.join("Ana")) as ana:
        sees(ana, FIRST)
        ana.typist.edit(0, 0, "Éé 👩\n\n")
        assert shown(ana) == FIRST
        ana.typist.edit(ana.typist.text.index("before"), 6, "👩‍🏫 “first”")
        assert shown(ana) == {**FIRST, "C1": "- Ask 👩‍🏫 “first” you answer."}


def test_a_new_clause_gets_its_number_and_its_place_at_every_page(client: TestClient, built: Built) -> None:
    with (
        opened(client, built.workshop, built.join("Ana")) as ana,
        opened(client, built.workshop, built.join("Ben")) as ben,
    ):
        sees(ben, FIRST)
        at = ana.typist.text.index("- Name")
        ana.types("- Né 👩.\n", at=at)
        wanted = {"C1": FIRST["C1"], "C3": "- Né 👩.", "C2": FIRST["C2"]}
        sees(ben, wanted)
        assert list(shown(ben)) == ["C1", "C3", "C2"]
        sees(ana, wanted)


def test_the_place_is_right_after_others_moved_split_and_emptied_clauses(client: TestClient, built: Built) -> None:
    with (
        opened(client, built.workshop, built.join("Ana")) as ana,
        opened(client, built.workshop, built.join("Ben")) as ben,
    ):
        sees(ana, FIRST)
        ben.types("\n- ", at=ben.typist.text.index(" you answer"), count=1)
        sees(ana, {"C1": "- Ask before", "C3": "- you answer.", "C2": FIRST["C2"]})
        line = FIRST["C2"] + "\n"
        ben.types("", at=ben.typist.text.index(line), count=len(line))
        sees(ana, {"C1": "- Ask before", "C3": "- you answer."})
        ben.types(line, at=ben.typist.text.index("- Ask"))
        sees(ana, {"C2": FIRST["C2"], "C1": "- Ask before", "C3": "- you answer."})
        assert list(shown(ana)) == ["C2", "C1", "C3"]


def test_nothing_is_said_again_that_has_not_changed(client: TestClient, built: Built) -> None:
    with opened(client, built.workshop, built.join("Ana")) as ana:
        sees(ana, FIRST)
        before = ana.typist.times_placed
        ana.types(" Always", at=ana.typist.text.index("."))
        becomes(built, lambda now: "Always" in now["text"])
        ana.types("!", at=0)
        becomes(built, lambda now: "!" in now["text"])
        assert (
            ana.typist.times_placed <= before + 1
        )  # the heading is no heading any more, the clauses stand as they were


def test_a_page_on_another_server_learns_it_too(store: Store, built: Built) -> None:
    with serving_routes() as client:
        here, there = process(store), process(store)
        try:
            bootstrap.override(here)
            with opened(client, built.workshop, built.join("Ana")) as ana:
                bootstrap.override(there)
                with opened(client, built.workshop, built.join("Ben")) as ben:
                    sees(ben, FIRST)
                    ana.types("- Typed elsewhere.\n", at=ana.typist.text.index("- Name"))
                    sees(ben, {"C1": FIRST["C1"], "C3": "- Typed elsewhere.", "C2": FIRST["C2"]})
        finally:
            bootstrap.override(None)
            here.rooms.close()
            there.rooms.close()


def writers(page: Page) -> dict[str, list[int]]:
    page.typist.writers = None
    page.typist.out.append(bytes((ASK_WRITERS,)))
    page.until(lambda typist: typist.writers is not None)
    return {one["name"]: one["clients"] for one in page.typist.writers or []}


def test_on_demand_a_page_learns_who_typed_under_which_number(client: TestClient, store: Store, built: Built) -> None:
    ana_there = built.join("Ana")
    with opened(client, built.workshop, ana_there) as ana, opened(client, built.workshop, built.join("Ben")) as ben:
        assert writers(ana) == {}
        ana.types("By Ana. ")
        ben.types("By Ben. ")
        assert writers(ana) == {"Ana": [ana.typist.client], "Ben": [ben.typist.client]}
        changes(store, ana_there, AddClause(ClauseId(new_id()), "By a form."))
        ben.until(lambda typist: "By a form." in typist.text)
        assert len(writers(ben)["Ana"]) == 2
        built.facilitator.call("change_person", person=ana_there.person, changes={"name_is_hidden": True})
        assert set(writers(ben)) == {"name hidden", "Ben"}


def test_what_forms_changed_is_one_persons_or_nobodys(store: Store, built: Built) -> None:
    given = {"workshop": built.workshop}
    store.call("seed_document", **given, policy_revision=1, snapshot="AAA=")
    ana, ben = built.join("Ana"), built.join("Ben")
    merge = given | {"update": "AAAA"}
    built.commit(ana, [clause("Hers.")], 1)
    built.commit(ana, [clause("Hers again.")], 2)
    store.call("merge_policy", **merge, base_revision=1, revision=3, update_id=new_id(), client=5)
    built.commit(ana, [clause("Hers once more.")], 3)
    built.commit(ben, [clause("His.")], 4)
    store.call("merge_policy", **merge, base_revision=3, revision=5, update_id=new_id(), client=6)
    wanted = [{"person_id": ana.person, "name": "Ana", "clients": [5]}]
    assert store.call("read_document_writers", **given) == wanted
