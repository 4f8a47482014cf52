"""Long tests first: the runner hands out work in this order, and whoever draws the longest last is waited for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import pytest

SECONDS: Mapping[str, float] = {
    "tests/acceptance/test_bad_input.py": 0.7,
    "tests/acceptance/test_drills.py": 0.2,  # a drill is run by whichever test looks at it first
    "tests/acceptance/test_kill.py": 30,
    "tests/acceptance/test_live_and_virtual.py": 25,
    "tests/acceptance/test_people.py": 13,
    "tests/acceptance/test_readme.py": 60,
    "tests/acceptance/test_storage.py": 7,
    "tests/acceptance/test_two_terminals.py": 8,
    "tests/app/test_sql_drills.py": 4,
    "tests/cli/test_front_json.py": 3,
    "tests/cli/test_cases_commands.py": 2,
    "tests/cli/test_front_terminal.py": 3,
    "tests/cli/test_hooks.py": 4,
    "tests/cli/test_pins.py": 7,
    "tests/content/test_playable.py": 4,
    "tests/content/test_shipped_cases.py": 2,
    "tests/core/test_properties.py": 17,
    "tests/docs/test_howto.py": 8,
    "tests/docs/test_typed.py": 5,
    "tests/estate/test_postgres.py": 2,
    "tests/io/world/programs/test_commands.py": 1,
    "tests/io/world/sql/test_postgres.py": 0.3,
    "tests/io/world/test_real_prometheus.py": 0.4,
    "tests/journals/test_golden.py": 3,
    "tests/mutation/test_mutation.py": 1,
    "tests/mutation/test_reviewing.py": 0.6,
    "tests/render/test_alert_rules.py": 3,
    "tests/render/test_phone.py": 0.2,
}
"""About how long a test of a file takes, where that matters; a new file is put in when it takes long as well."""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put the groups that take longest first, when several workers share the tests (see `./check`)."""
    if not hasattr(config, "workerinput"):
        return  # one process takes them as they stand, so that what a file's tests share is set up once
    units = [_unit(item) for item in items]
    takes: Counter[str] = Counter()
    first: dict[str, int] = {}
    for number, (unit, item) in enumerate(zip(units, items, strict=True)):
        takes[unit] += SECONDS.get(item.nodeid.partition("::")[0], 0.0)
        first.setdefault(unit, number)
    order = sorted(range(len(items)), key=lambda number: (-takes[units[number]], first[units[number]]))
    items[:] = [items[number] for number in order]


def _unit(item: pytest.Item) -> str:
    """Return what one worker takes as a whole: a group, or a test without one."""
    group = item.get_closest_marker("xdist_group")
    return str(group.args[0]) if group is not None else item.nodeid
