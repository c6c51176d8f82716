"""Mailchimp's own word: its webhooks, the poll beside them, who is put into its audiences (docs/mailchimp.md)."""
