"""The outbox of Art. 19: what each recipient is to be told, queued in the transaction of the decision itself."""
