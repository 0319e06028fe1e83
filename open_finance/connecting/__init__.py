"""Connecting: choosing a bank, checking what is typed, posting, following, refreshing and ending a connection."""
