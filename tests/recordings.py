"""Recordings of browser tests: an animated WebP of what a page showed, where ATTUNE_RECORD names a folder.

The frames are those that the browser itself sends, so that nothing beside Chromium and Pillow is needed. Without
ATTUNE_RECORD nothing is recorded and nothing costs time.
"""

from __future__ import annotations

import base64
import io
import itertools
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

FOLDER = "ATTUNE_RECORD"
WIDTH, HEIGHT, QUALITY = 960, 720, 60
SHORTEST, LONGEST, LAST = 50, 1500, 2500


def folder() -> Path | None:
    """Where recordings are written; None where none are asked for."""
    named = os.environ.get(FOLDER, "").strip()
    return Path(named).expanduser() if named else None


@contextmanager
def recorded(browser: Browser, name: str, **options: Any) -> Iterator[Page]:
    """A page of a fresh profile, recorded as `name.webp` if recordings are asked for.

    Args:
        browser: where the context is opened.
        name: of the recording, also when the test fails.
        options: of `browser.new_context`.
    """
    context = browser.new_context(**options)
    context.set_default_timeout(60_000)
    page = context.new_page()
    target = folder()
    frames = _watch(page) if target else []
    try:
        yield page
    finally:
        if target:
            save(frames, target / f"{name}.webp")
        context.close()


def _watch(page: Page) -> list[tuple[float, bytes]]:
    """Frames with their times, collected as they come."""
    frames: list[tuple[float, bytes]] = []
    channel = page.context.new_cdp_session(page)

    def keep(sent: dict[str, Any]) -> None:
        frames.append((float(sent["metadata"]["timestamp"]), base64.b64decode(sent["data"])))
        channel.send("Page.screencastFrameAck", {"sessionId": sent["sessionId"]})

    channel.on("Page.screencastFrame", keep)
    channel.send(
        "Page.startScreencast",
        {"format": "jpeg", "quality": QUALITY, "maxWidth": WIDTH, "maxHeight": HEIGHT, "everyNthFrame": 2},
    )
    return frames


def save(frames: list[tuple[float, bytes]], path: Path) -> None:
    """Write frames as one animation that plays at the speed of the page, but for long waits, which are shortened."""
    if not frames:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    shown = [Image.open(io.BytesIO(data)).convert("RGB") for _, data in frames]
    shown = [image if image.size == shown[0].size else image.resize(shown[0].size) for image in shown]
    times = [time for time, _ in frames]
    gaps = [int(1000 * (after - before)) for before, after in itertools.pairwise(times)]
    lasts = [min(LONGEST, max(SHORTEST, gap)) for gap in gaps] + [LAST]
    shown[0].save(
        path, save_all=True, append_images=shown[1:], duration=lasts, loop=0, quality=QUALITY, method=0, format="WEBP"
    )
