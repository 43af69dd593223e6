"""Who typed what in a document is known from one policy that is made of it to the next, whoever makes it."""

from lib.domain.ids import PersonId, WorkshopId
from lib.live.shared_text import SharedText, seed_of
from lib.live.stored_text import StoredText, text_of

ANA, BEN, CLEO = PersonId("ana"), PersonId("ben"), PersonId("cleo")
OPENED = {"policy_seq": 1}


class Typing:
    """A document in which people type, each edit an update with the next number."""

    def __init__(self, text: str) -> None:
        self.updates = [seed_of(text)]
        self.stored = StoredText(self.updates)
        self._shared = SharedText(self.updates)

    def types(self, words: str, by: PersonId) -> None:
        """Somebody types at the end of the text."""
        update = self._shared.edit(self._shared.text + words)
        assert update is not None
        self.updates.append(update)
        self.stored.take(update, by, len(self.updates) - 1, is_ours=True)

    def typed(self) -> list[tuple[str, PersonId]]:
        """The words of which it is known who typed them, with whom."""
        return typed_in(self.stored, len(self.updates) - 1)


def typed_in(stored: StoredText, seq: int) -> list[tuple[str, PersonId]]:
    rested = stored.rested(WorkshopId("w"), seq)
    text, at, found = rested.text.encode(), 0, []
    for one in rested.trace:
        if one.by is not None:
            found.append((text[at : at + one.length].decode(), one.by))
        at += one.length
    assert at == len(text)
    return found


def test_what_was_typed_counts_until_the_policy_was_made_of_it() -> None:
    typing = Typing("One.")
    typing.types(" Twö.", ANA)
    assert typing.typed() == [(" Twö.", ANA)]
    typing.types(" Three.", BEN)
    typing.stored.level()
    assert typing.typed() == [(" Three.", BEN)]
    typing.stored.not_level()
    typing.types(" Four.", CLEO)
    assert typing.typed() == [(" Three.", BEN), (" Four.", CLEO)]


def test_after_another_server_made_the_policy_it_is_known_who_typed_what_since_then() -> None:
    typing = Typing("One.")
    typing.types(" Twö.", ANA)
    typing.types(" Three.", BEN)
    typing.types(" Four.", CLEO)
    typing.stored.others_did(2)
    typing.types(" Five.", ANA)
    assert typing.typed() == [(" Four.", CLEO), (" Five.", ANA)]
    typing.stored.others_did(4)
    assert typing.typed() == []


def test_a_server_that_opens_a_document_knows_who_typed_what_is_not_in_the_policy_yet() -> None:
    typing = Typing("One.")
    for words, who in ((" In the policy.", ANA), (" Not yet,", BEN), (" nor this.", CLEO)):
        typing.types(words, who)
    told = [{"seq": seq, "by": who} for seq, who in enumerate((ANA, BEN, CLEO), 1)]
    stored = text_of(OPENED | {"updates": told}, typing.updates)
    assert stored.by == CLEO
    assert typed_in(stored, 3) == [(" Not yet,", BEN), (" nor this.", CLEO)]
