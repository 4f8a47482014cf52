"""Run the sandbox alone: `python -m engine.estate --state-dir DIR --fault '{"service": ..., "kind": ...}'`.

The first line printed is one JSON object with the base URL of every service. Ctrl-C ends it.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from engine.estate.estate import EstateState, schedule
from engine.estate.fault import Fault
from engine.estate.healthy import healthy
from engine.estate.postgres import NoPostgres, PostgresServer
from engine.estate.sockets import Sandbox
from engine.estate.wire import mapping
from engine.kinds.errors import EngineError, UsageError


def read_fault(line: str) -> Fault:
    """Read a fault from one JSON object; raises UsageError when it is none."""
    try:
        data = mapping(json.loads(line))
        until, heal = data.get("until"), data.get("heal")
        return Fault(
            str(data.get("service", "")),
            str(data.get("kind", "")),
            float(str(data.get("at", 0))),
            None if until is None else float(str(until)),
            None if heal is None else str(heal),
            mapping(data.get("params")),
        )
    except ValueError:
        hint = """write {"service": "control", "kind": "hang", "at": 5}"""
        raise UsageError(f"not a fault: {line}", hint=hint) from None


async def serve(
    state_dir: Path, faults: Iterable[Fault], pace: float, *, with_postgres: bool = False
) -> None:
    """Run a sandbox until cancelled, or until its folder is gone; its URLs are the first line printed."""
    initial = schedule(healthy(time.time()), faults)
    with real_postgres(state_dir, initial) if with_postgres else contextlib.nullcontext() as postgres:
        async with Sandbox(state_dir, time.time, initial, pace=pace, postgres=postgres) as sandbox:
            print(json.dumps(dict(sandbox.urls)), flush=True)
            while state_dir.is_dir():  # nobody could end a sandbox whose folder was deleted
                await asyncio.sleep(1.0)


@contextlib.contextmanager
def real_postgres(state_dir: Path, initial: EstateState) -> Iterator[PostgresServer | None]:
    """Run a real Postgres beside the stand-ins; without one, say so in a line and go on."""
    server = PostgresServer(state_dir / "postgres")
    started = True
    try:
        server.start(initial.database.schema())
    except NoPostgres as none:
        print(none, file=sys.stderr, flush=True)
        started = False
    try:
        yield server if started else None
    finally:
        server.stop()


def main() -> None:
    """Run a sandbox from the command line until interrupted."""
    options = argparse.ArgumentParser(description="The estate on loopback sockets.")
    options.add_argument("--state-dir", type=Path, required=True)
    options.add_argument("--fault", action="append", default=[], help="one fault as JSON; may be repeated")
    options.add_argument("--pace", type=float, default=1.0)
    options.add_argument("--postgres", action="store_true", help="with a real Postgres, where there is one")
    given = options.parse_args()
    try:
        faults = [read_fault(line) for line in given.fault]
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(serve(given.state_dir, faults, given.pace, with_postgres=given.postgres))
    except EngineError as error:
        print(f"{error.message}: {error.hint}", file=sys.stderr)
        sys.exit(int(error.exit))


if __name__ == "__main__":
    main()
