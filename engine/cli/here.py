"""Where and for whom this process works: the workspace, and the run it is about."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.app.workspace import Workspace
    from engine.core.events import Person
    from engine.core.state import RunState
    from engine.kinds.values import Json


@dataclass
class Here:
    """This process, as the commands see it; `run` is named when something goes wrong."""

    environ: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    run: str = ""
    said: str = ""
    """What was said with `--as`; empty where the shell or the settings say who is typing."""
    opening: bool = False
    """A first line stands on the screen that the real one will take the place of."""

    def open_with(self, text: str) -> None:
        """Show a first line at once, before anything heavy is imported."""
        dumb = self.environ.get("TERM", "dumb") == "dumb"
        self.opening = self.at_terminal and not dumb
        sys.stdout.write(f" {text}" if self.opening else f" {text}\n")
        sys.stdout.flush()

    def opened(self) -> None:
        """Take the first line away again."""
        if self.opening:
            self.opening = False
            try:
                sys.stdout.write("\r\x1b[K")
                sys.stdout.flush()
            except (OSError, ValueError):
                pass  # the terminal is gone

    @cached_property
    def workspace(self) -> Workspace:
        """Return the workspace of the current folder."""
        from engine.app.workspace import Workspace
        from engine.kinds.errors import UsageError

        try:
            folder = Path.cwd()
        except FileNotFoundError:
            raise UsageError("the current folder is gone", hint="cd to one that is there") from None
        return Workspace.find(folder, self.environ)

    def person(self, said: str) -> Person:
        """Return who is typing: --as, RUNBOOK_AS, or the account."""
        from engine.app.identity import person

        self.said = said
        return person(self.workspace, said)

    def named(self, state: RunState) -> str:
        """Return who a line offered here must name, for a run; empty where the shell says it."""
        from engine.app.identity import named

        return named(self.workspace, self.said, state.operator, state.plan.roles if state.plan else ())

    @property
    def at_terminal(self) -> bool:
        """Say whether a person reads the output as it comes."""
        return _is_terminal(sys.stdout)

    @property
    def keys(self) -> bool:
        """Say whether a person can press keys here."""
        return _is_terminal(sys.stdin)

    @property
    def colour(self) -> bool:
        """Say whether colour is wanted; nothing is ever said by colour alone."""
        return self.at_terminal and not self.environ.get("NO_COLOR") and self.environ.get("TERM") != "dumb"


def put(text: str) -> None:
    """Write a line of result to standard output."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def put_json(value: Json) -> None:
    """Write a result as one line of JSON."""
    put(json.dumps(value, ensure_ascii=False, separators=(",", ":")))


def put_as(output: str | None, value: Json, text: str) -> None:
    """Write a result as `--output` asks: data for programs, else text."""
    if output == "json":
        put_json(value)
    else:
        put(text)


def progress(text: str) -> None:
    """Write a line about what is going on to standard error; losing it stops nothing."""
    try:
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()
    except (OSError, ValueError):
        pass


def _is_terminal(stream: object) -> bool:
    try:
        return bool(stream is not None and stream.isatty())  # type: ignore[attr-defined]  # a closed or missing stream is none
    except (ValueError, OSError, AttributeError):
        return False
