"""Keys as they are pressed: the terminal in cbreak mode, restored whatever happens.

Rules:
1. Ctrl-C stays a signal; everything else arrives at once, unechoed.
2. The old mode comes back at the end, at exit and before the process stops itself (Ctrl-Z comes back here).
3. What arrives in one piece is told as one piece: several characters at once are a paste, not keys.
"""

from __future__ import annotations

import atexit
import codecs
import contextlib
import os
import re
import termios
import tty
from typing import Any, Self

_SEQUENCE = re.compile(r"\x1b(?:\[[0-9;?]*[ -/]*[@-~]|O.)")


class Keyboard:
    """The keys of one terminal; use as a context manager."""

    def __init__(self, fd: int) -> None:
        self.fd = fd
        self._before: list[Any] | None = None
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode

    def __enter__(self) -> Self:
        self.grab()
        atexit.register(self.restore)
        return self

    def __exit__(self, *_: object) -> None:
        self.restore()
        atexit.unregister(self.restore)

    def grab(self) -> None:
        """Take the keys; also after the process was stopped and continues."""
        try:
            if self._before is None:
                self._before = termios.tcgetattr(self.fd)
            tty.setcbreak(self.fd, termios.TCSANOW)
        except (termios.error, OSError):
            self._before = None

    def restore(self) -> None:
        """Give the terminal back as it was; a second time does nothing."""
        before, self._before = self._before, None
        if before is not None:
            with contextlib.suppress(termios.error, OSError):  # the terminal may be gone
                termios.tcsetattr(self.fd, termios.TCSANOW, before)

    def read(self) -> str | None:
        """Return what was typed, without cursor keys and the like; None when the terminal is gone."""
        try:
            data = os.read(self.fd, 4096)
        except (BlockingIOError, InterruptedError):
            return ""
        except OSError:
            return None
        return _SEQUENCE.sub("", self._decode(data)) if data else None
