"""Seventy-two small questions, written for this project: a minute's check that a model still answers as it did.

Sums and short texts are drawn from a fixed seed, reviews, facts and questions that nobody could answer are written by
hand. They tell a broken template, a wrong quantization or a bug of batching; they rank no models.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

from pytest_fmbench.model.prompt import Message, Prompt
from pytest_fmbench.quality.base import Item, Truth
from pytest_fmbench.quality.task import Task

_SEED = "basics"
_TOKENS = 16

_PEOPLE = ("Nora", "Emil", "Ida", "Tomas", "Vera", "Jonas", "Alma", "Pavel", "Rosa", "Henrik", "Lena", "Oskar")
_TOWNS = ("Bergen", "Porto", "Gdansk", "Lucca", "Leeds", "Malmo", "Kyoto", "Quito", "Bilbao", "Tartu", "Ghent", "Cork")
_THINGS = ("a lamp", "a violin", "two chairs", "a bicycle", "a clock", "a kettle", "three books", "a carpet")

_LIKED = (
    "The soup was hot, the staff were kind and we will come back soon.",
    "I love this jacket. It is warm, light and worth every cent.",
    "What a wonderful film. We laughed and cried.",
    "The battery lasts for days and the screen is beautiful.",
    "Best holiday that we ever had, thank you all.",
    "A great book. I could not put it down.",
    "The room was clean and quiet and the breakfast delicious.",
    "My son is so happy with this toy. Excellent quality.",
)
_DISLIKED = (
    "The soup was cold, the waiter was rude and we left hungry.",
    "I hate this jacket. It ripped on the first day.",
    "What a terrible film. We left before the end.",
    "The battery died within an hour and nobody helps me.",
    "Worst holiday that we ever had. Never again.",
    "A boring book. I gave up after ten pages.",
    "The room was dirty and loud and the breakfast awful.",
    "This toy broke at once. Very bad quality, a waste of money.",
)
_TRUE = (
    "Is fire hot?",
    "Do fish live in water?",
    "Is Paris a city in France?",
    "Does a week have seven days?",
    "Do cows eat grass?",
    "Is ice frozen water?",
    "Can most birds fly?",
)
_FALSE = (
    "Is the moon made of cheese?",
    "Do cats have ten legs?",
    "Is snow black?",
    "Does a year have three months?",
    "Can a stone swim and sing?",
    "Is an elephant smaller than a mouse?",
    "Do people sleep under water every night?",
)
_NOT_SAID = (
    ("My neighbour has a cat.", "What is the name of the cat?"),
    ("Ida bought a house by the sea.", "How much did the house cost?"),
    ("The train to Cork was late.", "What did the driver eat for lunch?"),
    ("Emil wrote a letter to his sister.", "In which year was his sister born?"),
    ("A box stands on the table.", "How heavy is the box?"),
    ("Rosa met an old friend yesterday.", "What is the friend's telephone number?"),
)


def basics() -> Task:
    """Sums, places to be found in a sentence, reviews, plain facts, and what nobody could know: 72 items.

    ``quality.score`` is the share that is right, each marked as suits it; the scorers are ``numeric``, ``f1`` and
    ``pattern``. Half of what can be answered by yes or no, or by positive or negative, is right by chance.
    """
    drawn = random.Random(_SEED)  # noqa: S311  # variety, not a secret
    return Task("basics", (*_sums(drawn), *_places(drawn), *_reviews(), *_facts(), *_unknown()), ("exact_match",))


def _sums(drawn: random.Random) -> Iterator[Item]:
    for nth in range(20):
        one, other = drawn.randint(2, 12), drawn.randint(2, 12)
        sign, result = (("+", one + other), ("-", one))[nth % 2]
        text = f"What is {one if sign == '+' else one + other} {sign} {other}? Answer with the number only."
        yield _item(f"sum-{nth + 1}", text, Truth((str(result),)), "numeric")


def _places(drawn: random.Random) -> Iterator[Item]:
    for nth in range(16):
        person, town, thing = drawn.choice(_PEOPLE), drawn.choice(_TOWNS), drawn.choice(_THINGS)
        text = f"{person} lives in {town} and has bought {thing}."
        what, answer = (("Where does {} live?", town), ("What has {} bought?", thing))[nth % 2]
        question = f"{text} {what.format(person)} Answer with one or two words only."
        yield _item(f"place-{nth + 1}", question, Truth((answer,)), "f1")


def _reviews() -> Iterator[Item]:
    for word, other, reviews in (("positive", "negative", _LIKED), ("negative", "positive", _DISLIKED)):
        for nth, review in enumerate(reviews, 1):
            text = f'Is this review positive or negative? "{review}" Answer with one word.'
            yield _item(f"{word}-{nth}", text, Truth((rf"(?is)^(?!.*\b{other}).*\b{word}",)), "pattern")


def _facts() -> Iterator[Item]:
    for word, questions in (("yes", _TRUE), ("no", _FALSE)):
        for nth, question in enumerate(questions, 1):
            yield _item(f"{word}-{nth}", f"{question} Answer yes or no.", Truth((rf"(?i)^\W*{word}\b",)), "pattern")


def _unknown() -> Iterator[Item]:
    for nth, (text, question) in enumerate(_NOT_SAID, 1):
        asked = f"{text} {question} If the text does not say so, answer: I don't know."
        yield _item(f"unknown-{nth}", asked, Truth(unanswerable=True), "exact_match")


def _item(name: str, text: str, truth: Truth, scorer: str) -> Item:
    return Item(name, Prompt((Message("user", text),), max_tokens=_TOKENS), truth, (scorer,))
