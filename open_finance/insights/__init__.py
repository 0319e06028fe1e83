"""What a person's rows say, as pure functions over records: what a movement is, whose shop it was, what is unusual."""
