"""Who a line names that is offered to copy."""

from __future__ import annotations

import click
import pytest

from engine.cli.program import program
from engine.render.offered import PEOPLE, offered


def test_the_commands_that_take_a_person_are_those_that_have_the_option() -> None:
    """Taken from the finished program: a new command cannot be forgotten."""
    group = program()
    context = click.Context(group)
    found = {
        name
        for name in group.list_commands(context)
        if (one := group.get_command(context, name)) and any("--as" in param.opts for param in one.params)
    }
    assert found - {"drill", "new"} == set(
        PEOPLE
    )  # these two begin something: no line offers to go on with them


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("runbook resume INC-1", "runbook resume INC-1 --as ann:oncall"),
        ("runbook answer --run INC-1 'a#1' yes", "runbook answer --run INC-1 'a#1' yes --as ann:oncall"),
        ("runbook did --run INC-1 -- COMMAND", "runbook did --run INC-1 --as ann:oncall -- COMMAND"),
        ("runbook approve INC-1 --as NAME:manager", "runbook approve INC-1 --as NAME:manager"),
        ("runbook show INC-1", "runbook show INC-1"),
        (
            "then `runbook resume X`, or `runbook show X`",
            "then `runbook resume X --as ann:oncall`, or `runbook show X`",
        ),
        ("look, then runbook answer x yes", "look, then runbook answer x yes --as ann:oncall"),
    ],
)
def test_a_line_says_who_gives_it_where_that_was_said_with_an_option(line: str, expected: str) -> None:
    """Once, at its end, before the words of another program."""
    assert expected == offered(line, "ann:oncall")
    assert line == offered(line, "")
    assert expected == offered(expected, "ann:oncall")


def test_a_name_with_a_space_is_one_word_for_a_shell() -> None:
    """Whoever is called so can paste the line too."""
    assert "runbook resume --as 'ann lee:oncall'" == offered("runbook resume", "ann lee:oncall")
