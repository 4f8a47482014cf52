"""How a program ended, as kinds see it: the facts in it, the evidence, and what is said of it in a line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, TypeAlias

from engine.kinds.ports import CommandReply, Output
from engine.kinds.references import Absent
from engine.kinds.replies import TEXT_KEPT, find_json, read_json, took
from engine.kinds.values import Json

Parse: TypeAlias = Literal["text", "json", "lines"]

COMMAND_FACTS: Final[Mapping[str, str]] = {
    "exit": "exit code; absent when a signal ended the program",
    "signal": "number of the signal that ended the program; 0 when it ended by itself",
    "stdout": "what it printed, the first 65,536 characters",
    "stderr": "what it printed as errors and progress, the first 65,536 characters",
    "json": "stdout as data, with `parse: json`; absent where there is none, or not all of it was kept",
    "lines": "the lines of stdout that say anything, with `parse: lines`; absent where not all was kept",
    "seconds": "time from start to end, in seconds",
    "stdout_size": "bytes printed in all",
    "stdout_sha256": "SHA-256 of all of them",
    "cut": "true when stdout or stderr was too long to be kept whole",
    "left_behind": "processes it left running, which were ended",
    "script_sha256": "SHA-256 of the script that ran; absent without `script` or `script_sha256`",
}


def facts(reply: CommandReply, parse: Parse) -> dict[str, Json]:
    """Return what is known of an end."""
    found: dict[str, Json] = {
        "signal": max(-reply.exit, 0),
        "stdout": _text(reply.stdout),
        "stderr": _text(reply.stderr),
        "seconds": round(reply.seconds, 3),
        "stdout_size": reply.stdout.size,
        "stdout_sha256": reply.stdout.sha256,
        "cut": reply.stdout.cut or reply.stderr.cut,
        "left_behind": reply.left_behind,
    }
    if reply.exit >= 0:
        found["exit"] = reply.exit
    if reply.script_sha256:
        found["script_sha256"] = reply.script_sha256
    if parse == "json" and not reply.stdout.cut:
        data = read_json(reply.stdout.kept)
        if isinstance(data, Absent):  # notices around it
            data = find_json(reply.stdout.kept.decode("utf-8", "replace"))
        if not isinstance(data, Absent):
            found["json"] = data
    if parse == "lines" and not reply.stdout.cut:
        text = reply.stdout.kept.decode("utf-8", "replace")
        found["lines"] = [line for line in text.splitlines() if line.strip()]
    return found


def body(reply: CommandReply) -> bytes:
    """Return both streams for the evidence: stdout as it came, stderr after it."""
    shown = _marked(reply.stdout)
    if reply.stderr.size:
        shown += (b"" if not shown or shown.endswith(b"\n") else b"\n") + b"--- stderr ---\n"
        shown += _marked(reply.stderr)
    return shown


def summary(reply: CommandReply) -> str:
    """Return an end in a few words, with the last thing it said when it was not well."""
    how = f"exit {reply.exit}" if reply.exit >= 0 else f"ended by signal {-reply.exit}"
    said = "" if reply.exit == 0 else _last_line(reply)
    return f"{how} in {took(reply.seconds)}" + (f": {said}" if said else "") + _survivors(reply)


def late(program: str, reply: CommandReply, timeout: float) -> str:
    """Return what is said of a program that did not end in time."""
    said = _last_line(reply)
    why = f"{program} did not end within {timeout:g}s and was stopped"
    return why + (f"; the last it said: {said}" if said else "") + _survivors(reply)


def _survivors(reply: CommandReply) -> str:
    if not reply.survivors:
        return ""
    return f"; {reply.survivors} of its processes could not be ended: look for them with `ps` and end them"


def _last_line(reply: CommandReply) -> str:
    for stream in (reply.stderr, reply.stdout):
        lines = stream.kept[-4096:].decode("utf-8", "replace").split("\n")
        if len(stream.kept) > 4096:
            del lines[0]  # a part of a line could be a part of a secret
        line = next((one.strip() for one in reversed(lines) if one.strip()), "")
        if line:
            return line if len(line) <= 160 else f"{line[:159]}…"
    return ""


def _text(stream: Output) -> str:
    text = stream.kept[: 4 * TEXT_KEPT].decode("utf-8", "replace")
    if len(text) <= TEXT_KEPT:
        return text
    whole, line_break, _ = text[:TEXT_KEPT].rpartition("\n")
    return whole + line_break or text[:TEXT_KEPT]


def _marked(stream: Output) -> bytes:
    if not stream.cut:
        return stream.kept
    left_out = stream.size - len(stream.kept)
    mark = f"\n--- {left_out} bytes left out; SHA-256 of all {stream.size}: {stream.sha256} ---\n"
    return stream.kept[: stream.gap] + mark.encode() + stream.kept[stream.gap :]
