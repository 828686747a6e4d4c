"""How is it said of what a supply that runs out is told, and that it is told anew?"""

from __future__ import annotations

from hub.care.alerting.words.wording import Words


def said_anew(title: str) -> Words:
    """Say that an alert has ended because another one says the same thing as it stands now."""
    text = "It is not over: another message says how it stands now."
    return Words(f"{title}: said anew", text, text)


def of_medicine(name: str, strength: str) -> str:
    """Name the medicine that a message to a person is about; what strangers may read never does."""
    return f"The medicine is {name} {strength}."
