"""How recipients are reached: one small interface, an implementation for each vendor and channel. No database here."""
