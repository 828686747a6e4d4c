"""Where may others read a message, so that it names no patient, no medicine and no compartment there?

A message is written twice: in full, and briefly for such places. Which of the two leaves is decided here
alone, when it leaves: by then an address may have changed, or the message have gone on to another channel.
"""

from __future__ import annotations

from dataclasses import dataclass

from hub.care.caregivers import Caregiver
from hub.care.ledger import MessageRecord
from hub.care.people import Household, Patient

NOTHING_MORE = (
    "Something about a pillbox asks for you. Read more at the hub (pillbox-hub alerts) or in your MQTT app."
)
"""What is said where a message has only a full text, such as one written before this was decided."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Addresses, by their schemes, whose messages end up in the same kind of place."""

    name: str
    is_own: bool
    why: str
    schemes: frozenset[str]


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


PLACES: tuple[Place, ...] = (
    Place(
        name="mailbox",
        is_own=True,
        why="it is read behind a login, and its subject names nobody",
        schemes=_words(
            "mailto mailtos ses sendgrid mailgun sparkpost smtp2go resend postmark mailersend brevo "
            "sendpulse azure o365 deltachat deltachats"
        ),
    ),
    Place(
        name="push",
        is_own=False,
        why="it lights up on a locked phone, with its text",
        schemes=_words(
            "ntfy ntfys pover gotify gotifys pbul psafer psafers pushy pushme spush simplepush push bark "
            "barks prowl onesignal pushdeer pushdeers join notica noticas hassio hassios chanify"
        ),
    ),
    Place(
        name="chat",
        is_own=False,
        why="it lights up on a locked phone, and others may be in the room",
        schemes=_words(
            "tgram signal signals whatsapp whapi viber threema line matrix matrixs slack discord mmost "
            "mmosts rocket rockets zulip nctalk nctalks gchat wechat kakao kakaotalk zalo"
        ),
    ),
    Place(
        name="text message",
        is_own=False,
        why="it is shown on a locked phone, and kept readable by whoever carries it",
        schemes=_words(
            "twilio vonage nexmo clickatell d7sms bulksms bulkvs sinch msgbird sns smseagle smseagles "
            "smsmgr smsmanager serwersms freemobile sfr 46elks elks burstsms kudosity kavenegar octopush "
            "httpsms telnyx infobip seven atalk smsc smstunnel eight00com"
        ),
    ),
    Place(
        name="voice",
        is_own=False,
        why="it is spoken aloud to whoever picks up",
        schemes=_words("clicksend voipms plivo telesign exotel ringc cm dapnet aprs"),
    ),
    Place(
        name="program",
        is_own=False,
        why="it goes to a program, and nobody here knows who reads what that shows",
        schemes=_words(
            "json jsons xml xmls form forms mqtt mqtts amqp amqps apprise apprises ifttt workflow workflows"
        ),
    ),
)
ELSEWHERE = Place(
    name="elsewhere",
    is_own=False,
    why="nobody here knows where it is shown",
    schemes=frozenset(),
)


def place_of(address: str) -> Place:
    """Return where a message to an address ends up."""
    scheme = address.partition("://")[0].lower()
    return next((place for place in PLACES if scheme in place.schemes), ELSEWHERE)


def reads_in_full(person: Caregiver | Patient, channel: str) -> bool:
    """Say whether a channel may name people and medicines: as the home chose, else by where it is read."""
    if person.full_text is not None:
        return channel in person.full_text
    return channel in person.channels and place_of(person.channels[channel]).is_own


def text_for(household: Household, message: MessageRecord) -> str:
    """Return the text with which a message leaves for its channel."""
    # Caregivers before patients, as for an address; of somebody who has left nothing is known.
    person = household.caregivers.get(message.to) or household.patients.get(message.to)
    if person is not None and reads_in_full(person, message.channel):
        return message.body
    return message.brief or NOTHING_MORE
