"""The secrets that something asks with are known before it is asked."""

from __future__ import annotations

import inspect
import re

import pytest

from engine.kinds.actions.fly_image import FlyImageAction
from engine.kinds.checks.fly_in_flight import FlyInFlightCheck
from engine.kinds.checks.http import HttpCheck
from engine.kinds.discovery import Kind, family, names
from engine.kinds.secret_names import secret_names


def test_what_a_field_refers_to_and_what_a_kind_sends_by_itself_are_both_named() -> None:
    """A kind whose own code holds the reference counts like a header that an author wrote."""
    header = {"a": "Bearer ${secrets.SHOP_TOKEN}"}
    asked = {
        "one": [HttpCheck(http="https://x.test", headers=header)],
        "two": (FlyInFlightCheck(fly_in_flight="shop"),),
        "three": FlyImageAction(fly_image="shop", image="shop:2", machine="m"),
    }
    assert ("SHOP_TOKEN", "FLY_API_TOKEN") == secret_names(asked)


@pytest.mark.parametrize("of", ["checks", "actions"])
def test_every_secret_in_the_code_of_a_kind_is_declared_by_it(of: str) -> None:
    """What a kind sends and does not declare would be shown as not needed, and not be masked."""
    for name in names(of):
        kind: type[Kind] = family(of)[name]
        source = inspect.getsource(inspect.getmodule(kind) or kind)
        code = re.sub(r'"""(.|\n)*?"""', "", source)
        used = set(re.findall(r"Bearer \$\{secrets\.(\w+)\}", code))
        own = used - set(re.findall(r"secrets\.(\w+)", kind.example))
        assert own == set(kind.secrets), name
