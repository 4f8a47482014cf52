"""The command of a use is one text: what the screen, the page, the report and an approval show."""

from __future__ import annotations

import pytest

from engine.kinds.actions.http import HttpAction
from engine.kinds.checks.http import HttpCheck
from engine.kinds.checks.tcp import TcpCheck
from engine.kinds.matchers import Matcher
from engine.kinds.uses import ActionUse, CheckUse, Undo
from engine.kinds.values import Duration
from engine.views.by_hand import command

URL = "https://x.example/restart"
USES = (
    ActionUse(kind=HttpAction(http=URL)),
    ActionUse(kind=HttpAction(http=URL), timeout=Duration(2.5)),
    Undo(kind=HttpAction(http=URL), timeout=Duration(90.0)),
    CheckUse(kind=HttpCheck(http=URL), expect={"seconds": Matcher.parse({"lt": 1})}),
    CheckUse(kind=TcpCheck(tcp="db:5432")),
    ActionUse(kind=HttpAction(http=URL), by_hand='curl -H "Key: ${secrets.KEY}" x'),
)


@pytest.mark.parametrize("use", USES, ids=lambda use: type(use).__name__)
def test_the_command_of_a_run_is_that_of_the_page(use: CheckUse | ActionUse | Undo) -> None:
    """Word for word, where the page has no blank to fill in."""
    assert command(use) == use.command()


@pytest.mark.parametrize(
    ("use", "text"),
    [
        (USES[0], f"curl -sS -i -m 60 -X POST '{URL}'"),
        (USES[1], f"curl -sS -i -m 2.5 -X POST '{URL}'"),
        (USES[2], f"curl -sS -i -m 90 -X POST '{URL}'"),
        (USES[3], f"curl -sS -i -m 10 -w '\\n%{{time_total}} s\\n' '{URL}'"),
        (USES[5], 'curl -H "Key: $KEY" x'),
    ],
)
def test_a_curl_is_as_patient_as_the_engine(use: CheckUse | ActionUse | Undo, text: str) -> None:
    """It prints the time where that is judged, and a credential is filled in by the shell."""
    assert text == use.command()
