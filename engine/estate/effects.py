"""The effects log: one JSON line for every change, page and delivery that reached its target.

Written by the estate and not by the engine, so that a crash test can count what really happened.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from engine.estate.estate import EstateState
from engine.kinds.values import Instant, Json

FILE_NAME = "effects.jsonl"
_LONGEST = 4000
"""Characters of a delivery that are kept."""


class EffectsLog:
    """Appends what is new in the state, each time it is shown one."""

    def __init__(self, state_dir: Path) -> None:
        state_dir.mkdir(parents=True, exist_ok=True)
        self.path = state_dir / FILE_NAME
        self._file = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        self._changes = self._pages = self._deliveries = 0

    def skip(self, state: EstateState) -> None:
        """Take what is already in a state as known: it happened before the log began."""
        self._changes = len(state.changes)
        self._pages = len(state.pager.pages)
        self._deliveries = len(state.sink.taken)

    def show(self, state: EstateState) -> None:
        """Append every effect not written yet, before anyone is answered."""
        for change in state.changes[self._changes :]:
            self._write(change.at, change.machine, change.call, {"app": change.app, "by": change.by})
        for page in state.pager.pages[self._pages :]:
            more: dict[str, Json] = {"dedup_key": page.dedup_key, "summary": page.summary}
            self._write(page.at, "pagerduty", page.action, more)
        for taken in state.sink.taken[self._deliveries :]:
            said = taken.body.decode("utf-8", "replace")[:_LONGEST]
            self._write(
                taken.at, "webhook", "deliver", {"path": taken.path, "bytes": len(taken.body), "body": said}
            )
        self.skip(state)

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)

    def _write(self, at: float, target: str, call: str, more: dict[str, Json]) -> None:
        entry: dict[str, Json] = {"at": str(Instant(at)), "target": target, "call": call, **more}
        os.write(self._file, json.dumps(entry).encode() + b"\n")
