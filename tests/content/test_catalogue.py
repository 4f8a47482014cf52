"""The catalogue is whole: every service, where it drifts, every number with its source, every contradiction kept."""

from __future__ import annotations

import pytest

from tests.content.harness import library

CATALOGUE = library().catalogue
SERVICES = (
    "agent-service",
    "llamaindex-mcp",
    "dashboard",
    "chatwoot",
    "chatwoot-worker",
    "chatwoot-cache",
    "ga-mcp",
    "ga-mcp-old",
    "google-analytics",
    "staging-postgres",
    "supabase",
    "openai",
    "shopify",
    "ci",
    "github",
    "fly",
)
CONFLICTS = {
    "query-critical-for": ("10m", "5m"),
    "memory-warn-for": ("20m", "10m"),
    "pool-critical": ("80 %", "90 %"),
    "llamaindex-availability": ("99 %", "99.5 %"),
    "severity-scheme": ("SEV-1 to SEV-3", "P0 to P3"),
    "deploy-window": ("Central", "Pacific"),
    "agent-region": ("iad", "ord"),
    "production-app": ("hotdash-production", "hot-dash"),
    "agent-size": (512, "1024"),
    "staging-size": (1024, "2048"),
    "rule-fly-cli": ("never the fly command", "gives fly commands"),
    "rule-remote-change": ("no remote change", "asks for scaling"),
    "rule-runbook-folder": ("docs/runbooks/incidents/", "docs policy"),
    "rule-evidence-log": ("feedback/reliability.md", "<date>"),
    "p95-method": ("linear", "nearest rank"),
    "live-budget": ("800ms", "300ms"),
}
"""The team's known contradictions (machine sizes are two): what is used, and a word of what is kept beside it."""


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_says_what_it_is_whose_it_is_and_how_to_look_at_it(name: str) -> None:
    """A title, a description, an owner that is a role, and something to open or to ask."""
    service = CATALOGUE.services[name]
    assert service.title
    assert service.description
    assert service.owner in CATALOGUE.roles
    assert service.links or service.environments


def test_what_differs_between_declaration_and_observation_is_written_down() -> None:
    """Region and size of the agent service, size of the worker and of staging, and the health path."""
    drift = {
        (name, environment, key.removesuffix("_observed").replace("_observed_", "_"))
        for name, service in CATALOGUE.services.items()
        for environment, values in service.environments.items()
        for key in values
        if "_observed" in key
    }
    assert {
        ("agent-service", "production", "region"),
        ("agent-service", "production", "memory_mb"),
        ("chatwoot-worker", "production", "memory_mb"),
        ("dashboard", "staging", "memory_mb"),
    } <= drift
    chatwoot = CATALOGUE.services["chatwoot"].environments["production"]
    assert ("/api", "/rails/health") == (chatwoot["health"], chatwoot["health_declared"])


@pytest.mark.parametrize("name", ["agent-service", "llamaindex-mcp", "dashboard", "chatwoot", "ga-mcp"])
def test_an_app_of_ours_has_address_region_and_size(name: str) -> None:
    """What a look for drift compares with."""
    production = CATALOGUE.services[name].environments["production"]
    assert {"url", "app", "region", "memory_mb"} <= set(production)


def test_credentials_are_names_of_environment_variables() -> None:
    """No value, no path."""
    names = [name for service in CATALOGUE.services.values() for name in service.credentials]
    assert names
    assert [] == [name for name in names if not name.replace("_", "").isalnum() or not name.isupper()]


def test_every_number_has_a_title_and_a_source() -> None:
    """A number nobody can trace is an opinion."""
    assert [] == [name for name, one in CATALOGUE.thresholds.items() if not (one.title and one.source)]
    assert len(CATALOGUE.thresholds) > 150


@pytest.mark.parametrize("name", CONFLICTS)
def test_a_contradiction_is_decided_and_the_other_word_kept(name: str) -> None:
    """The first by precedence is used; what loses is still there to be read."""
    used, kept = CONFLICTS[name]
    threshold = CATALOGUE.thresholds[name]
    assert str(used) in str(threshold.value)
    assert any(str(kept) in one for one in threshold.conflicts)
