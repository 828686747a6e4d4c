"""Who notices that the hub itself is gone? Somebody outside, who misses its word.

Power, network and machine fail together with everything at home that could tell of it. So the hub calls a
dead man's switch elsewhere, such as healthchecks, as long as it is well; what is missed there is told there.
The calls are made by a thread of their own, for an address that hangs must delay nothing.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable
from http.client import HTTPException
from typing import Literal
from urllib.error import URLError
from urllib.request import Request, urlopen

from hub.config import WatcherSettings

Word = Literal["start", "success", "fail"]

log = logging.getLogger("hub.running.watcher")


class Watcher:
    """Says how the hub is, at most once in `every_s`. Called by the main loop only."""

    def __init__(self, settings: WatcherSettings, call: Callable[[str, float], None] | None = None) -> None:
        self._settings = settings
        self._call = call or call_address
        self._words: queue.Queue[Word] = queue.Queue(maxsize=1)
        self._said_s: float | None = None
        self._well_s: float | None = None
        self._trouble = ""

    def start(self, now_s: float) -> None:
        """Say that the hub begins; it is well until something shows that it is not."""
        self._well_s = now_s
        if self._settings.url:
            threading.Thread(target=self._work, name="watcher", daemon=True).start()
            self._words.put_nowait("start")

    def beat(self, now_s: float, *, well: bool) -> None:
        """Say how the hub is, if it is time; what fails for less than `every_s` is nobody's trouble.

        Called by the loop and by nothing else: a hub whose loop does not turn says nothing.
        """
        if well:
            self._well_s = now_s
        elif self._well_s is not None and now_s - self._well_s < self._settings.every_s:
            return
        if self._said_s is None or now_s - self._said_s >= self._settings.every_s:
            self._said_s = now_s
            self._say("success" if well else "fail")

    def _say(self, word: Word) -> None:
        # What a hanging call has kept from being said is old by now: only the newest word counts.
        while self._settings.url:
            try:
                self._words.put_nowait(word)
                return
            except queue.Full:
                self._forget()

    def _forget(self) -> None:
        try:
            self._words.get_nowait()
        except queue.Empty:
            return

    def _work(self) -> None:
        settings = self._settings
        ends = {"start": settings.start, "success": settings.success, "fail": settings.fail}
        while True:
            word = self._words.get()
            try:
                self._call(f"{settings.url}{ends[word]}", settings.timeout_s)
                trouble = ""
            except (OSError, URLError, HTTPException, ValueError) as error:
                # The address is a secret: whoever knows it can say that all is well.
                trouble = f"the outside watcher cannot be reached: {type(error).__name__}"
            if trouble != self._trouble:
                log.warning("%s", trouble or "the outside watcher is reached again")
            self._trouble = trouble


def call_address(url: str, timeout_s: float) -> None:
    """Call an address; an answer other than success is an error."""
    request = Request(url, headers={"User-Agent": "pillbox-hub"})
    with urlopen(request, timeout=timeout_s) as answer:
        answer.read(1)
