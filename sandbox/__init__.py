"""Try it without keys: a local Pluggy and a local Telegram. They import nothing of ours and speak only HTTP."""
