"""Texts to copy: what is known is said, what is not is left for the sender to fill in."""

from __future__ import annotations

from engine.views.messages import opening, resolved, update
from engine.views.progress import board
from engine.views.report import report
from tests.views.story import PEOPLE, START, ended, plan, tell


def test_the_opening_has_every_field_of_the_template() -> None:
    """Id, severity, title, start, what users notice, current action, next update, owner."""
    assert (
        "[SEV-1] INC-20251123-030212: Agent service does not answer (production)\n"
        "Started: 2025-11-23 03:01:12 UTC\n"
        "Users notice: Draft replies stop.\n"
        "Runbook: agent-sdk-down\n"
        "Doing now: Look\n"
        "Next update: 2025-11-23 03:16:12 UTC\n"
        "Owner: reliability\n"
    ) == opening(board(tell()[:1], START))


def test_what_users_notice_is_never_guessed() -> None:
    """Without a word of the author, the sender is asked; a given text stands in."""
    at = board(tell(of=plan(impact=""))[:1], START)
    assert "Users notice: <what users notice>\n" in opening(at)
    assert "Users notice: no drafts\n" in opening(at, "no drafts")


def test_an_update_says_what_was_found_and_what_is_next() -> None:
    """Cause, failing and unknown checks, the open decision, no promise of an end."""
    happened = tell()
    cut = next(n for n, one in enumerate(happened) if getattr(one.event, "kind", "") == "confirm")
    text = update(board(happened[: cut + 1], happened[cut].at))
    assert "Found: crash loop right after a release\n" in text
    assert "Failing: health (502 in 38.2s, empty body)\n" in text
    assert "Not known: logs\n" in text
    assert "Doing now: Roll back (waiting for a decision: Roll back)\n" in text
    assert "Next: Recovered (3 passes 30s apart over 1m), resolved\n" in text
    assert "ETA: unknown\n" in text


def test_an_update_in_the_soak_says_how_far_it_is() -> None:
    """The number of passes so far, and the least time that is left."""
    happened = tell()
    cut = next(
        n for n, one in enumerate(happened) if getattr(one.event, "operation", "") == "recovered#1.2.health@1"
    )
    assert "Recovery: 1 of 3 passes, 1m left at least\n" in update(
        board(happened[: cut + 1], happened[cut].at)
    )


def test_the_closing_message_says_what_is_owed() -> None:
    """End, length, cause, changes, follow-up, head of the journal."""
    text = resolved(report(tell(), "f" * 64))
    assert text.startswith(
        "[SEV-1] INC-20251123-030212: Agent service does not answer (production): resolved\n"
    )
    assert "Ended: 2025-11-23 03:05:20 UTC after 4m8s\n" in text
    assert "Cause: crash loop right after a release\n" in text
    assert "Changed: roll back\n" in text
    assert "Follow-up: users affected; " in text
    assert f"head {'f' * 64}\n" in text


def test_an_end_that_is_not_resolved_says_so() -> None:
    """Escalated is not dressed up, and an unknown cause is for the sender."""
    text = resolved(report(tell({"look.release": [ended("pass", "v11")]}, people=PEOPLE), "f"))
    assert "(production): escalated\n" in text
    assert "Cause: <the root cause in one sentence>\n" in text
