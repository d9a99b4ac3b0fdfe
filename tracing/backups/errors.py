"""What can be wrong with a backup, or with the place it is to go to."""

__all__ = ["BackupBusy", "BackupDamaged", "BackupExists", "RestoreRefused", "ToolFailed"]


class BackupDamaged(Exception):
    """It is not a backup, not whole, or not what was made; nothing was taken from it."""


class BackupExists(Exception):
    """There is something in the place of the new backup; it is never written over."""


class BackupBusy(Exception):
    """Another backup of this home is being made."""


class RestoreRefused(Exception):
    """The place a backup is to be restored to holds something already."""


class ToolFailed(Exception):
    """A tool of the database did not do its work; the message says what it said."""
