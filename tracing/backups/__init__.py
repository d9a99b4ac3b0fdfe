"""Backups: a node's whole home in one sealed file, made while the node runs; proved, and put back.

``sealed`` is the file, ``copying`` takes the database as it stands at one instant, ``archive`` what a backup holds,
``making`` makes one, ``restoring`` proves one or puts it into an empty home.
"""

from tracing.backups.errors import BackupBusy, BackupDamaged, BackupExists, RestoreRefused
from tracing.backups.making import Made, make_backup
from tracing.backups.restoring import Restored, restore_backup, verify_backup

__all__ = [
    "BackupBusy",
    "BackupDamaged",
    "BackupExists",
    "Made",
    "RestoreRefused",
    "Restored",
    "make_backup",
    "restore_backup",
    "verify_backup",
]
