"""Imports of what other systems export: a Mailchimp audience, a webshop's orders.

files, reading, times, amounts   from bytes to cells, instants and money, one line at a time
mailchimp, orders                what a row means (pure; no database)
take_audience, take_orders       what a batch of rows changes, in one transaction
service                          batches, lease, resumption, counts
report                           what became of each line; never a personal value
"""
