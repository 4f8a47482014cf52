"""What an exception comes to: lines on standard error and an exit code; never a traceback unasked."""

from __future__ import annotations

import contextlib
import os
import sys
import time
import traceback

import click

from engine.cli.here import Here, progress
from engine.kinds.errors import EngineError, Exit, FileErrors


def reported(error: BaseException, here: Here) -> int:
    """Say what happened, and return the exit code."""
    here.opened()
    match error:
        case click.exceptions.Exit(exit_code=code):
            return code
        case BrokenPipeError():
            drop_output()
            return Exit.RESOLVED
        case KeyboardInterrupt() | click.Abort():
            progress("interrupted")
            return Exit.INTERRUPTED
        case FileErrors():
            from engine.render.findings import plain

            progress(plain(error.findings))
            _say("error", error.message, error.hint)
            return error.exit
        case EngineError():
            from engine.render.offered import offered

            _say("error", error.message, offered(error.hint, here.said))
            return error.exit
        case click.ClickException():
            return _usage(error)
        case IsADirectoryError(filename=str(name)) | PermissionError(filename=str(name)):
            _say("error", f"{name}: {error.strerror}", "it must be a file that you may read (and write)")
            return Exit.FILE_ERRORS
        case SystemExit(code=code):
            return code if isinstance(code, int) else int(Exit.ENDED)
        case MemoryError() | Exception():
            return _bug(error, here)
    return Exit.BUG


def drop_output() -> None:
    """Send what is still to be written nowhere, once nobody reads it any more."""
    with contextlib.suppress(OSError, ValueError, AttributeError):  # there may be no such stream
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _say(word: str, message: str, hint: str) -> None:
    from engine.render.findings import visible

    progress(f"{word}: {visible(message)}")
    if hint:
        progress(f"  hint: {visible(hint)}")


def _usage(error: click.ClickException) -> int:
    context = getattr(error, "ctx", None)
    where = context.command_path if isinstance(context, click.Context) else "runbook"
    _say("error", " ".join(error.format_message().split()), f"`{where} --help` shows how")
    return Exit.USAGE


def _bug(error: BaseException, here: Here) -> int:
    text = _masked("".join(traceback.format_exception(error)), here)
    what = _masked(" ".join(f"{type(error).__name__}: {error}".split()), here)[:200]
    again = f"runbook resume {here.run}{f' --as {here.said}' if here.said else ''}"
    go_on = f"the run is intact: {again}" if here.run else "nothing was changed by it"
    _say("error", f"a bug of ours: {what}; {go_on}", _kept(text, here))
    if here.environ.get("RUNBOOK_DEBUG") == "1":
        progress(text)
    return Exit.BUG


def _masked(text: str, here: Here) -> str:
    """Return a text without credentials: a library's words may quote what it was given."""
    try:
        from engine.app.credentials import suspects

        return suspects(here.environ).text(text)
    except Exception:  # the bug may be there
        return "(what it said cannot be searched for credentials, and is left out)"


def _kept(text: str, here: Here) -> str:
    """Write the traceback into the state folder, and return where; the way to see it where that fails."""
    try:
        folder = here.workspace.made_state("bugs", mode=0o700)
        path = folder / f"{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}-{time.monotonic_ns()}.txt"
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
    except Exception:  # whatever is wrong with the workspace must not hide the bug
        return "RUNBOOK_DEBUG=1 shows where"
    return f"{path} says where; please report it"
