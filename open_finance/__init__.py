"""Open Finance for Python: bank connections, accounts and transactions through Pluggy, kept in one's own database.

Importing this package does no work: no network, no engine, no environment. See ``open_finance/README.md`` for examples.
"""
