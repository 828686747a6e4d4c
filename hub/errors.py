"""What can stop the hub, and what is said about it?"""


class HubError(Exception):
    """The base of everything the hub raises. Its text is a sentence for the person who set it up."""


class ConfigRefused(HubError, ValueError):
    """The hub's configuration file is missing, malformed, or asks for something that cannot be."""


class HouseholdRefused(HubError, ValueError):
    """A household or medicine file cannot be used. The text names the file and the key."""


class StoreRefused(HubError, OSError):
    """The database cannot be opened, migrated or written."""


class StoreGone(StoreRefused):
    """The database or its lock was removed or replaced under the running hub: it must be started again."""


class StoreTaken(StoreRefused):
    """Another hub acts on this database."""


class LeaseLost(StoreGone):
    """Another hub has taken over from this one, which must not do anything more."""


class ReplayRefused(HubError, ValueError):
    """A line of recorded input cannot be replayed. The text starts with its line number."""


class Unwritable(HubError, OSError):
    """What was done cannot be said."""
