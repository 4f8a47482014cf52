"""Export one run as one file that `verify` checks on another machine."""

from __future__ import annotations

from pathlib import Path

import click

from engine.cli.here import Here, progress, put_as
from engine.cli.parameters import example, output_option, pass_here, run_argument
from engine.kinds.counted import counted

SECTION = "Afterwards"


@click.command(
    "bundle",
    epilog=example("runbook bundle INC-20251123-030212 -o incident.tar.gz", "runbook verify incident.tar.gz"),
)
@run_argument
@click.option(
    "-o",
    "--out",
    default=None,
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Where to; RUN.tar.gz here where nothing is said. A file that is there is not written over.",
)
@click.option(
    "--with-sensitive",
    is_flag=True,
    help="Put in what checks marked `sensitive` saw, too; without it, only its size and hash.",
)
@output_option
@pass_here
def command(here: Here, run: str, out: Path | None, with_sensitive: bool, output: str | None) -> int:
    """Write journal, evidence, report and a manifest of their hashes into one file.

    Exit 1 when evidence that the journal names is no longer there: the bundle is made, and says so.
    """
    from engine.app.bundling import bundle
    from engine.app.runs import find_run
    from engine.kinds.errors import Exit
    from engine.kinds.values import Json
    from engine.render.findings import visible

    made = bundle(here.workspace, find_run(here.workspace, run), out, with_sensitive=with_sensitive)
    for name in made.withheld:
        progress(f"left out: {visible(name)} (sensitive); --with-sensitive puts it in")
    for name in made.missing:
        progress(f"MISSING {visible(name)}: `runbook verify {made.run}` says more")
    plain: dict[str, Json] = {
        "run": made.run,
        "bundle": str(made.path),
        "records": made.records,
        "head": made.head,
        "files": made.files,
        "bytes": made.size,
        "withheld": list(made.withheld),
        "missing": list(made.missing),
    }
    files, records = counted(made.files, "file"), counted(made.records, "record")
    text = f"{made.path}: {files}, {made.size} bytes, {records}, head {made.head}"
    put_as(output, plain, text)
    return int(Exit.ENDED if made.missing else Exit.RESOLVED)
