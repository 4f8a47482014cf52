"""The mcp check: a tool that reads."""

from __future__ import annotations

import pytest

from engine.kinds.checks.mcp import McpCheck
from engine.kinds.matchers import Matcher
from engine.kinds.ports import CannotLook, McpCall, McpFault, McpReply
from engine.kinds.uses import CheckUse, judge
from engine.kinds.values import Json
from tests.kinds.fakes import FakeWorld, observed, printed, run

CHECK = McpCheck(mcp="fly/fly-status", args={"app": "shop"}, read_only_because="it prints the status")
NOTICE = 'Update available 0.3.192 -> v0.3.195.\nRun "fly version update" to upgrade.\n'


def test_an_answer_passes_and_gives_every_fact() -> None:
    """The JSON after an upgrade notice is found, the text is kept whole."""
    reply = printed({"Name": "shop", "Deployed": True}, NOTICE)
    seen = observed(CHECK, reply)
    assert {
        "text": reply.text,
        "is_error": False,
        "seconds": 0.6,
        "json": {"Name": "shop", "Deployed": True},
    } == seen.facts
    assert set(CHECK.fact_names) - {"structured"} == set(seen.facts)
    assert ("pass", "fly-status answered in 600ms") == (
        judge(CheckUse(kind=CHECK), seen).answer,
        seen.summary,
    )


@pytest.mark.parametrize("data", [{"machines": 3}, [1, 2], 3, "text", False, {}])
def test_the_answer_as_data_is_a_fact_of_its_own(data: Json) -> None:
    """Whatever JSON it is; a tool that gives none has no such fact, and an expectation on it is unknown."""
    seen = observed(CHECK, McpReply("three", False, 0.1, data))
    assert data == seen.facts["structured"]
    use = CheckUse(kind=CHECK, expect={"structured.machines": Matcher.parse(3)})
    assert ("pass" if data == {"machines": 3} else "unknown") == judge(use, seen).answer
    assert "unknown" == judge(use, observed(CHECK, McpReply("three", False, 0.1))).answer


def test_the_first_use_of_a_stdio_server_shows_its_whole_command() -> None:
    """In the summary, which is recorded and shown; also where the tool failed."""
    line = "npx -y @acme/server --stdio " + "x" * 300
    assert f"fly-status answered in 200ms (started: {line})" == (
        observed(CHECK, McpReply("ok", False, 0.2, None, line)).summary
    )
    assert f"fly-status says it failed: no (started: {line})" == (
        observed(CHECK, McpReply("no", True, 0.2, None, line)).summary
    )


def test_an_answer_the_tool_calls_an_error_fails() -> None:
    """is_error is the default expectation, and the summary quotes the first line."""
    seen = observed(CHECK, McpReply("\nCannot find module 'dist/cli.js'\n at x", True, 0.2))
    assert "fail" == judge(CheckUse(kind=CHECK), seen).answer
    assert "fly-status says it failed: Cannot find module 'dist/cli.js'" == seen.summary


@pytest.mark.parametrize(
    ("text", "json"),
    [
        ('{"a": 1}', {"a": 1}),
        ("notice\n[1, 2]\nwarning: {odd}", [1, 2]),
        ("notice [x] on one line {\n" + '{"a": {}}', {"a": {}}),
        ('notice on the same line {"a": 1}\n', {"a": 1}),
        ("2025-10-11T20:08:04Z app[148e21] ord [info]up", None),
        ("no data at all", None),
        ('[\n    {\n        "cut": "off', None),
        ('[\n    {\n        "a": 1\n    },\n    {"cut', None),
        ("[warn] look\n" + '{"a": 2}', {"a": 2}),
    ],
)
def test_json_is_found_between_notices_and_nowhere_else(text: str, json: Json) -> None:
    """The first line that begins JSON decides; brackets of a log line do not, nor does a part."""
    assert json == observed(CHECK, McpReply(text, False, 0.1)).facts.get("json")


def test_server_tool_and_arguments_are_called_within_the_timeout() -> None:
    """The tool's own name may hold a slash."""
    world = FakeWorld([printed({})])
    run(McpCheck(mcp="rag/a/b", args={"q": "x"}, read_only_because="a query").observe(world, 5.0))
    assert [McpCall("rag", "a/b", {"q": "x"}, 5.0)] == world.calls


def test_a_protocol_error_leaves_the_kind_as_it_is() -> None:
    """The performer makes *unknown* of it."""
    with pytest.raises(McpFault):
        observed(CHECK, McpFault(-32603, "exit status 1", 0.4))


def test_a_reason_for_being_read_only_is_required() -> None:
    """A tool's own hints are claims."""
    with pytest.raises(ValueError, match="fly/fly-status needs 'read_only_because'"):
        McpCheck(mcp="fly/fly-status")


def test_a_name_without_server_or_tool_is_refused() -> None:
    """At reading where it is written out, at looking where it was a reference."""
    with pytest.raises(ValueError, match="write server/tool"):
        McpCheck(mcp="fly-status", read_only_because="it reads")
    with pytest.raises(CannotLook):
        observed(McpCheck(mcp="${service.tool}", read_only_because="it reads"))


def test_by_hand_is_the_protocols_inspector() -> None:
    """Texts that look like JSON are written as JSON text, so that they stay text."""
    args: dict[str, Json] = {"app": "it's", "id": "12", "topK": 1, "full": True}
    check = McpCheck(mcp="llama-index/query", args=args, read_only_because="a query")
    assert (
        'npx -y @modelcontextprotocol/inspector --cli "$LLAMA_INDEX_MCP_URL" --transport http '
        "--method tools/call --tool-name query --tool-arg 'app=it'\\''s' "
        "--tool-arg 'id=\"12\"' --tool-arg topK=1 --tool-arg full=true"
    ) == check.by_hand()
