"""The fly_secrets check: names, never values."""

from __future__ import annotations

import pytest

from engine.kinds.checks.fly_secrets import FlySecretsCheck
from engine.kinds.ports import McpCall, McpReply
from engine.kinds.uses import CheckUse, judge
from engine.kinds.values import Json
from tests.kinds.fakes import FakeWorld, observed, printed, run
from tests.kinds.fly import NOTICE

CHECK = FlySecretsCheck(fly_secrets="shop", need=("PG_URL", "OPENAI_API_KEY"))
SET: Json = [{"name": "PG_URL", "digest": "d1g35t-1"}, {"Name": "OPENAI_API_KEY", "Digest": "d1g35t-2"}]


def test_all_needed_secrets_pass() -> None:
    """Both spellings of the keys are read."""
    seen = observed(CHECK, printed(SET, NOTICE))
    assert {"names": ["OPENAI_API_KEY", "PG_URL"], "missing": [], "count": 2} == seen.facts
    assert set(CHECK.fact_names) == set(seen.facts)
    assert "pass" == judge(CheckUse(kind=CHECK), seen).answer
    assert "2 secrets set, PG_URL, OPENAI_API_KEY among them" == seen.summary


def test_a_missing_secret_fails_by_name() -> None:
    """The verdict names it."""
    seen = observed(CHECK, printed([{"name": "PG_URL", "digest": "d1g35t"}]))
    verdict = judge(CheckUse(kind=CHECK), seen)
    assert ("fail", ["OPENAI_API_KEY"]) == (verdict.answer, verdict.facts["missing"])
    assert "1 secret set, missing OPENAI_API_KEY" == seen.summary


def test_an_app_without_secrets_lacks_all() -> None:
    """An empty list is an answer."""
    assert ["PG_URL", "OPENAI_API_KEY"] == observed(CHECK, printed([])).facts["missing"]


@pytest.mark.parametrize(
    "reply", [printed(SET), printed([{"digest": "d1g35t"}]), McpReply("d1g35t", True, 0.1)]
)
def test_not_even_a_digest_is_kept(reply: McpReply) -> None:
    """Neither facts nor evidence hold more than names."""
    seen = observed(CHECK, reply)
    assert "d1g35t" not in f"{seen.facts} {seen.body!r} {seen.summary}"


def test_what_is_no_list_of_names_is_unknown() -> None:
    """A list of something else lets us say nothing."""
    seen = observed(CHECK, printed([{"key": "PG_URL"}]))
    assert "unknown" == judge(CheckUse(kind=CHECK), seen).answer


def test_the_server_is_asked_for_the_app() -> None:
    """By the tool's exact name and argument."""
    world = FakeWorld([printed(SET)])
    run(CHECK.observe(world, 9.0))
    assert [McpCall("fly", "fly-secrets-list", {"app": "shop"}, 9.0)] == world.calls
    assert "fly/fly-secrets-list" == CHECK.target()
    assert CHECK.by_hand().endswith("--tool-name fly-secrets-list --tool-arg app=shop")
