"""Policies of very many clauses, and what it takes to compare them."""

import random

import pytest

from lib.policy import similar

COMMON = "the a to of in and for is not you it that"
MOST_WORDS = 3000


def clauses_of(count: int, seed: int, words: int = 13) -> list[str]:
    """Wordings of so many words, common and rare ones, which have nothing to do with each other."""
    dice, rare = random.Random(seed), random.Random(0)
    known = ["".join(rare.choices("etaoinshrdlucmf", k=rare.randint(2, 9))) for _ in range(MOST_WORDS)]
    often = COMMON.split()
    return [
        " ".join(
            dice.choice(often) if dice.random() < 0.4 else known[int(MOST_WORDS * dice.random() ** 2)]
            for _ in range(words)
        )
        for _ in range(count)
    ]


def reworded(wording: str, seed: int) -> str:
    """The same with one word in six changed."""
    dice, words = random.Random(seed), wording.split()
    for place in dice.sample(range(len(words)), len(words) // 6):
        words[place] = words[place][::-1] + "s"
    return " ".join(words)


def counting_comparisons(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """From now on, for each comparison of two wordings, in how many parts the longer one was compared."""
    compared: list[int] = []

    class Counting(similar.SequenceMatcher):  # type: ignore[type-arg]
        def ratio(self) -> float:
            compared.append(max(len(self.a), len(self.b)))
            return float(super().ratio())

    monkeypatch.setattr(similar, "SequenceMatcher", Counting)
    return compared
