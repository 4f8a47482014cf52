"""Changes whose consent nobody can give, by default or by what the policy says."""

from __future__ import annotations

import pytest

from tests.model.lint.files import found, wrong

RULE = "change-nobody-may-decide"
STEPS = """
severity: SEV-1
steps:
  look: {check: {http: 'https://x.example/queue'}, then: {pass: false-alarm, any: drain}}
  drain:
    ▶action: {http: 'https://x.example/drain', operation: drain, irreversible: jobs are moved}
    then: {done: after, any: escalated}
  after: {check: {http: 'https://x.example/queue'}, then: {pass: mitigated, any: escalated}}
"""
HEAD = """
environments: {production: {title: Production}}
severities: {SEV-1: {meaning: down, respond: 5m, ladder: [{role: oncall, after: 0s}]}}
"""
NO_ROLES = """
environments: {production: {title: Production}}
"""
WRONG = [
    (
        f"{HEAD}roles: {{oncall: {{}}, lead: {{approves: [deploy], channel: page}}}}",
        "'drain' cannot go ahead in production: 'drain' needs the approval of 'manager', which is asked",
    ),
    (
        f"{HEAD}roles: {{oncall: {{}}}}",
        "[let a role approve it ('approves: [drain]'), or add the role 'manager', with a channel]",
    ),
    (NO_ROLES, "needs the approval of 'manager'"),
    (
        f"{NO_ROLES}policy: [{{consent: approve, role: boss}}]",
        "needs the approval of 'boss' and the catalogue",
    ),
    (
        f"{HEAD}roles: {{oncall: {{}}, lead: {{may: [drain]}}}}\npolicy: [{{consent: confirm}}]",
        "needs the approval of 'manager'",
    ),
    (
        f"{HEAD}roles: {{oncall: {{}}, lead: {{approves: [drain], channel: page}}}}\npeople: {{ann: {{role: oncall}}}}",
        "nobody under 'people' is one",
    ),
    (f"{HEAD}roles: {{oncall: {{}}, lead: {{approves: [drain]}}}}", "whom no channel reaches"),
    (
        f"{HEAD}roles: {{oncall: {{may: [drain]}}, lead: {{}}}}\npolicy: [{{consent: approve, operations: [drain]}}]",
        "needs the approval of 'manager'",
    ),
]
RIGHT = [
    f"{HEAD}roles: {{oncall: {{}}, lead: {{approves: [drain], channel: page}}}}",
    f"{HEAD}roles: {{oncall: {{}}, lead: {{approves: [any], channel: page}}}}",
    f"{HEAD}roles: {{oncall: {{may: [drain]}}}}",
    f"{HEAD}roles: {{oncall: {{}}, manager: {{channel: page}}}}",
    f"{NO_ROLES}roles: {{oncall: {{}}, lead: {{may: [drain]}}}}",
    f"{NO_ROLES}policy: [{{consent: none}}]",
    f"{NO_ROLES}policy: [{{consent: refuse}}]",
    "",
]


def channels(catalogue: str) -> str:
    """Return a catalogue with the channel that its roles name."""
    pages = "\nchannels: {page: {type: webhook, url: 'https://x.example/page'}}\n"
    return catalogue + pages if "page" in catalogue else catalogue


@pytest.mark.parametrize(("catalogue", "said"), WRONG)
def test_a_change_that_waits_for_nobody_is_found(catalogue: str, said: str) -> None:
    """At the action, with whose consent is missing and what to do."""
    wrong(RULE, STEPS, said, catalogue=channels(catalogue))


@pytest.mark.parametrize("catalogue", RIGHT)
def test_a_change_that_somebody_may_decide_is_right(catalogue: str) -> None:
    """Alone, by an approval, or because nobody is asked; a workspace without environments runs nothing."""
    assert () == found(RULE, STEPS.replace("▶", ""), catalogue=channels(catalogue))
