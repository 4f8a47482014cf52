"""Prove that the record of a run is whole: the hash chain and every evidence file."""

from __future__ import annotations

from pathlib import Path

import click

from engine.cli.here import Here, put, put_json
from engine.cli.parameters import complete_run, example, output_option, pass_here
from engine.kinds.counted import counted

SECTION = "Afterwards"


@click.command(
    "verify",
    epilog=example("runbook verify INC-20251123-030212 --head 3f9a01c2…", "runbook verify incident.tar.gz"),
)
@click.argument("run", required=False, default="", metavar="[RUN|FILE]", shell_complete=complete_run)
@click.option(
    "--head",
    default="",
    metavar="HASH",
    help="The hash from a report or page; finds a record that was cut or rewritten.",
)
@output_option
@pass_here
def command(here: Here, run: str, head: str, output: str | None) -> int:
    """Check a run's journal and evidence; names the first bad record. Exit 1 when something is wrong.

    FILE is what `runbook bundle` made: it is checked as it is, on any machine, without its workspace.
    """
    if _is_file(run):
        return _bundle(Path(run), head, output)
    from engine.app.runs import find_run
    from engine.io.journal.verify import verify
    from engine.kinds import codec
    from engine.kinds.errors import Exit
    from engine.render.findings import visible

    folder = find_run(here.workspace, run)
    found = verify(folder.path, head=head)
    if output == "json":
        put_json({"run": folder.run, "ok": found.ok, "report": codec.plain(found)})
        return int(Exit.RESOLVED if found.ok else Exit.ENDED)
    put(f"{folder.run}: {counted(found.records, 'record')}, head {found.head}")
    if found.first_bad is not None:
        bad = found.first_bad
        put(f"  BAD record {bad.seq} at byte {bad.offset}: {visible(bad.reason)}; nothing after it counts")
    for problem in found.evidence:
        put(f"  BAD {visible(problem.path)} {visible(problem.reason)}")
    if found.published is False:
        put("  BAD the given head is not in this chain: it was cut or rewritten")
    if found.torn:
        put("  note: the last line is incomplete; the next append cuts it off")
    put("  ok: nothing is missing or changed" if found.ok else "  the record is not what was written")
    return int(Exit.RESOLVED if found.ok else Exit.ENDED)


def _is_file(said: str) -> bool:
    """Say whether a word means a file: no id of a run has a slash or such an ending."""
    return "/" in said or said.endswith((".tar.gz", ".tgz")) or (bool(said) and Path(said).is_file())


def _bundle(path: Path, head: str, output: str | None) -> int:
    from engine.app.bundling import checked
    from engine.kinds import codec
    from engine.kinds.errors import Exit
    from engine.render.findings import visible

    found = checked(path, head)
    code = int(Exit.RESOLVED if found.ok else Exit.ENDED)
    if output == "json":
        put_json({"bundle": str(path), "ok": found.ok, "report": codec.plain(found)})
        return code
    made = f", made by engine {found.engine}" if found.engine else ""
    records = counted(found.records, "record")
    put(visible(f"{path}: {found.run or 'no run'}, {records}, head {found.head}{made}"))
    if found.first_bad is not None:
        bad = found.first_bad
        put(f"  BAD record {bad.seq} at byte {bad.offset}: {visible(bad.reason)}; nothing after it counts")
    for problem in found.problems:
        put(f"  BAD {visible(problem.path)} {visible(problem.reason)}")
    if found.published is False:
        put("  BAD the given head is not in this chain: it was cut or rewritten")
    for name in found.withheld:
        put(f"  note: {visible(name)} is sensitive and not in the bundle; its size and hash are")
    for note in found.notes:
        put(f"  note: {visible(note)}")
    put("  ok: nothing is missing or changed" if found.ok else "  the bundle is not what was written")
    return code
