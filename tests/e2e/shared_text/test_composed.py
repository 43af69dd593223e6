"""A word that is being composed, as with an input method or a keyboard on a screen, is neither lost nor cut in two."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from lib.store.port import Store
from tests.e2e.conftest import Invite
from tests.e2e.input_method import ON_A_SCREEN, InputMethod
from tests.e2e.live_text import (
    TEXT_INPUT,
    agree,
    is_saved,
    joins,
    locks,
    puts_cursor,
    removes,
    says,
    stored,
    text_of,
    waits_until,
    workshop_of,
    writes,
)
from tests.e2e.person import OF_A_SIGN_OUT, Person

KEYBOARDS = pytest.mark.parametrize("view", [{}, ON_A_SCREEN], ids=["input method", "keyboard on a screen"])
ROW = 4
"""That of a clause."""


@pytest.fixture
def composer(view: dict[str, Any], link: str, invite: Invite) -> Person:
    return joins(invite("Ana", **view), link)


def is_locked(address: str, person: Person, *, is_over: bool = False) -> None:
    locks(address, person, is_locked=not is_over)
    if not is_over:
        says(person, re.compile("^The policy is locked"))


def is_removed(address: str, person: Person, *, is_over: bool = False) -> None:
    removes(address, workshop_of(person), person.name, is_removed=not is_over)
    if not is_over:
        says(person, re.compile("^This browser is not signed in"))


@KEYBOARDS
@pytest.mark.parametrize("closes", [is_locked, is_removed])
def test_a_word_that_is_composed_as_the_text_closes_is_kept_and_so_is_what_follows(
    closes: Callable[..., None], composer: Person, ben: Person, store: Store, database_address: str
) -> None:
    keyboard, before = InputMethod(composer.page.locator(TEXT_INPUT)), text_of(composer)
    puts_cursor(composer, 0, 0)
    keyboard.composes("comp")
    closes(database_address, composer)
    keyboard.composes("osed")
    keyboard.commits()
    writes(composer, " and", delay=50)
    keyboard.composes(" more")
    keyboard.commits()
    drafts = composer.page.get_by_role("region", name="Your private draft").locator("pre")

    def kept() -> str:
        inserted = text_of(ben).removesuffix(before)
        return inserted + "".join(sorted(drafts.all_inner_texts(), key="composed and more".find))

    waits_until(composer, lambda: kept() == "composed and more")
    assert text_of(ben) == stored(store, workshop_of(ben))
    before = text_of(ben)
    closes(database_address, composer, is_over=True)
    is_saved(composer)
    puts_cursor(composer, 0, 0)
    writes(composer, "Ag-")
    composer.page.keyboard.press("Backspace")
    writes(composer, "ain. ")
    assert agree(store, composer, ben) == f"Again. {before}"
    composer.forgive(*OF_A_SIGN_OUT)


IS_SENT_LATE = """() => {
  const { send } = WebSocket.prototype
  WebSocket.prototype.send = function (frame) { setTimeout(() => this.readyState === 1 && send.call(this, frame), 800) }
}"""
"""What was typed right before a lock is refused while its writer types on."""


@KEYBOARDS
def test_words_are_composed_on_while_those_before_are_refused_and_the_line_begins_anew(
    composer: Person, ben: Person, store: Store, database_address: str
) -> None:
    keyboard, before = InputMethod(composer.page.locator(TEXT_INPUT)), text_of(composer)
    puts_cursor(composer, 0, 0)
    composer.page.evaluate(IS_SENT_LATE)
    writes(composer, "As ")
    keyboard.composes("com")
    locks(database_address, composer, is_locked=True)
    composer.page.wait_for_function("() => document.querySelector('.fm-editor').matches('.fm-read-only')")
    for letters in ("posed ", "let", "ter", " by", " let", "ter", " o", "n and", " on"):
        composer.page.wait_for_timeout(250)
        keyboard.composes(letters)
    keyboard.commits()
    draft = composer.page.get_by_role("region", name="Your private draft").locator("pre")
    waits_until(composer, lambda: "".join(draft.all_inner_texts()) == "As composed letter by letter on and on")
    assert text_of(composer) == text_of(ben) == stored(store, workshop_of(ben)) == before


@KEYBOARDS
def test_a_word_is_in_the_text_though_the_page_goes_as_it_is_composed(
    composer: Person, ben: Person, store: Store
) -> None:
    keyboard, before = InputMethod(composer.page.locator(TEXT_INPUT)), text_of(composer)
    puts_cursor(composer, 0, 0)
    keyboard.composes("composed ")
    composer.page.evaluate(
        "() => document.querySelector('.fm-editor').ownerDocument.querySelector('a[href*=\"vote\"]').click()"
    )
    composer.sees("There is no round yet")
    assert agree(store, ben) == f"composed {before}"


@KEYBOARDS
def test_a_word_is_composed_while_another_writes_above_and_on_both_sides_of_it(
    composer: Person, ben: Person, store: Store
) -> None:
    keyboard = InputMethod(composer.page.locator(TEXT_INPUT))
    puts_cursor(composer, ROW, 2)
    writes(composer, "Hers: ")
    before = agree(store, composer, ben)
    own = before.splitlines()[ROW].removeprefix("- Hers: ")
    keyboard.composes("com")
    puts_cursor(ben, ROW, 2)
    writes(ben, "Before. ")
    is_saved(ben)
    keyboard.composes("po")
    ben.page.keyboard.press("Home")
    writes(ben, "Above.")
    ben.page.keyboard.press("Enter")
    is_saved(ben)
    keyboard.composes("sd")
    first, rest = own.split(" ", 1)
    puts_cursor(ben, ROW + 1, text_of(ben).splitlines()[ROW + 1].index(rest))
    writes(ben, "after ")
    is_saved(ben)
    keyboard.commits("composed")
    writes(composer, " by her. ")
    wanted = before.replace(f"- Hers: {own}", f"Above.\n- Before. Hers: composed by her. {first} after {rest}")
    assert agree(store, composer, ben) == wanted


@pytest.mark.parametrize("view", [ON_A_SCREEN], ids=["keyboard on a screen"])
def test_a_word_that_another_takes_away_as_it_is_corrected_takes_no_letter_of_theirs_with_it(
    composer: Person, ben: Person, store: Store
) -> None:
    keyboard, before = InputMethod(composer.page.locator(TEXT_INPUT)), text_of(composer)
    puts_cursor(composer, ROW, 2)
    keyboard.composes("teh")
    assert agree(store, composer, ben) != before
    puts_cursor(ben, ROW, 2)
    for _ in "teh":
        ben.page.keyboard.press("Delete")
    assert agree(store, composer, ben) == before
    keyboard.commits("the")
    writes(composer, "So: ")
    assert agree(store, composer, ben) == before.replace(
        before.splitlines()[ROW], f"- So: {before.splitlines()[ROW][2:]}"
    )


@pytest.mark.parametrize("view", [{}], ids=["input method"])
def test_a_word_composed_instead_of_another_that_somebody_takes_away_takes_no_letter_of_theirs_with_it(
    composer: Person, ben: Person, store: Store
) -> None:
    keyboard = InputMethod(composer.page.locator(TEXT_INPUT))
    puts_cursor(composer, ROW, 2)
    writes(composer, "alpha beta ")
    before = agree(store, composer, ben)
    puts_cursor(composer, ROW, len("- alpha "))
    for _ in "beta":
        composer.page.keyboard.press("Shift+ArrowRight")
    keyboard.composes("ni")
    assert agree(store, composer, ben) == before.replace("beta", "ni", 1)
    puts_cursor(ben, ROW, len("- alpha "))
    for _ in "ni":
        ben.page.keyboard.press("Delete")
    assert agree(store, composer, ben) == before.replace("beta", "", 1)
    keyboard.composes("hao")
    keyboard.commits()
    assert agree(store, composer, ben) == before.replace("beta", "hao", 1)


@pytest.mark.parametrize("view", [ON_A_SCREEN], ids=["keyboard on a screen"])
def test_a_word_is_gone_on_with_though_the_cursor_is_amid_it_and_another_writes_elsewhere(
    composer: Person, ben: Person, store: Store
) -> None:
    keyboard, before = InputMethod(composer.page.locator(TEXT_INPUT)), text_of(composer)
    puts_cursor(composer, ROW, 2)
    keyboard.composes("helo ", cursor=2)
    agree(store, composer, ben)
    puts_cursor(ben, ROW - 2, 3)
    writes(ben, "Elsewhere. ")
    text = agree(store, composer, ben)
    assert keyboard.is_composing
    keyboard.commits("hello ")
    assert agree(store, composer, ben) == text.replace("helo ", "hello ") != before
