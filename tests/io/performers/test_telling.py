"""What the performer records of a message, and of a look at who acknowledged."""

from __future__ import annotations

import asyncio

import pytest

from engine.core.events import Asked, Ended
from engine.core.moves import Perform
from engine.io.evidence import MemoryEvidence
from engine.io.performers.live import LivePerformer
from engine.io.redaction import Redactor
from engine.kinds.ports import Acknowledgement, CannotLook, Message, NoAnswer
from engine.kinds.values import Instant
from tests.kinds.fakes import FakeWorld

SECRET = "t0ken-Zq81-xyz"


def performed(use: Message | Acknowledgement, reply: object) -> Ended:
    """Return what is recorded of one operation."""
    what = "message" if isinstance(use, Message) else "acknowledgement"
    asked = Asked(
        operation="o@1", step="s", item="page", what=what, title="t", target="page", args=None, digest="",
        due=Instant(0.0),
    )  # fmt: skip
    redactor = Redactor({"TOKEN": SECRET})
    world = FakeWorld(replies=[reply])  # type: ignore[list-item]
    return asyncio.run(
        LivePerformer(world, MemoryEvidence(redactor), redactor).perform(Perform(asked, use))  # type: ignore[arg-type]
    )


PAGE = Message("page", "k", "t", "b")
LOOK = Acknowledgement("page", "k")


@pytest.mark.parametrize(("said", "kept"), [(45.0, 45.0), (86_400.0, 600.0), (None, None)])
def test_how_long_a_channel_asks_us_to_wait_is_recorded_up_to_ten_minutes(
    said: float | None, kept: float | None
) -> None:
    """So that a resume honours it too."""
    ended = performed(PAGE, NoAnswer("garbled", "HTTP 429", 0.25, said))
    assert ("undelivered", "garbled", 0.25, kept) == (
        ended.outcome,
        ended.no_answer,
        ended.seconds,
        ended.retry_after,
    )


def test_a_refusal_for_good_is_told_apart_from_trouble() -> None:
    """It goes to the next channel at once."""
    ended = performed(PAGE, CannotLook("page answered HTTP 403"))
    assert ("undelivered", "page answered HTTP 403") == (ended.outcome, ended.cannot)


@pytest.mark.parametrize(
    ("reply", "outcome", "why"),
    [
        ("", "open", "nobody has acknowledged yet"),
        ("Eli", "acknowledged", "Eli acknowledged it in page"),
        (f"Eli {SECRET}", "acknowledged", "Eli «***TOKEN***» acknowledged it in page"),
        (NoAnswer("timeout", "no answer", 5.0), "unknown", "page: no answer"),
        (CannotLook("add api_url"), "unknown", "add api_url"),
    ],
)
def test_a_look_says_who_nobody_yet_or_not_known(reply: object, outcome: str, why: str) -> None:
    """A name is from outside, and redacted like everything."""
    ended = performed(LOOK, reply)
    assert (outcome, why) == (ended.outcome, ended.why)
