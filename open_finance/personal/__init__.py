"""What belongs to a person as a whole: an archive of it, its erasure, and when to speak of a bank that needs them."""
