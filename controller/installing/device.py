"""What does the computer in the box say of itself, and what of it must be mended?"""

from __future__ import annotations

from collections.abc import Iterator

from controller.installing.config import Config
from controller.witness.health import RULES
from firmware.device.card import in_memory
from firmware.device.machine import open_device
from firmware.findings import Finding
from firmware.ports import DeviceReading


def device_finding(config: Config) -> Finding:
    """Measure the computer once, the way the controller does; it needs nothing that the controller holds."""
    device = open_device(config.settings, config.directory, config.ups)
    try:
        reading = device.read()
    finally:
        device.close()
    if config.settings.hardware == "pi" and in_memory(config.directory):
        return Finding(
            name="device", ok=False,
            sentence=f"{config.directory} lies in memory: what is recorded there is gone with the power. "
            "Mount the partition of the outbox; see docs/operations.md.",
        )  # fmt: skip
    return judged(reading, has_ups=config.ups is not None)


def judged(reading: DeviceReading, *, has_ups: bool) -> Finding:
    """Say how a reading is: what must be mended, or else all that was measured."""
    bad = list(_to_mend(reading, has_ups=has_ups))
    said = bad or [*_measured(reading)] or ["nothing of itself can be measured here"]
    sentence = "; ".join(said)
    return Finding(name="device", ok=not bad, sentence=f"{sentence[0].upper()}{sentence[1:]}.")


def _to_mend(reading: DeviceReading, *, has_ups: bool) -> Iterator[str]:
    if reading.under_voltage:
        yield "the supply gives too little voltage; use the supply and cable made for this computer"
    if _is_worse("cpu_hot", reading.cpu_c):
        yield f"the processor has {reading.cpu_c:.0f} °C; let air to it, and keep it out of the sun"
    if _is_worse("disk_low", reading.disk_free_pct):
        yield f"only {reading.disk_free_pct:.0f} % of the card are free; make room"
    if _is_worse("wifi_weak", reading.wifi_dbm):
        yield f"the Wi-Fi is weak here ({reading.wifi_dbm} dBm); move the box or the router"
    if _is_worse("battery_low", reading.battery_pct):
        yield f"the battery holds {reading.battery_pct:.0f} %; charge it"
    if has_ups and reading.battery_pct is None:
        yield "the gauge of the battery ([ups]) does not answer; look at its bus and address with i2cdetect"


def _is_worse(word: str, value: float | None) -> bool:
    return value is not None and RULES[word].is_worse(value)


def _measured(reading: DeviceReading) -> Iterator[str]:
    """Say what was measured; of what stays unsaid nobody knows that it is well."""
    if reading.under_voltage is not None:
        yield "the supply holds its voltage"
    if reading.cpu_c is not None:
        yield f"processor {reading.cpu_c:.0f} °C"
    if reading.disk_free_pct is not None:
        yield f"{reading.disk_free_pct:.0f} % of the card free"
    if reading.card_written_bytes is not None:
        yield f"{reading.card_written_bytes // 2**20} MiB written to it since the machine started"
    if reading.wifi_dbm is not None:
        yield f"Wi-Fi {reading.wifi_dbm} dBm"
    if reading.battery_pct is not None and reading.battery_v is not None:
        yield f"battery {reading.battery_pct:.0f} %, {reading.battery_v:.2f} V"
