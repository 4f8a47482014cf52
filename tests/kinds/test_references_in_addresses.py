"""Data within an address: one part of it, whatever it holds."""

from __future__ import annotations

import pytest

from engine.kinds.references import resolve


@pytest.mark.parametrize(
    ("written", "value", "address"),
    [
        ("https://h/items/${x}", "a b", "https://h/items/a%20b"),
        ("https://h/items/${x}/y", "../../admin", "https://h/items/..%2F..%2Fadmin/y"),
        ("https://h/items/${x}/y", "..", "https://h/items/%2E%2E/y"),
        ("https://h/?q=${x}&by=me", "a&admin=1#z", "https://h/?q=a%26admin%3D1%23z&by=me"),
        ("https://h${x}/y", "@evil.example", "https://h%40evil.example/y"),
        ("https://h/${x}", 7, "https://h/7"),
        ("https://h/${x}", "v1.2-beta_3~", "https://h/v1.2-beta_3~"),
        ("postgresql://u@h/${x}", "d?host=evil", "postgresql://u@h/d%3Fhost%3Devil"),
        ("see https://h/${x}", "a b", "see https://h/a b"),
        ("${x}", "https://h/a b", "https://h/a b"),
        ("x ${x}", "a/b", "x a/b"),
    ],
)
def test_data_bends_no_address(written: str, value: str | int, address: str) -> None:
    """What is no address, and an address that is data as a whole, takes it as it is."""
    assert address == resolve(written, lambda _: value)


def test_what_the_team_wrote_is_written_in_as_it_is() -> None:
    """When planning, a service's address and path are put together."""
    known = {"url": "https://h:8080/base", "path": "a/b?c=d"}
    assert "https://h:8080/base/a/b?c=d" == resolve("${url}/${path}", known.__getitem__, partial=True)
    assert "https://h/a/b?c=d" == resolve("https://h/${path}", known.__getitem__, partial=True)
