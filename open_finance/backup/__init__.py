"""One encrypted file of everything that is stored: ``backup.copies`` is its face."""
