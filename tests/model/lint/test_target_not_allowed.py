"""Targets that the access lists refuse."""

from __future__ import annotations

import pytest

from tests.model.lint.files import found, wrong

RULE = "target-not-allowed"
CATALOGUE = """
environments: {production: {}, lab: {drills: true, real: false}}
services: {shop: {environments: {production: {url: 'https://shop.other.example', database: 'sqlite:///../elsewhere.db'}}}}
mcp:
  ours: {url: 'https://mcp.ours.example/mcp', tools: [t]}
  far: {url: 'https://mcp.other.example/mcp', tools: [t]}
  local: {command: [npx, server], tools: [t]}
  repository: {command: [git, log], tools: [t]}
channels:
  people: {type: webhook, url: 'https://chat.people.example'}
  desk: {type: webhook, url: 'http://localhost:4711/desk'}
guards:
  access:
    hosts: ['*.ours.example:443', 'db.ours.example:5432']
    commands: [{run: git, sub: [log], effects: [read]}]
    read: [/srv/logs]
"""
WRONG = [
    (
        """
steps: {a: {check: {http: ▶'https://other.example/health'}, then: {any: escalated}}}
""",
        "the host other.example is not on the list",
    ),
    (
        """
service: shop
steps: {a: {check: {http: ▶'${service.url}/health'}, then: {any: escalated}}}
""",
        "the host shop.other.example in production is not",
    ),
    ("steps: {a: {check: {http: ▶'http://127.0.0.1:4712/x'}, then: {any: escalated}}}", "127.0.0.1"),
    ("steps: {a: {check: {tcp: ▶'db.ours.example:22'}, then: {any: escalated}}}", "db.ours.example"),
    (
        """
steps: {a: {check: {▶command: [curl, 'https://x'], read_only_because: it reads}, then: {any: escalated}}}
""",
        "program curl is not on the list",
    ),
    (
        """
steps: {a: {check: {▶command: [git, push], read_only_because: it does not}, then: {any: escalated}}}
""",
        "'git push' is not on the list",
    ),
    (
        """
steps: {a: {action: {▶command: [git, log], irreversible: sent}, then: escalated}}
""",
        "may not be used to change",
    ),
    (
        """
steps: {a: {check: {command: 'ls | wc', ▶shell: true, read_only_because: it lists}, then: {any: escalated}}}
""",
        "no line for the shell",
    ),
    ("steps: {a: {check: {file: ▶/etc/shadow}, then: {any: escalated}}}", "outside the workspace"),
    ("steps: {a: {check: {file: ▶../secrets.env}, then: {any: escalated}}}", "outside the workspace"),
    (
        "steps: {a: {check: {sql: select 1, database: ▶'sqlite:////etc/other.db'}, then: {any: escalated}}}",
        "/etc/other.db is outside the workspace (guards.access.read)",
    ),
    (
        """
service: shop
steps: {a: {check: {sql: select 1, database: ▶'${service.database}'}, then: {any: escalated}}}
""",
        "../elsewhere.db is outside the workspace",
    ),
    (
        "steps: {a: {check: {mcp: ▶far/t, read_only_because: it reads}, then: {any: escalated}}}",
        "the host mcp.other.example is not on the list",
    ),
    (
        "steps: {a: {check: {mcp: ▶local/t, read_only_because: it reads}, then: {any: escalated}}}",
        "the server of the tool: program npx is not on the list",
    ),
    (
        "steps: {a: {action: {mcp: ▶repository/t, irreversible: sent}, then: escalated}}",
        "the server of the tool: 'git log' may not be used to change",
    ),
]
RIGHT = [
    """
steps: {a: {check: {http: 'https://api.ours.example/health'}, then: {any: escalated}}}
""",
    "steps: {a: {check: {tcp: 'db.ours.example:5432'}, then: {any: escalated}}}",
    """
steps: {a: {check: {command: [git, log, --oneline], read_only_because: it reads}, then: {any: escalated}}}
""",
    "steps: {a: {check: {file: reports/last.json}, then: {any: escalated}}}",
    "steps: {a: {check: {file: /srv/logs/today}, then: {any: escalated}}}",
    "steps: {a: {check: {sql: select 1, database: 'sqlite:///state/ours.db'}, then: {any: escalated}}}",
    "steps: {a: {check: {sql: select 1, database: 'sqlite:////srv/logs/ours.db'}, then: {any: escalated}}}",
    "steps: {a: {check: {mcp: ours/t, read_only_because: it reads}, then: {any: escalated}}}",
    "steps: {a: {check: {mcp: repository/t, read_only_because: it reads}, then: {any: escalated}}}",
    """
steps: {a: {check: {http: 'https://chat.people.example/x'}, then: {any: escalated}}}
""",
    "steps: {a: {check: {http: 'http://127.0.0.1:4711/x'}, then: {any: escalated}}}",
    """
environments: [lab]
steps: {a: {check: {http: 'https://other.example/health'}, then: {any: escalated}}}
""",
]


@pytest.mark.parametrize(("text", "said"), WRONG)
def test_a_target_that_the_lists_refuse_is_found(text: str, said: str) -> None:
    """Each at its place, with what to do."""
    wrong(RULE, text, said, catalogue=CATALOGUE)


@pytest.mark.parametrize("text", RIGHT)
def test_a_target_on_the_lists_is_in_order(text: str) -> None:
    """So is a place of the people, and what runs in drills alone, where only stand-ins are reached."""
    assert () == found(RULE, text, catalogue=CATALOGUE)
