"""Synchronising: when it is due, what a pass reads, where it is spooled, how it is merged."""
