"""Put faults into the shipped runbooks and count who notices: `python -m tests.mutation --count 200`."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Sequence

from tests.mutation.equivalent import Equivalent, counted
from tests.mutation.judging import Judge, Noticed, sample
from tests.mutation.operators import OPERATORS


def main() -> int:
    """Judge a sample and print the table; exit 1 below the share that is wanted."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("runbooks", nargs="*", help="only these; all where none is named")
    words.add_argument("--count", type=int, default=200)
    words.add_argument("--seed", type=int, default=1)
    words.add_argument("--want", type=float, default=0.0, help="the least share, such as 0.95")
    words.add_argument("--equivalent", action="store_true", help="list those that provably are no mutants")
    asked = words.parse_args()
    judge = Judge()
    drawn = sample(judge, asked.runbooks or judge.names(), asked.count, asked.seed)
    found: list[Noticed] = []
    try:
        for number, mutant in enumerate(drawn, 1):
            found.append(judge.judge(mutant, reviewed=True))
            sys.stderr.write(f"\r{number} of {len(drawn)}, not noticed: {sum(not one.by for one in found)}")
    except KeyboardInterrupt:
        sys.stderr.write(" (stopped: the table is of these)")
    sys.stderr.write("\n")
    print("\n".join(table(found, judge.equivalent)))
    if asked.equivalent:
        print("\nEquivalent, and left out:\n")
        print("\n".join(listed(judge.equivalent)))
    if judge.failing:
        print(f"\n{len(judge.failing)} cases fail as it is and were left out: {'; '.join(judge.failing)}")
    return int(sum(bool(one.by) for one in found) < asked.want * len(found))


def listed(equivalent: Sequence[Equivalent]) -> list[str]:
    """Return each mutant that is none, and why."""
    return [
        f"- {one.mutant.operator}: {one.mutant.runbook}, {one.mutant.what}: {one.why}" for one in equivalent
    ]


def table(found: Sequence[Noticed], equivalent: Sequence[Equivalent] = ()) -> list[str]:
    """Return who noticed what, by operator, then each that nobody did.

    Those that provably do the same as the original are counted beside them: they are no mutants.
    """
    none = counted(equivalent)
    rows = [
        "| fault | mutants | by `check` | by `test` | not noticed | equivalent, left out |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for name in (*OPERATORS, ""):
        mine = [one for one in found if name in ("", one.mutant.operator)]
        by = Counter(one.by for one in mine)
        left_out = none.get(name, 0) if name else len(equivalent)
        rows.append(
            f"| {name or 'all'} | {len(mine)} | {by['check']} | {by['test']} | {by['']} | {left_out} |"
        )
    share = sum(bool(one.by) for one in found) / max(len(found), 1)
    missed = [one for one in found if not one.by]
    listed = sum(one.reviewed for one in missed)
    rows += [
        "",
        f"noticed: {share:.1%}; of the others, `check --against` lists {listed} of {len(missed)}",
        "",
    ]
    for one in missed:
        review = "" if one.reviewed else " (nor by --against)"
        rows.append(f"- {one.mutant.operator}: {one.mutant.runbook}, {one.mutant.what}{review}")
    return rows


if __name__ == "__main__":
    sys.exit(main())
