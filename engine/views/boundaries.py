"""Values on either side of an expectation: the last that fit, and the first that do not.

Rules:
1. Values are read off the operands; the matcher itself says on which side each lies, so nothing here calls a
   pass what the engine would not.
2. The order is from the boundary outwards, and the same every time: what is recorded from it does not change.
3. A list of alternatives (`in`, the branches of a pattern) yields a value for each of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from engine.kinds.matching import MATCHERS, is_operators, judge
from engine.kinds.references import ABSENT, Absent
from engine.kinds.values import Duration, Instant, Json
from engine.views.good_day import put
from engine.views.pattern_samples import samples

OTHER = "other"
"""A text that is none of those that are named."""
_PLAIN: tuple[Json, ...] = (0, 1, True, False, "ok", "", [], ["ok"], {})
_MOST = 40


def fits(data: Json) -> tuple[Json, ...]:
    """Return values that an expectation calls a pass, from the boundary outwards."""
    return tuple(value for value in around(data) if judge(data, value) == "pass")


def misses(data: Json) -> tuple[Json, ...]:
    """Return values that an expectation calls a fail, from the boundary outwards."""
    return tuple(value for value in around(data) if judge(data, value) == "fail")


def sides(data: Json) -> tuple[Json, ...]:
    """Return the first value that fails; of numbers the first above one that fits, and the first below."""
    found, numbers = misses(data), _numbers(misses(data))
    good = _numbers(fits(data)[:1])
    if not good:
        return found[:1]
    above = next((value for value in numbers if value > good[0]), None)
    below = next((value for value in numbers if value < good[0]), None)
    return tuple(value for value in (above, below) if value is not None) or found[:1]


def _numbers(values: Sequence[Json]) -> list[int | float]:
    return [value for value in values if isinstance(value, int | float) and not isinstance(value, bool)]


def each_fit(data: Json) -> tuple[Json, ...]:
    """Return one value for every alternative that an expectation names; the first fit where it names none."""
    found = fits(data)
    several = _alternatives(data)
    named = [value for value in found if value in several] if several else []
    return tuple(named) or found[:1]


def around(data: Json) -> tuple[Json, ...]:
    """Return values on both sides of an expectation."""
    found: list[Json] = []
    seen: set[str] = set()
    for value in _around(data):
        key = repr(value)
        if key not in seen:
            seen.add(key)
            found.append(value)
        if len(found) >= _MOST:
            break
    return tuple(found)


def _alternatives(data: Json) -> list[Json]:
    if not isinstance(data, Mapping) or not is_operators(data):
        return []
    if isinstance(data.get("in"), Sequence) and not isinstance(data["in"], str):
        return list(data["in"])  # type: ignore[arg-type]  # a list, as was just seen
    if isinstance(data.get("matches"), str):
        return list(samples(str(data["matches"])))
    return []


def _around(data: Json) -> Iterator[Json]:
    if not isinstance(data, Mapping):
        yield from _near(data)
        return
    if not is_operators(data):
        yield from _fields(data)
        return
    item = _item(data)
    if item is not None:
        yield [item]
        yield item
        yield [item, item]
        for other in _fields({**_mapping(data.get("where")), **_mapping(data.get("get"))}):
            yield [other]
    for name, operand in data.items():
        yield from _of(name, operand, data)
    yield from _PLAIN


def _of(name: str, operand: Json, data: Mapping[str, Json]) -> Iterator[Json]:
    """Yield values around one operator's operand."""
    match name:
        case "in" | "between" if isinstance(operand, Sequence) and not isinstance(operand, str):
            yield from operand
            for value in operand:
                yield from _near(value)
        case "matches" if isinstance(operand, str):
            yield from samples(operand)
            yield OTHER
        case "contains":
            yield [operand]
            yield operand
            yield []
            yield OTHER
        case "len" | "count":
            for value in _around(operand):
                if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 50:
                    yield ["a"] * value
                    yield "a" * value
        case "within":
            yield from _within(operand, data.get("of"))
        case "exists":
            yield "there"
        case "as" | "of" | "newest_by" | "default":
            return
        case "some" | "every":
            for value in _around(operand):
                yield [value]
            yield []
        case _ if name in MATCHERS:
            yield from _around(operand)
        case _:
            yield from _near(operand)
            for value in _near(operand):
                yield [value]


def _near(value: Json) -> Iterator[Json]:
    """Yield a value, then its neighbours; what is measured is a number, however its bound is written."""
    if isinstance(value, str):
        yield from _lasting(value)
    yield value
    number = None if isinstance(value, str | bool) else value
    if isinstance(value, bool):
        yield not value
    elif isinstance(number, int | float):
        step = 1 if number == int(number) else number / 10
        yield from (round(number + step, 6), round(number - step, 6))
    elif isinstance(value, str):
        yield from _moments(value)
        yield OTHER
    elif isinstance(value, Sequence):
        yield [*value, OTHER]
        yield []
    elif value is None:
        yield OTHER


def _lasting(text: str) -> Iterator[Json]:
    """Yield a length of time as a number of seconds, and its neighbours."""
    try:
        seconds = float(Duration.parse(text))
    except ValueError:
        return
    whole = int(seconds) if seconds == int(seconds) else seconds
    step = 1 if seconds == int(seconds) else seconds / 10
    above, below = round(whole + step, 6), round(whole - step, 6)
    yield from (whole, above, below, f"{whole}s", f"{above}s", f"{below}s")


def _moments(text: str) -> Iterator[Json]:
    """Yield the seconds before and after a moment."""
    try:
        moment = Instant.parse(text)
    except ValueError:
        return
    yield from (moment.after(1.0).plain(), moment.after(-1.0).plain())


def _within(operand: Json, of: Json) -> Iterator[Json]:
    try:
        span, moment = float(Duration.parse(operand)), Instant.parse(str(of))
    except ValueError:
        return
    yield from (moment.after(-span).plain(), moment.after(-span - 60).plain(), moment.plain())
    yield from (moment.after(span).plain(), moment.after(span + 60).plain())


def _item(data: Mapping[str, Json]) -> Json:
    """Return an item of the list that operators are about, or None where they are about no list's items."""
    parts = {**_mapping(data.get("where")), **_mapping(data.get("get"))}
    return _whole(parts) if parts else None


def _whole(parts: Mapping[str, Json]) -> Json:
    found: dict[str, Json] = {}
    for name, part in parts.items():
        fitting = next(iter(fits(part)), ABSENT)
        if not isinstance(fitting, Absent):
            put(found, name, fitting)
    return found


def _fields(data: Mapping[str, Json]) -> Iterator[Json]:
    """Yield a mapping that fits field by field, then one for each field that does not."""
    whole = _mapping(_whole(data))
    yield whole
    for name, part in data.items():
        wrong = next(iter(misses(part)), ABSENT)
        if not isinstance(wrong, Absent):
            other = dict(whole)
            put(other, name, wrong)
            yield other


def _mapping(value: Json) -> Mapping[str, Json]:
    return value if isinstance(value, Mapping) else {}


__all__ = ["around", "each_fit", "fits", "misses", "sides"]
