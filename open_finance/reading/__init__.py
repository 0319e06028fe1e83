"""The read side's pure parts: balances, statements, how a question is understood, how old the answer is."""
