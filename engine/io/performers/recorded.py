"""The performer and people of an old incident: everything ends as its journal says.

For replaying a live journal in virtual time, and for asking what another runbook would have done with
the same answers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from engine.core.events import Answered, Asked, Ended, Happened, Person, Prompted
from engine.core.moves import Perform
from engine.io.people import Reply
from engine.kinds.values import Instant

ANY_VISIT = 0


@dataclass(frozen=True, slots=True)
class RecordedPerformer:
    """Ends each operation as recorded; one never asked ends like the last of its visit, else of its step."""

    ended: Mapping[str, Ended]
    similar: Mapping[tuple[str, int, str], Ended]

    @classmethod
    def of(cls, happened: Sequence[Happened]) -> RecordedPerformer:
        """Read a journal."""
        asked: dict[str, tuple[Asked, Instant]] = {}
        ended: dict[str, Ended] = {}
        similar: dict[tuple[str, int, str], Ended] = {}
        for one in happened:
            if isinstance(one.event, Asked):
                asked[one.event.operation] = (one.event, one.at)
            elif isinstance(one.event, Ended) and one.event.operation in asked:
                intent, at = asked[one.event.operation]
                timed = replace(one.event, seconds=round(one.at - at, 6))
                ended[one.event.operation] = timed
                for visit in (intent.visit, ANY_VISIT):
                    similar[intent.step, visit, _item(intent.item)] = timed
        return cls(ended, similar)

    async def perform(self, move: Perform) -> Ended:
        """Return what was recorded."""
        asked = move.asked
        item = _item(asked.item)
        known = (
            self.ended.get(asked.operation)
            or self.similar.get((asked.step, asked.visit, item))
            or self.similar.get((asked.step, ANY_VISIT, item))
        )
        if known is None:
            why = "the old incident never asked this"
            return Ended(operation=asked.operation, outcome="unknown", why=why, cannot=why)
        return replace(known, operation=asked.operation)


@dataclass(frozen=True, slots=True)
class RecordedPeople:
    """Answers as recorded, as late as recorded."""

    replies: Mapping[str, Reply]

    @classmethod
    def of(cls, happened: Sequence[Happened]) -> RecordedPeople:
        """Read a journal."""
        prompted: dict[str, Instant] = {}
        replies: dict[str, Reply] = {}
        for one in happened:
            if isinstance(one.event, Prompted):
                prompted[one.event.prompt] = one.at
            elif isinstance(one.event, Answered) and one.event.prompt in prompted:
                replies.setdefault(
                    one.event.prompt, _reply(one.event, one.by, one.at - prompted[one.event.prompt])
                )
        return cls(replies)

    def reply(self, prompted: Prompted) -> Reply | None:
        """Return the recorded answer to this question."""
        return self.replies.get(prompted.prompt)


def _reply(answer: Answered, by: Person, after: float) -> Reply:
    return Reply(answer, by, round(after, 6))


def _item(item: str) -> str:
    """Return the item without its sample number."""
    number, dot, name = item.partition(".")
    return name if dot and number.isdigit() else item
