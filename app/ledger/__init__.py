"""The erasure ledger: what must be done again on a database that has been restored from an older backup.

Triggers note in `ledger_outbox`, in the transaction itself, that something is to be remembered; a process appends it
to a file outside the database (`file`, `facts`, `follower`); after a restore `replay` does it again. See
docs/operations.md.
"""
