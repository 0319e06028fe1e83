"""Pictures and files for people, made of what ``insights`` worked out: results in, bytes out. Nothing is kept on disk."""
