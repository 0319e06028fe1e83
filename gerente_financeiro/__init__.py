"""The Telegram bot: it talks, the core (``open_finance``) works. Importing this package does nothing."""
