"""Supabase's advisors are asked through its MCP server, by one tool that reads; both shapes of its answer are read."""

from __future__ import annotations

import json

import pytest

from engine.kinds.checks.mcp import McpCheck
from engine.kinds.ports import McpReply
from engine.kinds.uses import CheckUse, judge
from engine.kinds.values import Json
from tests.content.harness import library
from tests.kinds.fakes import observed

ADVISORS = {
    "supabase-advisor": "performance",
    "deploy-security-advisor": "security",
    "rls-advisor": "security",
}
LINT: Json = {"name": "rls_disabled_in_public", "level": "ERROR"}


def use(name: str) -> CheckUse:
    """Return a check of the catalogue."""
    return library().catalogue.checks[name]


def test_the_advisors_are_asked_through_mcp_and_nowhere_else() -> None:
    """The vendor's own API of the same name is in no file."""
    for name, kind in ADVISORS.items():
        check = use(name).kind
        assert isinstance(check, McpCheck), name
        assert ("supabase/get_advisors", {"type": kind}) == (check.mcp, dict(check.args))
    others = [one.kind for name, one in library().catalogue.checks.items() if name not in ADVISORS]
    assert [] == [kind for kind in others if "advisors" in kind.target()]
    assert ("get_advisors",) == library().catalogue.mcp["supabase"].tools


@pytest.mark.parametrize("name", ADVISORS)
@pytest.mark.parametrize("wrapped", [True, False])
def test_an_answer_is_read_with_and_without_its_envelope(name: str, wrapped: bool) -> None:
    """Builds of the server differ in it."""

    def answered(*lints: Json) -> str:
        said: Json = {"lints": list(lints)}
        text = json.dumps({"result": said} if wrapped else said)
        return judge(use(name), observed(use(name).kind, McpReply(text, False, 0.3))).answer

    assert ("pass", "fail") == (answered(), answered(LINT))


@pytest.mark.parametrize("name", ADVISORS)
def test_a_token_that_is_refused_is_no_finding(name: str) -> None:
    """Unknown: nobody could look."""
    said = json.dumps({"error": {"name": "Error", "message": "Unauthorized."}})
    assert "unknown" == judge(use(name), observed(use(name).kind, McpReply(said, True, 0.3))).answer
