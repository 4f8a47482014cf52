"""A test customer's message: in Chatwoot where there are customers, by a command in the sandbox."""

from __future__ import annotations

import json
import shlex
from urllib.parse import urlsplit

import pytest

from engine.core.plan import Plan, Request, make_plan
from engine.estate.estate import AGENT
from engine.estate.healthy import healthy
from engine.kinds.steps.ask import AskStep
from tests.content.harness import library
from tests.estate.by_hand import START, Estate

ASKED = {
    "agent-sdk-down": ("complaint", "conversation"),
    "agent-sdk-rollback": ("conversation",),
    "agent-sdk-deploy": ("conversation",),
}


def planned(runbook: str, environment: str) -> Plan:
    """Return the plan of a shipped runbook; the sandbox's addresses are those of stand-ins."""
    own, catalogue = library(), library().catalogue
    request = Request(run="INC-20251123-030212", environment=environment)
    return make_plan(own.runbook(runbook), own.runbook, catalogue, request)


def question(plan: Plan, step: str) -> str:
    """Return what a step asks."""
    asked = plan.steps[step].step
    assert isinstance(asked, AskStep)
    return asked.ask


@pytest.mark.parametrize(("runbook", "step"), [(name, step) for name in ASKED for step in ASKED[name]])
def test_the_command_of_the_sandbox_gets_a_draft_and_stands_nowhere_else(runbook: str, step: str) -> None:
    """Else nobody could answer there truthfully whether a draft comes."""
    assert question(planned(runbook, "production"), step).startswith(
        "Write one message as a test customer in Chatwoot. Does a draft"
    )
    words = shlex.split(question(planned(runbook, "sandbox"), step).partition("answer): ")[2])
    data, url = words[words.index("--data-raw") + 1], words[words.index("--data-raw") + 2]
    assert "curl" == words[0]
    reply = Estate(healthy(START)).ask(AGENT, urlsplit(url.partition("}")[2] or url).path, json.loads(data))
    assert (200, "draft_ready") == (reply.status, json.loads(reply.body)["status"])
