"""A soak as a person makes it without the engine: one loop to paste, which counts as the engine would."""

from __future__ import annotations

from collections.abc import Mapping

from engine.kinds.by_hand import word
from engine.kinds.steps.wait import WaitStep
from engine.kinds.tries import one_try
from engine.kinds.uses import CheckUse
from engine.views.by_hand import expected, said


def soak_loop(wait: WaitStep, looks: Mapping[str, tuple[CheckUse, str]]) -> str:
    """Return POSIX sh that ends when the checks have held, or at the limit; `looks` holds uses and commands.

    As in the engine, a fail starts the count afresh, and both the number of passes in a row and the time from
    the first of them to the last decide.
    """
    soak = wait.soak
    lines = ["i=0; n=0; f=0; b=$(date +%s)", "while :; do", "  i=$((i+1)); all=pass; now=$(date +%s)"]
    for name, (use, command) in looks.items():
        shown = f" {word(name)}" if len(looks) > 1 else ""
        lines.append(f"  {one_try(use, command, _wanted(use))}")
        lines.append(f'  [ $a = pass ] || all=fail; echo "try $i{shown}: $a $c"')
    lines += [
        "  if [ $all = pass ]; then n=$((n+1)); [ $n -gt 1 ] || f=$now; else n=0; f=$now; fi",
        f'  echo "try $i: $all; $n of {soak.passes} in a row, $((now-f)) of {_seconds(soak.lasting)} s"',
        f"  if [ $n -ge {soak.passes} ] && [ $((now-f)) -ge {_seconds(soak.lasting)} ]; then",
        "    echo held; break",
        "  fi",
        f"  if [ $(( $(date +%s) - b )) -ge {_seconds(wait.limit)} ]; then",
        "    echo 'limit: it has not held'; break",
        "  fi",
        f"  sleep {float(soak.every):g}",
        "done",
    ]
    return "\n".join(lines)


def _wanted(use: CheckUse) -> str:
    return ", ".join(f"{said(subject)} {expected(matcher)}" for subject, matcher in use.expected().items())


def _seconds(length: float) -> int:
    """Return whole seconds, since that is what a shell counts in."""
    return int(-(-float(length) // 1))


__all__ = ["soak_loop"]
