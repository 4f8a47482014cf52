"""Questions as they are listed, and answers that miss something."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from engine.app.runs import RunFolder
from engine.cli.agreeing import agree
from engine.cli.answering import chosen_prompt, given, list_open
from engine.cli.here import Here
from engine.core.events import Prompted
from engine.core.state import Prompt, RunState
from engine.kinds.errors import Refused, UsageError
from engine.kinds.step import Option
from engine.kinds.values import Instant

FOLDER = RunFolder("INC-1", Path("runs/INC-1"))
LOOK = Prompted(
    prompt="look#1.look:vendor",
    step="look",
    item="look:vendor",
    kind="look",
    text="What does the vendor say?",
    options=(Option("seen", "I looked"), Option("cannot", "I cannot")),
    detail={"fact:state": "Its state?", "fact:since": "Since when?"},
)
HAPPENED = Prompted(
    prompt="fix#1.happened.0",
    step="fix",
    item="happened.0",
    kind="happened",
    text="Did this change happen?",
    options=(Option("done", "it happened"), Option("failed", "it did not happen")),
    changes=("curl -X POST http://web.test/restart",),
)
APPROVAL = Prompted(
    prompt="fix#1.consent",
    step="fix",
    item="consent",
    kind="approve",
    text="Fix it?",
    options=(Option("yes", "approve"), Option("no", "refuse")),
    role="manager",
    digest="3f9a01c27b44aa",
)


def asking(*prompts: Prompted) -> RunState:
    """Return a run with these questions open."""
    return replace(RunState(), prompts={one.prompt: Prompt(one, Instant(0.0)) for one in prompts})


def test_a_listing_says_which_facts_are_asked_and_which_command_it_is_about(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Whoever answers from another terminal sees what the operator sees."""
    list_open(FOLDER, asking(LOOK, HAPPENED), None)
    told = capsys.readouterr().out
    assert "    state: Its state?\n    since: Since when?\n" in told
    look = "runbook answer --run INC-1 'look#1.look:vendor'"
    assert f"  seen: I looked\n    {look} seen --value state=VALUE --value since=VALUE\n" in told
    assert f"  cannot: I cannot\n    {look} cannot\n" in told
    assert "    change: curl -X POST http://web.test/restart\n" in told


def test_a_look_without_one_of_its_facts_is_refused_by_the_facts_name() -> None:
    """What is missing, its question, and how to add it."""
    with pytest.raises(UsageError, match="'since' is missing: Since when") as refused:
        given(LOOK, "seen", ["state=started"], "")
    assert "add --value since=…" == refused.value.hint
    assert {} == given(LOOK, "cannot", [], "").values


def test_an_approval_is_given_by_its_own_command_only() -> None:
    """Named, and with the right digest, `answer` still refuses it and says the other command."""
    state = asking(APPROVAL)
    how = "runbook approve INC-1 --digest 3f9a01c27b44 --as NAME:manager"
    with pytest.raises(UsageError) as refused:
        agree(Here(), FOLDER, state, APPROVAL, "yes", "3f9a01c2", shown=True)
    assert how == refused.value.hint
    with pytest.raises(UsageError) as refused:
        chosen_prompt(FOLDER, state, ["no"])
    assert f"{how} --refuse" == refused.value.hint


def test_the_digest_of_another_change_is_refused_before_anything_else() -> None:
    """Whoever looked must look again."""
    with pytest.raises(Refused, match="not the one that was shown"):
        agree(Here(), FOLDER, asking(APPROVAL), APPROVAL, "yes", "00000000", shown=True)
