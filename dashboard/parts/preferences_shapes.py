"""What the Preferences page shows of a lesson, shaped without Streamlit."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engines.preferences.bradley_terry import sigmoid
from engines.preferences.teach import EVERYONE, NOBODY, PERSONA, WHO, WRONG, YOURS, Lesson, wilson

Z = 1.96
EXCERPT = 150
LEVEL: Mapping[str, str | None] = {
    YOURS: "user",
    PERSONA: "persona",
    WRONG: "persona",
    EVERYONE: "global",
    NOBODY: None,
}
ARM: Mapping[str, str] = {YOURS: "right", PERSONA: "right", WRONG: "wrong", EVERYONE: "right", NOBODY: "nobody"}


@dataclass(frozen=True)
class Ranked:
    """One answer that was never asked about.

    Attributes:
        place, moved: its place by the reward, and how many places it went up with the last click.
        chance: the probability that it is chosen over the other answer to its request, with a 95 % interval.
    """

    text: str
    request: str
    reward: float
    place: int
    moved: int
    chance: float
    low: float
    high: float


def ranked(lesson: Lesson) -> list[Ranked]:
    """All answers that are never asked about, the highest reward first."""
    pool = lesson.pool
    sides = [(pair, side) for pair in pool.ranked for side in (0, 1)]
    now, before = (
        [float(reward.of(pool.vectors[p.texts[s]])) for p, s in sides] for reward in (lesson.now, lesson.before)
    )
    places, earlier = _places(now), _places(before)
    rows = []
    for at, (pair, side) in enumerate(sides):
        difference = pool.difference(pair, side)
        odds, spread = lesson.now.odds(difference), lesson.now.spread(difference)
        moved = earlier[at] - places[at] if len(lesson.clicks) > 1 else 0
        low, high = sigmoid(odds - Z * spread), sigmoid(odds + Z * spread)
        chance = lesson.now.probability(difference)
        rows.append(Ranked(pair.texts[side], pair.request, now[at], places[at], moved, chance, low, high))
    return sorted(rows, key=lambda row: row.place)


def _places(rewards: Sequence[float]) -> list[int]:
    order = sorted(range(len(rewards)), key=lambda at: -rewards[at])
    return [order.index(at) + 1 for at in range(len(rewards))]


def ranking_rows(lesson: Lesson) -> list[dict[str, object]]:
    """The ranking as a table."""
    return [
        {
            "place": row.place,
            "moved": f"{row.moved:+d}".replace("-", "\u2212") if row.moved else "",
            "reward": round(row.reward, 2),
            "chosen over the other": f"{row.chance:.0%} ({row.low:.0%} to {row.high:.0%})",
            "answer": row.text,
            "to": row.request,
        }
        for row in ranked(lesson)
    ]


def names(lesson: Lesson) -> dict[str, str]:
    """Who predicts, in words."""
    other = lesson.pool.opposite(lesson.persona) if lesson.persona else ""
    return {
        YOURS: "your reward so far",
        PERSONA: f"the persona most like you ({lesson.persona or 'not known yet'})",
        WRONG: f"the wrong persona ({other or 'not known yet'})",
        EVERYONE: "everyone's reward",
        NOBODY: "nobody's: a coin",
    }


def hit_rows(lesson: Lesson) -> list[dict[str, object]]:
    """How many of the clicks each had predicted, with an interval."""
    count, said = len(lesson.clicks), names(lesson)
    rows: list[dict[str, object]] = []
    for who in WHO:
        hits = lesson.hits(who)
        low, high = wilson(hits, count)
        rows.append(
            {
                "who": said[who],
                "level": LEVEL[who] or "baseline",
                "arm": ARM[who],
                "predicted": f"{hits:g} of {count}",
                "share": f"{hits / count:.0%}" if count else "\u2013",
                "95 % interval": f"{low:.0%} to {high:.0%}" if count else "\u2013",
            }
        )
    return rows


def last_sentence(lesson: Lesson) -> str:
    """What the last click was to the reward before it."""
    if not lesson.clicks:
        return ""
    chance, number = lesson.predicted[-1][YOURS], len(lesson.clicks)
    if math.isclose(chance, 0.5):
        return f"Click {number}: your reward had no opinion yet."
    said = "had expected it" if chance > 0.5 else "had expected the other answer"
    return f"Click {number}: your reward {said} ({chance:.1%} for the answer that you chose)."


def verdict(lesson: Lesson) -> str:
    """What to notice, said no more strongly than the clicks allow."""
    count = len(lesson.clicks)
    if not count:
        return "Nothing is known of you yet: every answer has the same reward, and each guess is a coin."
    mine, wrong = lesson.hits(YOURS), lesson.hits(WRONG)
    low, high = wilson(mine, count)
    chance = (
        "better than a coin"
        if low > 0.5
        else "worse than a coin"
        if high < 0.5
        else "no clear difference from a coin yet"
    )
    return (
        f"Your reward predicted {mine:g} of {count} {'click' if count == 1 else 'clicks'} before it learnt from them: "
        f"{chance}. The wrong persona's predicted {wrong:g}."
    )


def moved_rows(lesson: Lesson) -> list[dict[str, object]]:
    """With what the reward goes, now and before the last click, as a table."""
    now, before = lesson.projected(lesson.now), lesson.projected(lesson.before)
    return [
        {"goes with": name, "before the last click": round(before[name], 2), "now": round(now[name], 2)} for name in now
    ]


def sure_rows(lesson: Lesson) -> list[dict[str, object]]:
    """Certainty after each click as a table."""
    return [
        {
            "clicks": place,
            "mean probability of the likelier answer": round(sure, 3),
            "spread of the log-odds": round(left, 3),
        }
        for place, (sure, left) in enumerate(zip(lesson.sureness(), lesson.doubt(), strict=True))
    ]
