"""Chatwoot's stand-in: an account that is not ours, an empty list, another version."""

from __future__ import annotations

import json

from engine.estate.chatwoot_app import NAME
from engine.estate.surroundings import Surroundings
from tests.estate.by_hand import Estate

TOKEN = {"api_access_token": "token"}
CONVERSATIONS = "/api/v1/accounts/1/conversations"


def test_a_token_may_be_taken_and_see_nothing_of_our_account(estate: Estate) -> None:
    """The profile is green, the list is not."""
    assert 200 == estate.ask(NAME, CONVERSATIONS, headers=TOKEN).status
    estate.strike(NAME, "chatwoot-other-account")
    assert 200 == estate.ask(NAME, "/api/v1/profile", headers=TOKEN).status
    assert 401 == estate.ask(NAME, CONVERSATIONS, headers=TOKEN).status


def test_an_empty_list_is_well(estate: Estate) -> None:
    """Nobody writes at night."""
    estate.strike(NAME, "chatwoot-no-conversations")
    body = json.loads(estate.ask(NAME, CONVERSATIONS, headers=TOKEN).body)
    assert (0, []) == (body["data"]["meta"]["all_count"], body["data"]["payload"])


def test_an_unpinned_tag_brings_another_version(estate: Estate) -> None:
    """Only /api says which."""
    estate.strike(NAME, "chatwoot-version", version="4.8.1")
    assert "4.8.1" == json.loads(estate.ask(NAME, "/api").body)["version"]


def test_what_a_process_is_told_survives_the_header() -> None:
    """On sockets it travels as one line."""
    around = Surroundings(foreign=True, quiet=True, version="4.8.1")
    assert around == Surroundings.load(around.dump())
