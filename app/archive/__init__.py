"""Backups: the whole database in one file that either kind of database can be restored from.

A ZIP archive with one file of JSON lines for each table, and `manifest.json`: revision, and of each table its columns,
number of rows and SHA-256, authenticated under the installation's key. It holds no secret file.
"""
