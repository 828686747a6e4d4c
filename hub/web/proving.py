"""Is an answer that came over MQTT really by the caregiver it names?

The broker knows a phone by its login and says no word of it to the hub, so any phone could answer
in any name.
"""

from __future__ import annotations

import logging

from controller.wire.errors import Malformed
from controller.wire.messages import AlertAck
from controller.wire.topics import match_topic, read_message
from hub.config import HubConfig
from hub.errors import HubError

log = logging.getLogger("hub.web.proving")


class Proof:
    """Tells answers that prove whom they are by from those that must and do not."""

    def __init__(self, config: HubConfig) -> None:
        self._secret, self._is_demanded = config.secret, config.signed_acks

    def is_missing(self, topic: str, payload: bytes, now_ms: int) -> bool:
        """Tell whether a message is an answer that must not count. A key that is wrong never counts."""
        found = match_topic(topic)
        if found is None or found[0] != "alert_ack":
            return False
        try:
            _, _, ack = read_message(topic, payload)
        except Malformed:
            return False
        if not isinstance(ack, AlertAck):
            return False
        return self._is_demanded if ack.key is None else not self._is_proven(ack, ack.key, now_ms)

    def _is_proven(self, ack: AlertAck, key: str, now_ms: int) -> bool:
        from hub.web.links import Signer

        try:
            return Signer(self._secret).read(key, "key", now_ms).caregiver == ack.by
        except HubError as error:
            log.warning("an answer in the name of %s bears a key that proves nothing: %s", ack.by, error)
            return False
