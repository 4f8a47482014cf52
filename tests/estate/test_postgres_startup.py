"""What a broken database says before the first statement, byte for byte."""

from __future__ import annotations

import struct
import time

import pytest

from engine.estate.database import SqlError
from engine.estate.estate import apply
from engine.estate.fault import Fault
from engine.estate.healthy import healthy
from engine.estate.postgres_startup import (
    Welcome,
    cancelled,
    is_query,
    opening,
    patience,
    refusal,
    welcome,
    with_setting,
)
from engine.kinds.values import Json

BODY = struct.pack("!I", 196_608) + b"user\0sandbox\0\0"
STARTUP = struct.pack("!I", 4 + len(BODY)) + BODY


def met(kind: str, **params: Json) -> Welcome:
    """Return what a client meets under one fault of the database."""
    now = time.time()
    return welcome(apply(healthy(now), Fault("database", kind, params=params), now))


def test_on_a_good_day_it_is_let_in() -> None:
    """Nothing is refused, slow or read-only."""
    assert Welcome() == welcome(healthy(time.time()))


@pytest.mark.parametrize(
    ("kind", "params", "code", "words"),
    [
        ("database-full", {}, "53300", "sorry, too many clients already"),
        ("database-error", {}, "28P01", "password authentication failed"),
        ("database-error", {"code": "57P03", "message": "it is starting up"}, "57P03", "it is starting up"),
    ],
)
def test_a_database_that_lets_nobody_in_says_what_it_says_in_virtual_time(
    kind: str, params: dict[str, Json], code: str, words: str
) -> None:
    """The same code and words, and no second table of them."""
    refused = met(kind, **params).refused
    assert refused is not None
    assert (code, words) == (refused.code, refused.message)


def test_what_strikes_statements_refuses_no_connection() -> None:
    """It is slow, it reads only, or a table of it is locked."""
    assert Welcome(slow=7.0) == met("database-slow", seconds=7)
    assert Welcome(read_only=True) == met("database-read-only")
    assert Welcome() == met("database-locked")


def test_a_fault_of_another_service_is_none_of_the_database() -> None:
    """Only what strikes the database counts."""
    now = time.time()
    assert Welcome() == welcome(apply(healthy(now), Fault("supabase", "database-full"), now))


def test_a_refusal_is_a_fatal_error_response() -> None:
    """E, its length, then fields that each end with a zero, and a zero after all of them."""
    body = b"SFATAL\0VFATAL\0C53300\0Mfull\0\0"
    assert b"E" + struct.pack("!I", 4 + len(body)) + body == refusal(SqlError("53300", "full"))


def test_no_word_of_a_scenario_ends_a_field_early() -> None:
    """A zero in the words is left out."""
    assert refusal(SqlError("53300", "full")) == refusal(SqlError("53300", "fu\0ll"))


def test_a_cancelled_statement_leaves_the_connection_ready() -> None:
    """An error that is not fatal, then Z."""
    assert cancelled().startswith(b"E")
    assert b"SERROR\0" in cancelled()
    assert b"C57014\0" in cancelled()
    assert cancelled().endswith(b"Z\0\0\0\x05I")


@pytest.mark.parametrize(
    ("code", "expected"),
    [(196_608, "start"), (80_877_103, "encryption"), (80_877_104, "encryption"), (80_877_102, "other")],
)
def test_the_first_message_of_a_client_is_told_by_its_number(code: int, expected: str) -> None:
    """Version 3, TLS, GSS, and a request to cancel."""
    assert expected == opening(struct.pack("!II", 8, code))


def test_a_setting_is_added_to_what_a_client_says_first() -> None:
    """Its own come before it, and the length is right."""
    changed = with_setting(STARTUP, "default_transaction_read_only", "on")
    assert len(changed) == struct.unpack("!I", changed[:4])[0]
    assert b"user\0sandbox\0default_transaction_read_only\0on\0\0" == changed[8:]


def test_a_client_says_itself_how_long_a_statement_may_take() -> None:
    """In milliseconds; 0 and nothing mean for ever."""
    asked = b"Q\0\0\0\0begin;set local statement_timeout=1500;"
    assert is_query(asked)
    assert 1.5 == patience(asked)
    assert patience(b"Q set local statement_timeout=0") is None
    assert patience(b"Q select 1") is None
    assert not is_query(b"p\0\0\0\0")
