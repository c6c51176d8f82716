"""What the webshop on MyCashflow knows, read into the register: customers, orders, and its webhooks as hints."""
