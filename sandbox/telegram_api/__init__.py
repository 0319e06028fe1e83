"""A local Telegram: the Bot API that a bot talks to, a control API for tests and a chat page for people."""
