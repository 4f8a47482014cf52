"""A sensitive answer: what of it may leave the run folder.

Numbers, booleans and the facts the author chose by name, since that is what they were chosen for. Text of the
answer stays in the evidence file, and wherever it would have been quoted it says so instead.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from engine.kinds.paths import look_up
from engine.kinds.replies import took
from engine.kinds.uses import CheckUse
from engine.kinds.values import Json
from engine.kinds.verdicts import Observation, Verdict

KEPT_BACK: Final = "kept back"


def chosen(facts: Mapping[str, Json], use: CheckUse) -> Mapping[str, Json]:
    """Return the facts that may leave the run folder."""
    return {name: value for name, value in facts.items() if name in use.facts or _bare(value)}


def masked(verdict: Verdict, observation: Observation, use: CheckUse) -> Verdict:
    """Return the verdict without a word of the answer."""
    seen = tuple(
        one
        if one.subject.partition(".")[0] in use.facts or _bare(look_up(verdict.facts, one.subject))
        else replace(one, observed=KEPT_BACK)
        for one in verdict.seen
    )
    wrong = [one for one in seen if one.answer != "pass"]
    why = "; ".join(f"{one.subject} {one.observed}, wanted {one.expected}" for one in wrong)
    if observation.cannot or observation.no_answer:
        why = verdict.why  # there was no answer
    shown = [f"{one.subject} {one.observed}" for one in seen if one.observed != KEPT_BACK]
    said = why or ", ".join((*shown, f"in {took(observation.seconds)}", f"its text {KEPT_BACK}"))
    return Verdict(verdict.answer, said, seen, chosen(verdict.facts, use))


def _bare(value: object) -> bool:
    return value is None or isinstance(value, (bool, int, float))
