"""A person's life in a few days: what happens, what the bank makes of it, who reads and tells it, what dies meanwhile."""
