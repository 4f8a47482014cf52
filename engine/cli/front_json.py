"""The front of a run for programs: one event per line on standard output."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TextIO

from engine.core.events import Happened, type_of
from engine.core.state import RunState
from engine.io.drivers.live import LiveDriver
from engine.kinds import codec
from engine.kinds.errors import Exit
from engine.kinds.values import Json


def event_line(happened: Happened) -> str:
    """Return one event as a line of JSON."""
    by = happened.by
    record: Mapping[str, Json] = {
        "seq": happened.seq,
        "at": happened.at.plain(),
        "type": type_of(happened.event),
        "by": {"name": by.name, "role": by.role, "identity": by.identity, "via": by.via},
        "data": codec.plain(happened.event),
    }
    return json.dumps(record, ensure_ascii=False, separators=(",", ":"))


@dataclass(slots=True)
class JsonFront:
    """Writes events as they are recorded; `after` leaves out those of an earlier executor."""

    stream: TextIO
    after: int = 0
    waits: bool = False
    """Stay at a question until somebody answers from another terminal."""
    gone: bool = False
    interrupts: int = 0

    def watch(self, happened: Happened, state: RunState) -> None:
        """Write one event; a reader that is gone ends the output, never the run."""
        if self.gone or happened.seq <= self.after:
            return
        try:
            self.stream.write(f"{event_line(happened)}\n")
            self.stream.flush()
        except (OSError, ValueError):
            self.gone = True

    async def converse(self, driver: LiveDriver) -> None:
        """Say nothing: answers come from other terminals."""
        asyncio.get_running_loop().add_signal_handler(signal.SIGINT, self._interrupted, driver)
        await asyncio.Event().wait()

    def _interrupted(self, driver: LiveDriver) -> None:
        """Leave a run that can be resumed; at the third Ctrl-C at once, whatever is in the air."""
        self.interrupts += 1
        if self.interrupts >= 3:
            os._exit(Exit.INTERRUPTED)
        driver.interrupt("Ctrl-C")

    def attended(self) -> bool:
        """Say whether the run waits for answers."""
        return self.waits
