"""How often the categoriser is right, how well it knows when it is, and how fast it is: on descriptions left out."""
