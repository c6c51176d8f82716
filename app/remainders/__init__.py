"""What an erasure has left: every table and, with SQLite, the file's bytes are searched for given values."""
