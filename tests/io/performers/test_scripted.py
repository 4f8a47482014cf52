"""People of a script: whose a line is, and which of several counts."""

from __future__ import annotations

import pytest

from engine.core.events import Person, Prompted
from engine.io.performers.scripted import ScriptedPeople
from engine.kinds.step import Option
from engine.model.catalogue import Role
from engine.model.scenario import ANY_STEP, Answer
from engine.model.step_tests import WHOEVER

OPERATOR = Person(name="responder", role="oncall", identity="claimed")
ROLES = {"oncall": Role(), "lead": Role(approves=("grow",)), "boss": Role(approves=("any",))}


def asked(kind: str, role: str, effect: str = "change") -> Prompted:
    """Return a question about a change."""
    return Prompted(
        prompt="p", step="grow", item="consent", kind=kind, text="Grow it?", role=role,
        options=(Option("yes", "do it"), Option("no", "do not")), detail={"effect": effect},
    )  # fmt: skip


def line(answer: str = "yes", role: str = "", step: str = "grow", by: str = "responder") -> Answer:
    """Return a line about that question."""
    return Answer(step=step, item="consent", answer=answer, role=role, by=by)


def said(prompted: Prompted, *lines: Answer) -> tuple[str, str, str] | None:
    """Return who answers, in which role, and what."""
    reply = ScriptedPeople(lines, OPERATOR, ROLES).reply(prompted)
    return None if reply is None else (reply.by.name, reply.by.role, reply.answer.choice)


@pytest.mark.parametrize(
    ("prompted", "written", "who"),
    [
        (asked("approve", "lead"), line(), ("responder", "oncall", "yes")),
        (asked("approve", "lead"), line(role="lead"), ("the lead", "lead", "yes")),
        (asked("approve", "lead"), line(role=WHOEVER), ("the lead", "lead", "yes")),
        (asked("approve", "lead"), line(by="bob"), ("bob", "oncall", "yes")),
        (asked("approve", "oncall"), line(role="oncall"), ("the oncall", "oncall", "yes")),
        (asked("confirm", "oncall"), line(), ("responder", "oncall", "yes")),
        (asked("confirm", "oncall"), line(role=WHOEVER), ("responder", "oncall", "yes")),
        (asked("approve", "manager"), line(role=WHOEVER), None),
    ],
)
def test_a_line_without_a_role_is_the_operators(
    prompted: Prompted, written: Answer, who: tuple[str, str, str] | None
) -> None:
    """And nobody answers in a role that the catalogue does not have."""
    assert who == said(prompted, written)


@pytest.mark.parametrize("step", ["grow", ANY_STEP])
@pytest.mark.parametrize(
    ("effect", "lines", "role"),
    [
        ("change", (line(), line(role="lead")), "lead"),
        ("change", (line(), line(role="boss")), "boss"),
        ("destroy", (line(role="boss"), line(role="lead")), "lead"),
        ("change", (line("no"), line(role="lead")), "oncall"),
        ("change", (line(), line(role="support")), "oncall"),
    ],
)
def test_of_several_lines_the_first_that_counts_approves(
    step: str, effect: str, lines: tuple[Answer, ...], role: str
) -> None:
    """Where none does, the first is taken, and refused as a terminal would refuse it."""
    placed = tuple(line(one.answer, one.role, step) for one in lines)
    found = said(asked("approve", "lead", effect), *placed)
    assert found is not None
    assert role == found[1]
