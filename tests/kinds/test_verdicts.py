"""Fail or unknown: the table of rules, and `judge` that applies it."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import get_args

import pytest

from engine.kinds.checks.fly_secrets import FlySecretsCheck
from engine.kinds.checks.http import HttpCheck
from engine.kinds.facts import Selector
from engine.kinds.matchers import Matcher
from engine.kinds.uses import CheckUse, judge
from engine.kinds.values import Json
from engine.kinds.verdicts import Answer, Observation, Seen, all_of

HTTP = HttpCheck(http="https://x")
SECRETS = FlySecretsCheck(fly_secrets="shop")
ANSWERS: tuple[Answer, ...] = get_args(Answer)


@pytest.mark.parametrize(
    ("answers", "together"),
    [
        ((), "unknown"),
        (("pass", "pass"), "pass"),
        (("pass", "unknown"), "unknown"),
        (("unknown", "fail", "pass"), "fail"),
    ],
)
def test_answers_combine_by_rule_4(answers: Sequence[Answer], together: Answer) -> None:
    """Any fail is fail, else any unknown is unknown; nothing at all is unknown."""
    assert together == all_of(answers)


def test_the_order_of_answers_does_not_matter() -> None:
    """For all of up to three."""
    for answers in itertools.product(ANSWERS, repeat=3):
        assert 1 == len({all_of(order) for order in itertools.permutations(answers)})


def use(kind: HttpCheck | FlySecretsCheck = HTTP, **expect: Json) -> CheckUse:
    """Return a use with expectations."""
    return CheckUse(kind=kind, expect={name: Matcher.parse(data) for name, data in expect.items()})


@pytest.mark.parametrize(
    ("check", "observation", "answer", "why"),
    [
        (
            use(HTTP),
            Observation(no_answer="refused", summary="refused after 0.1s"),
            "fail",
            "refused after 0.1s",
        ),
        (use(HTTP), Observation(no_answer="refused"), "fail", "no answer: refused"),
        (use(SECRETS), Observation(no_answer="timeout"), "unknown", "no answer: timeout"),
        (use(HTTP), Observation(cannot="no token"), "unknown", "could not look: no token"),
        (use(HTTP), Observation({"status": 204}, summary="204"), "pass", "204"),
        (use(HTTP), Observation({"status": 503}), "fail", "status 503, wanted between [200, 299]"),
        (use(HTTP), Observation({}), "unknown", "status nothing there, wanted between [200, 299]"),
        (use(HTTP, status=503), Observation({"status": 503}, summary="503"), "pass", "503"),
        (
            use(HTTP, status=200, empty=False),
            Observation({"status": 503}),
            "fail",
            "status 503, wanted 200; empty nothing there, wanted false",
        ),
    ],
)
def test_an_observation_is_judged_by_the_rules(
    check: CheckUse, observation: Observation, answer: Answer, why: str
) -> None:
    """The author's expectation replaces the kind's; the reason names what was wanted."""
    verdict = judge(check, observation)
    assert (answer, why) == (verdict.answer, verdict.why)


def test_an_author_may_turn_no_answer_into_unknown_and_back() -> None:
    """For one check, whatever the kind says."""
    lenient, strict = CheckUse(kind=HTTP, no_answer="unknown"), CheckUse(kind=SECRETS, no_answer="fail")
    assert ["unknown", "fail"] == [
        judge(one, Observation(no_answer="dns")).answer for one in (lenient, strict)
    ]


def test_an_authors_facts_can_be_expected_and_are_kept() -> None:
    """A selector that finds nothing adds nothing."""
    check = CheckUse(
        kind=HTTP,
        facts={"first": Selector.parse("json.0.id"), "gone": Selector.parse("json.7")},
        expect={"first": Matcher("m1")},
    )
    facts: Mapping[str, Json] = {"json": [{"id": "m1"}]}
    verdict = judge(check, Observation(facts))
    assert ("pass", {**facts, "first": "m1"}) == (verdict.answer, verdict.facts)
    assert (Seen("first", "m1", "m1", "pass"),) == verdict.seen
