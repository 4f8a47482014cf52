"""Write the runbooks' pages, or check that they are fresh."""

from __future__ import annotations

import click

from engine.cli.here import Here, progress, put, put_json
from engine.cli.parameters import example, output_option, pass_here

SECTION = "Before the next one"


@click.command("docs", epilog=example("runbook docs", "runbook docs --check --as-of 2025-11-23"))
@click.option(
    "--check",
    "checking",
    is_flag=True,
    help="Write nothing; exit 1 when a page or the rules are stale, edited by hand or expired.",
)
@click.option(
    "--as-of",
    default="",
    metavar="DATE",
    help="The day expiry is held against; today (UTC) where nothing is said.",
)
@click.option("--force", is_flag=True, help="Overwrite what was edited by hand, too.")
@output_option
@pass_here
def command(here: Here, checking: bool, as_of: str, force: bool, output: str | None) -> int:
    """Generate docs/runbooks/ from the runbooks: pages, what is looked up across them, alert rules.

    Files that would not change are not rewritten. A table between marks on a page of yours is filled.

    A page that was edited by hand is kept and named, with exit 1.
    """
    from datetime import UTC, date, datetime

    from engine.app.documenting import stale, write
    from engine.kinds import codec
    from engine.kinds.errors import Exit, UsageError

    here.workspace.require_own("write pages of")
    if as_of and not checking:
        raise UsageError(
            "--as-of is the day that --check holds pages against", hint="docs --check --as-of DATE"
        )
    if force and checking:
        raise UsageError("--check writes nothing, so there is nothing to force", hint="leave one of them out")
    if not checking:
        written = write(here.workspace, here.workspace.root, force=force)
        code = int(Exit.ENDED if written.kept else Exit.RESOLVED)
        if output == "json":
            put_json(codec.plain(written))
            return code
        for path in written.written:
            put(path)
        for one in written.kept:
            progress(f"kept {one.page}: {one.why}; {one.fix}")
        kept = f", {len(written.kept)} kept" if written.kept else ""
        progress(f"{len(written.written)} written, {len(written.unchanged)} unchanged{kept}")
        return code
    try:
        day = date.fromisoformat(as_of) if as_of else datetime.now(UTC).date()
    except ValueError:
        raise UsageError(f"--as-of '{as_of}' is no date", hint="write 2025-11-23") from None
    found = stale(here.workspace, here.workspace.root, day)
    if output == "json":
        put_json([codec.plain(one) for one in found])
    else:
        for one in found:
            put(f"{one.rule}: {one.page}: {one.why}; {one.fix}")
        progress(f"{len(found)} to mend" if found else f"all pages are fresh as of {day}")
    return int(Exit.ENDED if found else Exit.RESOLVED)
