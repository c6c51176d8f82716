"""Reading what recipients hold, at intervals: how far each reading has come, page by page, and what to look at anew."""
