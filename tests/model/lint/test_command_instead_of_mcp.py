"""Command lines where the policy wants an MCP server."""

from __future__ import annotations

import pytest

from tests.model.lint.files import found, wrong

RULE = "command-instead-of-mcp"
CATALOGUE = "guards: {access: {through_mcp: {flyctl: fly}}}"
WRONG = [
    (
        """
steps: {a: {check: {▶command: [timeout, '30', flyctl, deploy], read_only_because: it reads}, then: {any: escalated}}}
""",
        "'flyctl'",
    ),
    (
        """
steps: {a: {check: {▶command: 'echo $(flyctl status)', shell: true, read_only_because: it reads}, then: {any: escalated}}}
""",
        "'flyctl'",
    ),
    (
        """
steps: {a: {check: {▶command: [flyctl, status], read_only_because: it reads}, then: {any: escalated}}}
""",
        "what 'flyctl' does is asked of the MCP server 'fly'",
    ),
    (
        """
steps: {a: {action: {▶command: [/usr/local/bin/flyctl, machine, restart, m1], irreversible: sent}, then: escalated}}
""",
        "'flyctl'",
    ),
    (
        """
steps: {a: {check: {▶command: 'flyctl status | head', shell: true, read_only_because: it reads}, then: {any: escalated}}}
""",
        "'flyctl'",
    ),
]
RIGHT = [
    """
steps: {a: {check: {command: [echo, flyctl], read_only_because: it prints}, then: {any: escalated}}}
""",
    """
steps: {a: {check: {command: [git, log], read_only_because: it reads}, then: {any: escalated}}}
""",
    """
steps: {a: {check: {command: [git, log, flyctl], read_only_because: it reads}, then: {any: escalated}}}
""",
    """
steps:
  a:
    check: {mcp: fly/fly-status, read_only_because: it reads, by_hand: flyctl status}
    then: {any: escalated}
""",
]


@pytest.mark.parametrize(("text", "said"), WRONG)
def test_a_command_beside_the_server_is_found(text: str, said: str) -> None:
    """Each at its place, with what to do."""
    wrong(RULE, text, said, catalogue=CATALOGUE)


@pytest.mark.parametrize("text", RIGHT)
def test_a_tool_of_the_server_and_other_commands_are_in_order(text: str) -> None:
    """What a person types by hand is theirs."""
    assert () == found(RULE, text, catalogue=CATALOGUE)
