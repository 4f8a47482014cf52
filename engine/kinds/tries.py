"""What a person pastes to look again and again: POSIX sh that counts, sleeps, and says pass or fail.

Rules:
1. The shell judges what it can: the status and the time of a curl, and how a program ended. Everything else
   is shown, and the person who looks says whether it passed: a loop that guessed would prove nothing.
2. A loop is one compound command, so that a paste is read to its end before anything of it runs.
3. A try sets `a` to pass or fail, and `c` to what it saw.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from engine.kinds.by_hand import quoted
from engine.kinds.matchers import Matcher
from engine.kinds.uses import CheckUse
from engine.kinds.values import Duration, Json

_TIMED = re.compile(r" -w '\\n%\{time_total\} s\\n'")
_BEGIN = re.compile(r"^curl (?:-sS )?")


def one_try(use: CheckUse, command: str = "", wanted: str = "") -> str:
    """Return one look that sets `a` to pass or fail; `command` where the kind's own is written otherwise.

    `wanted` is what the person who judges is reminded of.
    """
    typed = command or use.command()
    expected = use.expected()
    status = _status(expected)
    if status and not use.by_hand and typed.startswith("curl ") and " -i " in typed:
        quick = _TIMED.sub("", typed, count=1)
        quick = quick.replace(" -i ", " -o /dev/null -w '%{http_code} in %{time_total} s' ", 1)
        return f"c=$({quick}); s=${{c%% *}}; t=${{c#* in }}; t=${{t% s}}; a=fail; {status} && a=pass"
    if _told_by_its_end(use, expected):
        return f"c=; a=fail; {typed} && a=pass"
    shown = readable(use, typed) or typed
    asked = quoted(f"Did it pass{f': {wanted}' if wanted.isprintable() and wanted else ''}? (y/n) ")
    return f"{shown}; printf '\\n%s' {asked}; read -r c; case $c in y*) a=pass;; *) a=fail;; esac"


def readable(use: CheckUse, command: str = "") -> str:
    """Return the command with its JSON a value a line, where a path in it decides; empty where none does.

    The status stands above it, and the time where that is judged: whoever reads is asked for those too.
    """
    typed = command or use.command()
    named = (*use.expected(), *(one.path for one in use.facts.values()))
    if use.by_hand or not typed.startswith("curl ") or not any(one.split(".")[0] == "json" for one in named):
        return ""
    timed = " in %{time_total} s" if _TIMED.search(typed) else ""
    quick = _TIMED.sub("", typed, count=1).replace(" -i ", " ", 1)
    status = f"-w '%{{stderr}}status %{{http_code}}{timed}\\n'"  # past the pipe: it is no JSON
    return f"{_BEGIN.sub(lambda found: f'{found[0]}{status} ', quick)} | python3 -m json.tool"


def _told_by_its_end(use: CheckUse, expected: Mapping[str, Matcher]) -> bool:
    """Say whether how the program ended is all that is expected: of netcat, or of the author's own."""
    if use.by_hand or use.kind.kind not in ("tcp", "command"):
        return False
    return {name: one.data for name, one in expected.items()} == (
        {} if use.kind.kind == "tcp" else {"exit": 0}
    )


def _status(expected: Mapping[str, Matcher]) -> str:
    """Return the test of a curl's status and time; empty where more is expected than those tell."""
    tests = []
    for subject, matcher in expected.items():
        test = _number(matcher.data) if subject == "status" else ""
        test = _time(matcher.data) if subject == "seconds" else test
        if not test:
            return ""
        tests.append(test)
    return " && ".join(tests) if "status" in expected else ""


def _number(data: Json) -> str:
    if isinstance(data, int):
        return f'[ "$s" -eq {data} ]'
    if isinstance(data, Mapping) and len(data) == 1:
        ((operator, value),) = data.items()
        if (
            operator == "in"
            and isinstance(value, list | tuple)
            and all(isinstance(one, int) for one in value)
        ):
            alternatives = "|".join(map(str, value))
            return f"case $s in {alternatives}) :;; *) false;; esac"
        if (
            operator == "between"
            and isinstance(value, list | tuple)
            and all(isinstance(x, int) for x in value)
        ):
            low, high = value
            return f'[ "$s" -ge {low} ] && [ "$s" -le {high} ]'
        compared = {"lt": "-lt", "le": "-le", "gt": "-gt", "ge": "-ge", "ne": "-ne", "eq": "-eq"}.get(
            operator
        )
        if compared and isinstance(value, int):
            return f'[ "$s" {compared} {value} ]'
    return ""


def _time(data: Json) -> str:
    if isinstance(data, Mapping) and len(data) == 1:
        ((operator, value),) = data.items()
        compared = {"lt": "<", "le": "<=", "gt": ">", "ge": ">="}.get(operator)
        seconds = _seconds(value)
        if compared and seconds is not None:
            return f'awk "BEGIN {{ exit !($t {compared} {seconds:.6g}) }}"'
    return ""


def _seconds(value: Json) -> float | None:
    """Return a number of seconds, also from what is written as a duration."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return float(Duration.parse(value)) if isinstance(value, str) else float(value)
    except ValueError:
        return None


__all__ = ["one_try", "readable"]
