"""The synchronisation: what it writes and asks, how fast, how much memory it takes, and who else notices."""
