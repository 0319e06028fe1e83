"""What the bot says: pure functions from records and results to escaped HTML, one file a subject."""
