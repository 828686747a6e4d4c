"""What is wrong with the hub itself, its broker and its channels, and when is it over?"""

from __future__ import annotations

from typing import assert_never

from hub.care.alerting.alerts import raise_alert, resolve
from hub.care.alerting.words import box_wording, wording
from hub.care.happenings import BrokerLink, TroubleArrived, TroubleOver
from hub.care.page import Page

NO_BROKER = "device.broker home"
"""The condition that the hub hears nobody; there is one for each patient, however many boxes."""


def take_trouble(page: Page, said: TroubleArrived | TroubleOver | BrokerLink) -> None:
    """Tell people of something technical, or that it is over."""
    match said:
        case TroubleArrived():
            _begins(page, said)
        case TroubleOver():
            _is_over(page, said)
        case BrokerLink():
            _broker_link(page, said)
        case _:
            assert_never(said)


def _begins(page: Page, arrived: TroubleArrived) -> None:
    """Tell people of something technical, once a day for each box and trouble."""
    box = arrived.box if page.owns(arrived.box) else next((box.id for box in page.own_boxes()), None)
    if box is None:
        return
    day = page.moment().day()
    condition = f"device.trouble {arrived.box}/{arrived.trouble} "
    about = f"{arrived.box}/{arrived.trouble} {day}"
    for alert in page.alerts.values():
        # What nobody has taken on since yesterday is told by its own ladder.
        if alert.condition.startswith(condition) and (
            alert.state in ("raised", "told", "reopened") or alert.condition.endswith(day)
        ):
            return
    words = wording.trouble(arrived.text, page.moment())
    raise_alert(page, kind="device.trouble", want="device", box=box, about=about, words=words)


def _is_over(page: Page, over: TroubleOver) -> None:
    """End what was told of a trouble."""
    for alert in page.open_alerts():
        if alert.condition.startswith(f"device.trouble {over.box}/{over.trouble} "):
            resolve(page, alert, "mended", wording.mended(alert.title, page.moment()))


def _broker_link(page: Page, link: BrokerLink) -> None:
    """Tell that the hub hears nobody, or end that: silence then counts from now on."""
    if not link.heard:
        if (box := next((box.id for box in page.own_boxes()), None)) is not None:
            words = box_wording.broker_lost(page.moment())
            raise_alert(page, kind="device.broker", want="device", box=box, about="home", words=words)
        return
    alert = page.open_alert(NO_BROKER)
    if alert is not None:
        page.started_at, page.next_slot_at = page.at, None
        resolve(page, alert, "heard", wording.mended(alert.title, page.moment()))
