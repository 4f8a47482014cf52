"""Rows of messages: who was told, who was not, and the banner while nobody could be."""

from __future__ import annotations

import pytest

from engine.core.events import Asked, Ended
from engine.core.run_state import Operation
from engine.kinds.values import Instant
from engine.render.row import Layout, Row
from engine.render.told_rows import message_rows, nobody_told
from engine.views.paging import Unheard

NOW = Instant.parse("2025-11-23T03:02:12Z")


def rows(
    step: str,
    item: str,
    outcome: str,
    what: str = "message",
    title: str = "tell room",
    why: str = "because",
    **args: str,
) -> list[Row]:
    """Return the rows of one try."""
    asked = Asked(
        operation="o",
        step=step,
        item=item,
        what=what,
        title=title,
        target="page",
        args=dict(args),
        digest="",
        due=NOW,
    )
    return list(message_rows(Operation(asked, NOW), Ended(operation="o", outcome=outcome, why=why)))


@pytest.mark.parametrize(
    ("step", "item", "outcome", "tag", "text"),
    [
        ("!ladder", "engineer", "delivered", "PAGED", "engineer: because"),
        ("!ladder", "engineer", "undelivered", "NOT TOLD", "engineer: because"),
        ("help", "page", "delivered", "PAGED", "room: because"),
        ("say", "message", "delivered", "TOLD", "room: because"),
        ("!announce", "start", "delivered", "ANNOUNCED", "room: because"),
        ("!updates", "2", "delivered", "UPDATE", "status update 2 delivered to room"),
        ("!updates", "2", "undelivered", "NOT TOLD", "room, status update 2: because"),
    ],
)
def test_a_message_is_a_row_of_its_own_kind(step: str, item: str, outcome: str, tag: str, text: str) -> None:
    """A status update is no page."""
    (row,) = rows(step, item, outcome)
    assert (tag, text) == (row.tag, row.text)


def test_a_try_that_fails_as_the_one_before_it_is_no_second_row() -> None:
    """Another reason is, and so is the delivery."""
    asked = Asked(
        operation="o2", step="!ladder", item="engineer", what="message", title="tell room", target="page",
        args={}, digest="", due=NOW, attempt=2,
    )  # fmt: skip
    refused = Ended(operation="o1", outcome="undelivered", why="refused")

    def told(outcome: str, why: str) -> list[str]:
        ended = Ended(operation="o2", outcome=outcome, why=why)
        return [f"{row.tag} {row.text}" for row in message_rows(Operation(asked, NOW), ended, refused)]

    assert [] == told("undelivered", "refused")
    assert ["NOT TOLD engineer (try 2): room: refused"] == told("undelivered", "room: refused")
    assert ["PAGED engineer (try 2): refused"] == told("delivered", "refused")


def test_a_delivery_says_nothing_of_http_and_a_failed_one_does() -> None:
    """Who reads it wants to know that it came; who mends it, why it did not."""
    (row,) = rows("!announce", "start", "delivered", why="delivered by room: HTTP 200")
    assert "room: delivered by room" == row.text
    (row,) = rows("!updates", "3", "undelivered", why="room: HTTP 503")
    assert "room, status update 3: room: HTTP 503" == row.text


@pytest.mark.parametrize(
    ("action", "outcome", "tag"),
    [
        ("resolve", "delivered", "RESOLVED"),
        ("resolve", "undelivered", "UNRESOLVED"),
        ("acknowledge", "delivered", "TAKEN UP"),
        ("acknowledge", "undelivered", "NOT TAKEN"),
    ],
)
def test_what_became_of_an_incident_is_said_with_its_key(action: str, outcome: str, tag: str) -> None:
    """It tells nobody, so it is no page."""
    (row,) = rows("!incident", "x", outcome, title=f"{action} k/1", action=action)
    assert tag == row.tag
    assert row.text.startswith("incident k/1: ")


def test_a_look_is_a_row_only_when_it_saw_somebody() -> None:
    """Every ten seconds would be noise."""
    assert [] == rows("help", "seen", "open", what="acknowledgement")
    (row,) = rows("help", "seen", "acknowledged", what="acknowledgement")
    assert ("ANSWERED", "because") == (row.tag, row.text)


def test_the_banner_says_whom_to_call_and_how() -> None:
    """Nothing else at three in the morning."""
    engineer = Unheard("engineer", NOW, 4, "refused", NOW.after(60), "by phone, second level")
    manager = Unheard("manager", NOW, 1, "HTTP 403", None, "")
    text = "\n".join(Layout(100).lines(nobody_told((engineer, manager))))
    assert "NOBODY" in text
    assert "engineer  since 03:02:12Z, tried 4x, tried again 03:03:12Z; by phone, second level" in text
    assert "manager   since 03:02:12Z, tried 1x, not tried again" in text
    assert () == nobody_told(())
