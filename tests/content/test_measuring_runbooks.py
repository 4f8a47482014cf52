"""Smoke, memory, readiness and pace: they read before they ask, and what they say was measured was."""

from __future__ import annotations

import pytest

from engine.core.events import Asked, Ended, Prompted
from engine.kinds.checks.samples import SamplesCheck
from tests.content.harness import at, case, drilled, library, one_worker, runbook_of, settled

READING = ("chatwoot-smoke", "ga-mcp-readiness", "performance-baseline")
OF_READING = [
    case(name) for name in sorted(library().workspace.scenario_files()) if runbook_of(name) in READING
]
OF_MEMORY = [
    case(name)
    for name in sorted(library().workspace.scenario_files())
    if runbook_of(name) == "chatwoot-memory"
]


@pytest.mark.parametrize("name", OF_READING)
def test_what_only_measures_changes_nothing_itself(name: str) -> None:
    """A change is made by the incident's own runbook, in its own scope."""
    asked = [one.event for one in drilled(name).happened if isinstance(one.event, Asked)]
    assert [] == [one.step for one in asked if one.what == "action" and "/" not in one.step]


@pytest.mark.parametrize("name", OF_MEMORY)
def test_a_size_is_asked_for_only_after_the_path_was_read(name: str) -> None:
    """A deploy brings the whole file along, and a page for a size needs evidence from before."""
    run = drilled(name)
    steps = [one.step for one in settled(run)]
    for change in {"deploy", "machine"} & set(steps):
        assert at(run, "look") <= at(run, "config") <= at(run, change)
    if "tell" in steps:
        assert at(run, "after") < at(run, "half-hour")


@one_worker("performance-baseline")
@pytest.mark.parametrize(
    ("name", "refused", "taken"),
    [
        ("pace-token-refused", "list", "api"),
        ("pace-rag-fails", "rag", "approvals"),
        ("pace-chatwoot-failing", "api", "live"),
    ],
)
def test_a_quick_refusal_is_in_no_percentile(name: str, refused: str, taken: str) -> None:
    """All of its tries came in time, and none of them was good."""
    found = {
        one.event.operation.partition(".")[2].partition("@")[0]: one.event
        for one in reversed(drilled(name).happened)
        if isinstance(one.event, Ended) and one.event.operation.startswith("measure#")
    }
    named = {key.partition("-")[0].partition("#")[0]: one for key, one in found.items()}
    assert ("fail", 0) == (named[refused].outcome, named[refused].facts["ok"])
    assert "p95" not in named[refused].facts
    assert named[taken].facts["ok_share"] == 1
    assert {"p95", "method"} <= set(named[taken].facts)


@one_worker("ga-mcp-readiness")
def test_blocked_pages_nobody() -> None:
    """A missing credential is asked for once; it wakes no engineer."""
    for name in ("analytics-blocked", "analytics-secret-missing", "analytics-key-empty"):
        steps = {one.step for one in settled(drilled(name))}
        assert "missing" in steps
        assert not {"engineer", "manager"} & steps


def test_every_route_is_measured_often_enough_to_be_compared() -> None:
    """Ten good tries and more, warm, with a budget for their P95."""
    routes = {name: one for name, one in library().catalogue.checks.items() if name.startswith("route-")}
    assert 7 == len(routes)
    for use in routes.values():
        assert isinstance(use.kind, SamplesCheck)
        assert use.kind.n >= 10 and use.kind.warm_up >= 1
        assert {"ok_share", "p95"} <= set(use.expect)


@pytest.mark.parametrize(
    "name",
    [
        case(name)
        for name in ("smoke-other-version", "memory-not-raised", "pace-quicker", "analytics-blocked")
    ],
)
def test_whoever_asks_is_told_what_was_seen(name: str) -> None:
    """No question of these runbooks shows a raw reference."""
    asked = [one.event.text for one in drilled(name).happened if isinstance(one.event, Prompted)]
    assert asked
    assert [] == [text for text in asked if "${" in text]
