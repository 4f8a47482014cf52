"""The mcp action: what a tool did, as far as it is certain."""

from __future__ import annotations

import pytest

from engine.kinds.actions.mcp import McpAction
from engine.kinds.ports import McpCall, McpFault, McpReply, NoAnswer
from engine.kinds.ports.mcp import NotAsked
from tests.kinds.fakes import FakeWorld, performed, run

ACTION = McpAction(mcp="fly/fly-machine-start", args={"id": "m1"})


def test_an_answer_is_done() -> None:
    """With the tool's text as fact and evidence."""
    done = performed(ACTION, McpReply("m1 has been started\n", False, 2.5))
    assert ("done", "fly-machine-start answered in 2.5s") == (done.outcome, done.summary)
    assert {"text": "m1 has been started\n", "is_error": False, "seconds": 2.5} == done.facts
    assert b"m1 has been started\n" == done.body


def test_an_answer_the_tool_calls_an_error_is_failed() -> None:
    """The summary quotes the tool."""
    done = performed(ACTION, McpReply("no such machine", True, 0.5))
    assert ("failed", "fly-machine-start says it failed: no such machine") == (done.outcome, done.summary)


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        (-32700, "failed"),
        (-32600, "failed"),
        (-32601, "failed"),
        (-32602, "failed"),
        (-32603, "unknown"),
        (-1, "unknown"),
    ],
)
def test_a_protocol_error_is_failed_only_when_the_tool_did_not_begin(code: int, outcome: str) -> None:
    """An error from inside the tool leaves open how far it got."""
    done = performed(ACTION, McpFault(code, "failed to execute\nOutput: x", 0.5))
    assert outcome == done.outcome
    assert f"fly-machine-start ended in an error of the server: failed to execute ({code})" == done.summary
    assert b"failed to execute\nOutput: x" == done.body


def test_what_came_before_the_tool_was_asked_is_failed() -> None:
    """A server that is silent, gone or in error at the greeting has changed nothing: that is certain."""
    silent = performed(ACTION, NotAsked("timeout", "no complete answer from MCP server fly within 2s", 2.0))
    assert (
        "failed",
        "fly-machine-start was not asked: no complete answer from MCP server fly within 2s",
    ) == (
        silent.outcome,
        silent.summary,
    )
    assert "failed" == performed(ACTION, McpFault(-32603, "not ready", 0.1, asked=False)).outcome


def test_no_answer_leaves_the_kind_as_it_is() -> None:
    """The performer makes *unknown* of it."""
    with pytest.raises(NoAnswer):
        performed(ACTION, NoAnswer("reset", "the connection was reset", 1.0))


def test_a_name_without_server_or_tool_is_refused() -> None:
    """At reading where it is written out; a reference that led nowhere fails without a call."""
    with pytest.raises(ValueError, match="write server/tool"):
        McpAction(mcp="fly-machine-start")
    assert "failed" == performed(McpAction(mcp="${service.tool}")).outcome


def test_the_tool_is_called_once() -> None:
    """By its exact name, within the timeout."""
    world = FakeWorld([McpReply("", False, 0.1)])
    run(ACTION.perform(world, 30.0))
    assert [McpCall("fly", "fly-machine-start", {"id": "m1"}, 30.0)] == world.calls
    assert "fly/fly-machine-start" == ACTION.target()
    assert ACTION.by_hand().endswith("--tool-name fly-machine-start --tool-arg id=m1")
