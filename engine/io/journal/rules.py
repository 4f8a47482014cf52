"""Whether an append is admitted: the one answer that every store gives, under its own lock."""

from __future__ import annotations

from engine.kinds.errors import Fenced, StorageError


def admit(seq: int, highest: int, *, expected_seq: int, epoch: int) -> bool:
    """Return False on a conflict; raises Fenced for an executor that was taken over.

    `seq` and `highest` are the last sequence number and the highest epoch in the journal.
    """
    if epoch < highest:
        raise Fenced(
            f"another executor took this run over (epoch {highest}, ours is {epoch}): nothing was recorded",
            hint="`runbook show` tells who; leave the run to them, or `runbook take-over` it again",
        )
    if expected_seq > seq:
        raise StorageError(
            f"the journal ends at record {seq}, but record {expected_seq} was read from it before",
            hint="records were withdrawn by a failed write or a restored copy: `runbook resume` reads anew",
        )
    return expected_seq == seq
