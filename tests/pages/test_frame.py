"""The frame of every page: who is let in, as whom, and what it says."""

from collections.abc import Callable
from uuid import uuid4

from streamlit.testing.v1 import AppTest

from lib.bootstrap import Application
from lib.domain.people import Role
from lib.domain.workshop import Stage
from lib.samples import samples
from lib.security import hash_token
from lib.services import leading, workshops
from tests.pages.conftest import Moot, said
from tests.support.page_visit import data_of

Open = Callable[..., AppTest]


def links(test: AppTest) -> list[str]:
    return [link.proto.label for link in test.get("page_link")]


def acts_as(test: AppTest, moot: Moot, token: str) -> bool:
    """Whether the page was read with this token."""
    return f"folkmoot:place:{moot.workshop_id}:{hash_token(token)}" in test.session_state


def test_a_browser_with_one_workshop_needs_no_address(moot: Moot, open_at: Open) -> None:
    _, token = moot.join("Ana")
    moot.sign_in(Role.PARTICIPANT, token)
    test = open_at("review")
    assert "Legal questions" in said(test)
    assert test.query_params["w"] == moot.workshop_id


def test_a_browser_with_two_workshops_is_asked_which(app: Application, moot: Moot, open_at: Open) -> None:
    _, token = moot.join("Ana")
    moot.sign_in(Role.PARTICIPANT, token)
    other = workshops.create_workshop(app.store, samples()[0].starter, max_calls=1, max_cost_usd=1)
    moot.browser.holds(other.workshop_id, Role.FACILITATOR, other.facilitator_token)
    assert "Which workshop?" in said(open_at("review"))


def test_a_workshop_that_does_not_exist_is_as_closed_as_any_other(moot: Moot, open_at: Open) -> None:
    _, token = moot.join("Ana")
    moot.sign_in(Role.PARTICIPANT, token)
    assert "not joined this workshop" in said(open_at("review", w=str(uuid4())))
    assert "not joined this workshop" in said(open_at("review", w="' or 1=1"))


def test_identity_comes_from_no_query(moot: Moot, open_at: Open) -> None:
    _, token = moot.join("Ana")
    test = open_at("review", w=moot.workshop_id, token=token, role="facilitator", person="Ana")
    assert "not joined this workshop" in said(test)


def test_with_two_roles_the_page_prefers_its_own(moot: Moot, open_at: Open) -> None:
    _, token = moot.join("Ana")
    moot.sign_in(Role.PARTICIPANT, token)
    moot.sign_in(Role.FACILITATOR)
    test = open_at("draft", w=moot.workshop_id)
    assert acts_as(test, moot, token)
    assert not acts_as(test, moot, moot.new.facilitator_token)
    assert "Console" in links(test)
    assert acts_as(open_at("vote", w=moot.workshop_id), moot, moot.new.facilitator_token)


def test_the_role_chosen_by_hand_comes_first_where_the_page_allows_it(moot: Moot, open_at: Open) -> None:
    _, token = moot.join("Ana")
    moot.sign_in(Role.PARTICIPANT, token)
    moot.sign_in(Role.FACILITATOR)
    test = open_at("draft", w=moot.workshop_id)
    test.session_state["me_menu"] = True
    test.run()
    test.button(key="act_as_facilitator").click().run()
    assert acts_as(test, moot, moot.new.facilitator_token)


def test_the_group_moves_and_the_page_offers_the_stage(app: Application, moot: Moot, open_at: Open) -> None:
    _, token = moot.join("Ana")
    moot.sign_in(Role.PARTICIPANT, token)
    leading.set_stage(app.store, moot.facilitator, Stage.TEST)
    strip = data_of(open_at("review", w=moot.workshop_id), "folkmoot_strip")
    assert strip["notice"]["stage"] == "test"
    offered = strip["stages"]["test"]
    assert offered["does"] == "The group is testing the policy on scenarios."
    assert (offered["link"], offered["href"]) == ("Go to Test scenarios", f"test?w={moot.workshop_id}")
    assert strip["stages"]["review"]["link"] is None, "nobody is offered the page that they are on"


def test_a_removed_person_is_told_so_and_sees_nothing(app: Application, moot: Moot, open_at: Open) -> None:
    person, token = moot.join("Ana")
    moot.sign_in(Role.PARTICIPANT, token)
    leading.remove_person(app.store, moot.facilitator, person, True)
    words = said(open_at("draft", w=moot.workshop_id))
    assert "removed you" in words
    assert "Legal questions" not in words


def test_the_policys_version_is_on_every_page(moot: Moot, open_at: Open) -> None:
    _, token = moot.join("Ana")
    moot.sign_in(Role.PARTICIPANT, token)
    for name in ("draft", "test", "vote", "review"):
        test = open_at(name, w=moot.workshop_id)
        assert not test.exception, name
        strip = data_of(test, "folkmoot_strip")
        assert strip["notice"]["latest_version_number"] is None
        assert strip["version"]["none"] == "No version published yet"


def test_an_open_round_is_announced_with_bare_counts(app: Application, moot: Moot, open_at: Open) -> None:
    _, token = moot.join("Ana")
    moot.sign_in(Role.PARTICIPANT, token)
    who = {"workshop": moot.workshop_id, "token_hash": moot.facilitator.token_hash}
    policy = app.store.call("read_policy", **who)["policy"]
    version = app.store.call(
        "publish_version", **who, base_revision=policy["revision"], note="", request_id=str(uuid4())
    )
    item = {"kind": "clause", "version_id": version["version_id"], "clause_id": policy["clauses"][0]["clause_id"]}
    app.store.call("open_round", **who, round=str(uuid4()), question="Keep it?", anonymity="named", items=[item])
    strip = data_of(open_at("draft", w=moot.workshop_id), "folkmoot_strip")
    [opened] = strip["notice"]["open_rounds"]
    assert {**opened, "round_id": ""} == {"round_id": "", "number": 1, "voted_count": 0, "eligible_count": 1}
    assert strip["mine"] == {opened["round_id"]: "missing"}
