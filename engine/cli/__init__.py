"""The `runbook` command.

Rules of this room:
1. An on-call waits for the first line: `--version`, `--help`, and TAB at the first word import nothing
   but this file and `command_list`; click comes with a command, everything else with its work.
2. A command is one file in `commands/`, found by its name; its first docstring line is its help.
3. What a user can mend is one line on stderr and an exit code of `kinds.errors.Exit`, never a traceback.
"""

from __future__ import annotations

import os
import sys

import engine


def main() -> int:
    """Run the command line of this process and return its exit code."""
    words = sys.argv[1:]
    quick = ""
    if words in (["--version"], ["-V"]):
        quick = f"runbook {engine.__version__}\n"
    elif words in (["--help"], ["-h"]):
        from engine.cli.command_list import help_page

        quick = help_page()
    elif "_RUNBOOK_COMPLETE" in os.environ:
        from engine.cli.command_list import completion

        quick = completion(os.environ)
    if quick:
        try:
            sys.stdout.write(quick)
            sys.stdout.flush()
        except OSError:  # nobody reads any more
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 0
    from engine.cli.program import run

    return run(words)
