"""How is it said of a sensor? That it fails, how that shows, and what to look at, as in `wording`."""

from __future__ import annotations

from hub.care.alerting.naming import Moment
from hub.care.alerting.words.wording import Words
from hub.care.ledger import Ailment

_SILENT = ("has given no reading", "Look whether it is plugged in.")
_STILL = ("has read exactly the same for so long that no air is like it", "Unplug it and plug it in again.")
_SHOWN = {
    "absent": _SILENT,
    "crc": ("has sent damaged answers", "Look at its wires."),
    "implausible": (
        "has read what no air is like",
        "Unplug it and plug it in again, or have it replaced.",
    ),
    "jumping": ("has jumped from one value to another", "Look at its wires and its plug."),
    "frozen": _STILL,
    "stuck": _STILL,
    "hung": ("has not let go of its wires", "Unplug the box and plug it in again."),
    "wrong_chip": ("is not the one that this box expects", "Please tell whoever looks after the system."),
}
_DISAGREEING = "Hold a thermometer beside both, and have the one that is off calibrated or replaced."
_UNSEEN = "we cannot see how the tablets in it are kept"
_BESIDE = "The storage is still judged by the sensor that lies with the tablets."


def failed(box: str, moment: Moment, since: int, sensor: str, ailment: Ailment) -> Words:
    """Say that a sensor fails, and whether the storage is measured all the same."""
    shown, mend = _shown(ailment)
    title = "Sensor gives no reading" if (shown, mend) == _SILENT else "Sensor cannot be relied on"
    rest = _BESIDE if ailment.role == "beside" else f"Until it can be relied on, {_UNSEEN}."
    if title == "Sensor gives no reading" and ailment.role is None:
        rest = f"Until it does, {_UNSEEN}."
    said = f"The sensor {sensor} of box {box} {shown} since {moment.dated(since)}."
    return Words(title, f"{said} {rest} {mend}")


def not_measured(
    box: str, moment: Moment, since: int | None, sensor: str | None, ailment: Ailment | None
) -> Words:
    """Say that the storage is not measured, and by the failing of which sensor, where that is known."""
    said = f"The storage in box {box} has not been measured since {moment.known(since)}"
    if sensor is None or ailment is None:
        body = f"{said}. We cannot see how the tablets in it are kept. Look whether its sensor is plugged in."
        return Words("Storage is not measured", body)
    shown, mend = _shown(ailment)
    if ailment.because == "disagreeing":
        said = said.replace("has not been measured", "has not been measured reliably")
    body = f"{said}: its sensor {sensor} {shown}. We cannot see how the tablets in it are kept. {mend}"
    return Words("Storage is not measured", body)


def _shown(ailment: Ailment) -> tuple[str, str]:
    """Return how the failing shows, and what to look at."""
    if ailment.because == "disagreeing":
        other = f"the sensor {ailment.against}" if ailment.against else "another sensor"
        return f"has differed from {other} by more than 3 °C or 15 % humidity", _DISAGREEING
    return _SHOWN.get(ailment.because, _SILENT)
