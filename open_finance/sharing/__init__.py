"""What members of a family share, and what they owe each other: pure."""
