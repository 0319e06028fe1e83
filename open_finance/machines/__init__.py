"""Several machines on one PostgreSQL: what they tell each other through Redis. Only what may be lost is there."""
