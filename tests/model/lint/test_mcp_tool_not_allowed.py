"""Tools that the catalogue does not allow."""

from __future__ import annotations

import pytest

from tests.model.lint.files import found, wrong

RULE = "mcp-tool-not-allowed"
CATALOGUE = "mcp: {fly: {url: 'http://127.0.0.1:8080', tools: [fly-status]}}"
WRONG = [
    (
        """
steps: {a: {check: {▶mcp: fly/fly-stats, read_only_because: it reads}, then: {any: escalated}}}
""",
        "did you mean 'fly-status'?",
    ),
    (
        """
steps: {a: {check: {▶mcp: flyy/fly-status, read_only_because: it reads}, then: {any: escalated}}}
""",
        "did you mean 'fly'?",
    ),
    (
        """
steps: {a: {action: {▶mcp: fly/fly-destroy, irreversible: gone}, then: escalated}}
""",
        "'fly-destroy' is not on the list",
    ),
    (
        "steps: {a: {check: {▶fly_machines: shop}, then: {any: escalated}}}",
        "is not on the list of the MCP server 'fly'",
    ),
]
RIGHT = [
    """
steps: {a: {check: {mcp: fly/fly-status, read_only_because: it reads}, then: {any: escalated}}}
""",
    "steps: {a: {check: {http: 'https://x.example'}, then: {any: escalated}}}",
    """
inputs: {tool: {title: Tool, default: fly/fly-status}}
steps: {a: {check: {mcp: '${inputs.tool}', read_only_because: it reads}, then: {any: escalated}}}
""",
]


@pytest.mark.parametrize(("text", "said"), WRONG)
def test_a_tool_that_is_not_allowed_is_found(text: str, said: str) -> None:
    """Each at its place, with what to do."""
    wrong(RULE, text, said, catalogue=CATALOGUE)


@pytest.mark.parametrize("text", RIGHT)
def test_a_tool_on_the_list_is_in_order(text: str) -> None:
    """What only a run knows is left to it."""
    assert () == found(RULE, text, catalogue=CATALOGUE)
