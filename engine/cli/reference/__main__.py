"""`python -m engine.cli.reference [--check] [FOLDER]`: write the reference, or say what is stale in it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from engine.cli.reference import stale, write
from engine.kinds.errors import Exit


def main(words: Sequence[str]) -> Exit:
    """Write or check the pages of a folder, docs/reference where none is given."""
    folders = [word for word in words if word != "--check"]
    if len(folders) > 1 or any(word.startswith("-") for word in folders):
        sys.stderr.write("usage: python -m engine.cli.reference [--check] [FOLDER]\n")
        return Exit.USAGE
    folder = Path(folders[0] if folders else "docs/reference")
    if "--check" not in words:
        sys.stdout.writelines(f"wrote {folder / name}\n" for name in write(folder))
        return Exit.RESOLVED
    wrong = stale(folder)
    sys.stderr.writelines(f"{folder / name} is stale: run python -m engine.cli.reference\n" for name in wrong)
    return Exit.ENDED if wrong else Exit.RESOLVED


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
