"""Notifications on their way: claimed, prepared, handed to a connector, recorded; answered by recipients and people."""
