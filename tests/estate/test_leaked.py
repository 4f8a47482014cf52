"""A leaked value is taken until it is revoked, and nowhere but where it was given out; a new one restarts."""

from __future__ import annotations

import json

import pytest

from engine.app.sandbox import secrets
from engine.estate.estate import AGENT, LLAMAINDEX
from engine.estate.leaked import VALUE
from tests.estate.by_hand import Estate

LEAKED = {"authorization": f"Bearer {VALUE}", "apikey": VALUE}
PLACES = [
    ("openai", "/v1/models"),
    ("machines-api", f"/v1/apps/{AGENT}/machines"),
    ("supabase", "/rest/v1/x"),
]


def test_it_is_what_drills_make_up_for_the_old_value() -> None:
    """Else a drill would never meet it."""
    assert {"LEAKED_VALUE": VALUE} == secrets(["LEAKED_VALUE"])


@pytest.mark.parametrize(("service", "target"), PLACES)
def test_a_leaked_value_is_refused_unless_it_was_not_revoked_there_yet(
    estate: Estate, service: str, target: str
) -> None:
    """401 at every other service; other values are taken all the time."""
    good = {"authorization": "Bearer new", "apikey": "new"}
    assert [401, 200] == [estate.ask(service, target, headers=one).status for one in (LEAKED, good)]
    estate.strike(service, "secret-leaked")
    assert [200, 200] == [estate.ask(service, target, headers=one).status for one in (LEAKED, good)]
    others = [(name, path) for name, path in PLACES if name != service]
    assert [401, 401] == [estate.ask(name, path, headers=LEAKED).status for name, path in others]


def test_the_rest_api_tells_a_bad_key_from_a_database_that_is_away(estate: Estate) -> None:
    """401 is the key, 503 with PGRST002 is not."""
    key = {"apikey": "k"}
    assert (401, 200) == (
        estate.ask("supabase", "/rest/v1/facts").status,
        estate.ask("supabase", "/rest/v1/facts", headers=key).status,
    )
    estate.strike("database", "database-away")
    away = estate.ask("supabase", "/rest/v1/facts", headers=key)
    assert (503, "PGRST002") == (away.status, json.loads(away.body)["code"])


def test_a_secret_that_is_set_has_another_digest_and_restarts_every_machine(estate: Estate) -> None:
    """The others keep theirs; nobody's API call did it."""
    before = estate.state.fly.app(LLAMAINDEX)
    estate.strike(LLAMAINDEX, "secret-set", secret="SUPABASE_SERVICE_KEY")
    after = estate.state.fly.app(LLAMAINDEX)
    assert before is not None and after is not None
    was = {one.name: one.digest for one in before.secrets}
    now = {one.name: one.digest for one in after.secrets}
    assert {"SUPABASE_SERVICE_KEY"} == {name for name in was if was[name] != now[name]}
    assert set(was) == set(now)
    assert all(a.boots < b.boots for a, b in zip(before.machines, after.machines, strict=True))
    assert {} == estate.state.counts()
