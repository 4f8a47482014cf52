"""What our own tables say in virtual time: one row of figures for a statement on facts, decisions and jobs.

As with the database's own statistics, a statement is answered by the names of its columns, and a fault
`database-shows` changes figures. Ages are in seconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from engine.kinds.values import Json

FIGURES: Final[Mapping[str, Json]] = {
    # one object, as the catalogue of Postgres knows it
    "object_found": "decision_sync_events",
    "object_is": "view",
    "row_security": True,
    "policies": 2,
    "invoker": False,
    # facts, by topic
    "sales_age": 140,
    "fulfillment_age": 150,
    "escalations_age": 80,
    "opened_age": 600,
    "facts_day": 610,
    "mocked_hour": 0,
    # the log that occ-log writes
    "logged_age": 45,
    # scheduled jobs
    "nightly_age": 7300,
    "jobs_failed": 0,
    "job_failed": None,
    "job_said": None,
    "jobs_paused": 0,
    "purged_rows": 120,
    "purged_usual": 118,
    "purged_too_much": False,
    "purge_job": 2,
    "purge_name": "purge_dashboard_data",
    # migrations
    "migrations": 24,
    "migrated_age": 500_000,
    "migration": "20251117093000",
    # decisions and their events
    "decisions": 14,
    "decisions_synced": 14,
    "decisions_lost": 0,
    # the window of the sync
    "sync_n": 18,
    "sync_failed_percent": 0.0,
    "sync_p95_ms": 412.5,
    "sync_p95_nearest_ms": 430.1,
    "sync_zero": 0,
    "sync_newest_age": 310,
    "sync_third_tries": 0,
    "sync_code": None,
    "sync_code_count": 0,
    "sync_scope": None,
    # dead letters
    "dead_letters": 0,
    "webhook_retries": 2,
    # what cannot be true
    "duplicate_facts": 0,
    "empty_facts": 0,
    "future_facts": 0,
    "strange_statuses": 0,
    "negative_durations": 0,
    "orphaned_events": 0,
    # approvals that wait
    "approvals_pending": 3,
    "approvals_handled": 28,
    "oldest_pending": 900,
    # what people do: a week of sessions and decisions, a day of approvals
    "sessions_day": 9,
    "sessions_week": 52,
    "ceo_sessions_week": 4,
    "sessions_without_role": 0,
    "sessions_by_role": {"operator": 41, "ceo": 4, "manager": 7},
    "approvals_per_hour": 1.2,
    "approvals_busiest_hour": 5,
    "decisions_week": 96,
    "decisions_by_action": {"approve": 70, "edit": 18, "dismiss": 8},
    # yesterday against the same weekday
    "history_n": 8,
    "decisions_yesterday": 15,
    "decisions_usual": 14.0,
    "deviations": 0.5,
    # what a change brings
    "reloaded": "",
}
