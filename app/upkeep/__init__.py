"""Erasure that reaches the bytes: what an erasure leaves in the files of the database, and the step that clears it.

A deleted row is gone for every query, and still readable in the files for a while: in page remnants and the
write-ahead log of SQLite, in dead row versions, free space, indexes and planner statistics of PostgreSQL. Each
transaction that erases leaves a trace (`repository.leave`); the step (`service.run`) clears the files and then
settles the traces that were there when it began.
"""
