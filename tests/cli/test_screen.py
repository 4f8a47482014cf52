"""Rows stay, the footer is drawn again; a terminal is imitated line by line."""

from __future__ import annotations

import io
import re

from engine.cli.screen import Screen
from engine.render.row import Row

MOVE = re.compile(r"\r\x1b\[(\d+)A\x1b\[J")


class Glass:
    """What a terminal shows of what is written to it."""

    def __init__(self, width: int) -> None:
        self.width = width
        self.stream = io.StringIO()

    def lines(self) -> list[str]:
        """Play everything written so far."""
        shown: list[str] = []
        rest = self.stream.getvalue()
        while rest:
            match = MOVE.match(rest)
            if match:
                del shown[len(shown) - int(match[1]) :]
                rest = rest[match.end() :]
                continue
            line, _, rest = rest.partition("\n")
            assert "\x1b" not in line
            shown += [line[at : at + self.width] for at in range(0, max(1, len(line)), self.width)]
        return shown


def test_rows_come_above_the_footer_and_the_footer_stays_last() -> None:
    """Appending erases the footer and draws it again below."""
    glass = Glass(40)
    screen = Screen(glass.stream, lambda: 40)
    screen.footer(["one", "two"])
    screen.add([Row(text="first")])
    screen.footer(["three"])
    screen.add([Row(text="second")])
    assert [" first", " second", "three"] == glass.lines()
    screen.close()
    assert [" first", " second"] == glass.lines()


def test_a_footer_that_says_the_same_is_not_drawn_again() -> None:
    """A clock that has not moved writes nothing."""
    glass = Glass(40)
    screen = Screen(glass.stream, lambda: 40)
    screen.footer(["one"])
    written = glass.stream.getvalue()
    screen.footer(["one"])
    assert written == glass.stream.getvalue()


def test_a_narrower_terminal_has_broken_the_footer_and_all_of_it_is_erased() -> None:
    """What was drawn at 40 cells takes two lines at 20."""
    width = 40
    stream = io.StringIO()
    screen = Screen(stream, lambda: width)
    screen.footer(["x" * 30])
    width = 20
    screen.add([Row(text="row")])
    assert "\r\x1b[2A\x1b[J row\n" in stream.getvalue()


def test_a_footer_is_cut_to_the_width_so_that_it_never_breaks() -> None:
    """One line of footer is one line of terminal."""
    glass = Glass(20)
    Screen(glass.stream, lambda: 20).footer(["y" * 50])
    (line,) = glass.lines()
    assert (19, "…") == (len(line), line[-1])


def test_a_terminal_that_is_gone_ends_the_output_and_nothing_else() -> None:
    """A write that fails is the last one."""

    class Gone(io.StringIO):
        """A terminal after a hang-up."""

        def write(self, text: str) -> int:
            """Fail as a dead terminal does."""
            raise OSError(5, "Input/output error")

    screen = Screen(Gone(), lambda: 40)
    screen.add([Row(text="lost")])
    assert screen.gone
    screen.add([Row(text="lost too")])
