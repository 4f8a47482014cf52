"""Where a redirect leads, without sockets: any location ends one of three ways."""

from __future__ import annotations

import httpx
from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine.io.world.failures import Broken
from engine.io.world.http.redirects import Trail

START = "https://shop.test:444/a?key=1"
PARTS = st.sampled_from(
    [
        "http",
        "https",
        "file",
        ":",
        "//",
        "/",
        "shop.test",
        ":444",
        "@",
        "[",
        "]",
        "?",
        "#",
        "%",
        "..",
        "\\",
        " ",
        "\t",
    ]
)
LOCATIONS = st.lists(PARTS | st.characters(max_codepoint=255), max_size=12).map("".join) | st.text()


@settings(max_examples=400, deadline=None)
@given(location=LOCATIONS)
@example("https://shop.test:444/b")
@example("//other.test/")
@example("https://xn--/")
@example("https://[::1%25lo]/")
@example("https://" + "a" * 70 + ".test/")
@example("https:///x")
@example("https://ⅷ.test/")
def test_any_location_is_followed_or_refused_in_words(location: str) -> None:
    """Never another exception, never to http, never with what belongs to another origin."""
    trail = Trail(START, httpx.URL(START), 3)
    response = httpx.Response(302, headers=[(b"location", location.encode("utf-8", "replace"))])
    try:
        led = trail.step(response)
    except Broken as broken:
        assert ("redirects", True) == (
            broken.reason,
            broken.detail.startswith("redirected https://shop.test"),
        )
        assert "key=1" not in broken.detail
        assert 1 == len(broken.detail.splitlines())
        return
    if not led:
        assert httpx.URL(START) == trail.url
        return
    assert ("https", b"") == (trail.url.scheme, trail.url.userinfo)
    there = (trail.url.host.rstrip("."), trail.url.port or 443)
    assert trail.left_origin is (there != ("shop.test", 444))
