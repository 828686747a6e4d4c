"""How do several lights, a matrix and a buzzer make one panel, and several sets of buttons one?"""

from __future__ import annotations

from collections.abc import Callable

from firmware.ports import Buttons, Panel, PanelView, Press, Sound


class CombinedPanel:
    """Hands everything to each part; keeps the `Panel` port. Without parts it is dark and silent."""

    def __init__(self, parts: tuple[Panel, ...], *, then: Callable[[], None]) -> None:
        """Combine parts; `then` is called after they are closed, to free the pins under them."""
        self._parts = parts
        self._then = then

    def show(self, view: PanelView) -> None:
        """Show a view on every part."""
        for part in self._parts:
            part.show(view)

    def play(self, sound: Sound) -> None:
        """Play a sound on every part."""
        for part in self._parts:
            part.play(sound)

    def alive(self) -> bool:
        """Tell whether every part would still come through."""
        return all(part.alive() for part in self._parts)

    def close(self) -> None:
        """Close every part, then what lies under them."""
        for part in self._parts:
            part.close()
        self._then()


class CombinedButtons:
    """Reports the presses of each part; keeps the `Buttons` port. Without parts nothing is pressed."""

    def __init__(self, parts: tuple[Buttons, ...]) -> None:
        self._parts = parts

    def start(self, report: Callable[[Press], None]) -> None:
        """Begin to watch every part."""
        for part in self._parts:
            part.start(report)

    def alive(self) -> bool:
        """Tell whether every part would still notice."""
        return all(part.alive() for part in self._parts)

    def close(self) -> None:
        """Close every part."""
        for part in self._parts:
            part.close()
