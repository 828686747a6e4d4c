"""Which sensors of a box cannot be relied on, and is that told as one trouble?

A sensor that fails leaves the storage unmeasured. The box says both, the fault at once and the silence when
it has lasted; people have one thing to mend, so whichever of the two alerts is raised first stands for both.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

from controller.wire.events import ClimateSampled, ExcursionStarted, SensorFault, SensorRecovered
from controller.wire.instants import MINUTE_MS
from hub.care.alerting.alerts import raise_alert, resolve
from hub.care.alerting.naming import Moment
from hub.care.alerting.words import sensor_wording, wording
from hub.care.alerting.words.wording import Words
from hub.care.ledger import Ailment, BoxRecord
from hub.care.page import Page

FAULTY_MS = 30 * MINUTE_MS
"""How long a sensor may fail before somebody is told."""


def watch_sensor(
    page: Page, box_id: str, data: SensorFault | SensorRecovered | ClimateSampled, then: Moment
) -> None:
    """Note a fault of a sensor, or that it is over, and end the alert about it."""
    box = page.boxes[box_id]
    since = box.faults.get(data.sensor)
    if isinstance(data, SensorFault):
        if since is None:
            ailment = Ailment(because=data.because, role=data.role, against=data.against)
            page.put_box(
                replace(
                    box,
                    faults={**box.faults, data.sensor: page.at},
                    ailments={**box.ailments, data.sensor: ailment},
                )
            )
        return
    # A sample that began before the fault proves nothing about the time after it.
    if since is None or (isinstance(data, ClimateSampled) and data.since <= since):
        return
    faults = {sensor: at for sensor, at in box.faults.items() if sensor != data.sensor}
    ailments = {sensor: one for sensor, one in box.ailments.items() if sensor != data.sensor}
    page.put_box(replace(box, faults=faults, ailments=ailments))
    alert = page.open_alert(f"device.sensor {box_id}/{data.sensor}")
    if alert is not None:
        resolve(page, alert, "sensor_recovered", wording.mended(alert.title, then))


def not_measured(page: Page, box_id: str, data: ExcursionStarted, began_at: int | None) -> None:
    """Tell that the storage is not measured, and why, unless the failed sensor is told of already."""
    box = page.boxes[box_id]
    sensor = _of_medicine(box)
    if sensor is not None and page.open_alert(f"device.sensor {box_id}/{sensor}") is not None:
        return
    ailment = None if sensor is None else box.ailments.get(sensor, Ailment(because="absent"))
    words = sensor_wording.not_measured(box_id, page.moment(), began_at, sensor, ailment)
    raise_alert(
        page, kind="storage.stale", want="storage", box=box_id, about=f"{box_id}/{data.rule}", words=words,
        about_at=began_at,
    )  # fmt: skip


def failing(box: BoxRecord, raised: Collection[str]) -> Iterator[tuple[int, str, str]]:
    """Go through the sensors of a box that will be an alert of their own: when, its kind, and about what."""
    is_told = any(condition.startswith(f"storage.stale {box.box}/") for condition in raised)
    for sensor, since in box.faults.items():
        if is_told and _is_medicines(box, sensor):
            continue
        if f"device.sensor {box.box}/{sensor}" not in raised:
            yield since + FAULTY_MS, "device.sensor", f"{box.box}/{sensor}"


def failed_words(page: Page, box: BoxRecord, sensor: str) -> Words:
    """Say that a sensor fails."""
    ailment = box.ailments.get(sensor, Ailment(because="absent"))
    return sensor_wording.failed(box.box, page.moment(), box.faults.get(sensor, page.at), sensor, ailment)


def _of_medicine(box: BoxRecord) -> str | None:
    return next((sensor for sensor in box.faults if _is_medicines(box, sensor)), None)


def _is_medicines(box: BoxRecord, sensor: str) -> bool:
    return sensor not in box.ailments or box.ailments[sensor].role is None
