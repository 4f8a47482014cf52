"""Answer the open question of a run, from any terminal."""

from __future__ import annotations

import click

from engine.cli.here import Here
from engine.cli.parameters import (
    example,
    identity_option,
    output_option,
    pass_here,
    reason_option,
    run_option,
)

SECTION = "In an incident"


@click.command(
    "answer",
    epilog=example(
        "runbook answer",
        "runbook answer 'restart#1.consent' yes --digest 3f9a01c2",
        "runbook answer cause#1 deploy --reason 'v12 went out at 03:01'",
        "runbook answer seen --value state=started --value restarts=6",
    ),
)
@click.argument("words", nargs=-1, metavar="[PROMPT] CHOICE")
@run_option
@click.option(
    "--value",
    "values",
    multiple=True,
    metavar="FACT=VALUE",
    help="What you saw, where you were asked to look.",
)
@click.option(
    "--digest",
    default="",
    metavar="HEX",
    help="8 digits or more of the change you decide about; refused where it is another one now.",
)
@reason_option
@identity_option
@output_option
@pass_here
def command(
    here: Here,
    words: tuple[str, ...],
    run: str,
    values: tuple[str, ...],
    digest: str,
    reason: str,
    identity: str,
    output: str | None,
) -> int:
    """Answer an open question.

    PROMPT may be left out where only one question is open and it decides about no change. A change needs
    PROMPT and --digest, or the word typed below the change on a terminal. Without CHOICE, the open questions
    are listed.
    """
    from engine.app.runs import find_run
    from engine.cli.agreeing import agree
    from engine.cli.answering import chosen_prompt, given, list_open
    from engine.cli.saying import say

    folder = find_run(here.workspace, run)
    state = folder.state()
    here.said = identity
    named = here.named(state)
    if not words:
        return list_open(folder, state, output, named)
    prompted, choice = chosen_prompt(folder, state, words, named)
    event = given(prompted, choice, values, reason)
    agree(here, folder, state, prompted, choice, digest, shown=output != "json")
    return say(here, folder, event, identity, f"answered '{choice}' to: {prompted.text}", output)
