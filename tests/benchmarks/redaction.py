"""How fast redaction is with 100 secrets: `python -m tests.benchmarks.redaction` prints MB/s.

The floor is what no search can beat: `bytes.count` of one byte that is not there, over the same data, in the
same run on the same machine.
"""

from __future__ import annotations

import random
import string
from collections.abc import Callable
from time import perf_counter

from engine.io.redaction import Redactor
from tests.io.redaction.corpus import clean_log

SECRETS = 100
TRIES = 5
GOAL = 170


def secrets(count: int) -> dict[str, str]:
    """Return made-up secrets, as long and as odd as real ones."""
    chance = random.Random(7)
    letters = string.ascii_letters + string.digits + "_-+/'\"&<>$%"
    return {f"S{n}": "".join(chance.choices(letters, k=chance.randint(16, 64))) for n in range(count)}


def best(work: Callable[[], object], size: int) -> float:
    """Return the best of a few tries, in MB/s."""
    took = []
    for _ in range(TRIES):
        started = perf_counter()
        work()
        took.append(perf_counter() - started)
    return size / min(took) / 1e6


def main() -> None:
    """Measure and print."""
    log = clean_log(10_000_000)
    redactor = Redactor(secrets(SECRETS))
    started = perf_counter()
    redactor.searcher()
    built = perf_counter() - started
    floor = best(lambda: log.count(b"\x01"), len(log))
    whole = best(lambda: redactor.bytes(log), len(log))
    pieces = [log[at : at + 4096] for at in range(0, len(log), 4096)]

    def stream() -> None:
        through = redactor.stream()
        for piece in pieces:
            through.feed(piece)

    print(f"{SECRETS} secrets, every form of each: ready in {built * 1000:.0f} ms")
    print(f"floor (bytes.count)  {floor:8.0f} MB/s")
    print(f"redaction, whole     {whole:8.0f} MB/s   goal {GOAL}")
    print(f"redaction, 4 KiB     {best(stream, len(log)):8.0f} MB/s")


if __name__ == "__main__":
    main()
