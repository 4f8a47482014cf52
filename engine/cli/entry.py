"""What is being typed or chosen below the rows: a line, or one key of a menu."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from engine.cli.line_editor import LineEditor

Menu = Mapping[str, tuple[str, Callable[[], None]]]
"""What each key says and does."""


@dataclass(slots=True)
class Entry:
    """At most one question of the terminal's own at a time; its answer goes to whoever asked."""

    notice: str = ""
    """The last thing to say about a key, for the footer."""
    _line: LineEditor | None = None
    _then: Callable[[str], None] | None = None
    _empty: str = ""
    """What an empty line means, where it does not give up what was being typed."""
    _menu: Menu = field(default_factory=dict)

    @property
    def typing(self) -> bool:
        """Say whether keys are letters of a line."""
        return self._line is not None

    @property
    def choosing(self) -> bool:
        """Say whether keys choose from a menu."""
        return bool(self._menu)

    def ask(self, question: str, then: Callable[[str], None], empty: str = "") -> None:
        """Ask for a line; an empty one is given up, unless `empty` says what it means."""
        self._line, self._then, self._empty = LineEditor(question), then, empty

    def offer(self, menu: Menu) -> None:
        """Offer keys; any other key goes back."""
        self._menu = menu

    def type(self, typed: str) -> None:
        """Take letters of the line; at its end, whoever asked goes on."""
        line, then = self._line, self._then
        outcome = line.type(typed) if line else "cancelled"
        if not outcome or line is None or then is None:
            return
        empty, self._line, self._then, self._empty = self._empty, None, None, ""
        text = " ".join(line.text.split())
        if outcome == "done" and (text or empty):
            then(text)
        else:
            self.notice = "nothing was recorded"

    def choose(self, key: str) -> None:
        """Take one key of the menu."""
        menu, self._menu = self._menu, {}
        if key in menu:
            menu[key][1]()

    def lines(self, width: int) -> tuple[str, ...]:
        """Return what is shown of it, nothing where nothing is being typed or chosen."""
        if self._line is not None:
            empty = f", an empty line {self._empty}" if self._empty else ""
            return (self._line.shown(width), f" Enter sends it{empty}, Esc gives it up")
        rows = tuple(f" [{key}] {words}" for key, (words, _) in self._menu.items())
        return (*rows, " any other key: back") if rows else ()
