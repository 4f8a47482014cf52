"""What `init` and `new` have written, and what to type next."""

from __future__ import annotations

import shlex

from engine.app.beginnings import Begun
from engine.cli.here import put, put_json


def put_begun(begun: Begun, folder: str, output: str | None) -> int:
    """Name the files, and the lines to type next; those of another folder begin by going there."""
    there = folder not in ("", ".")
    then = (f"cd {shlex.quote(folder)}", *begun.then) if there else begun.then
    if output == "json":
        put_json({"written": [*begun.written], "next": [*then]})
        return 0
    for path in begun.written:
        put(path)
    for number, line in enumerate(then):
        put(f"{'next: ' if not number else '      '}{line}")
    return 0
