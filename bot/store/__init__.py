"""Tables, engine, transactions, queries and migrations: the one database of the product."""
