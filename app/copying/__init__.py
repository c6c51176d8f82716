"""Moving a whole register from one database to another, of the same or of the other kind, and proving it row by row."""
