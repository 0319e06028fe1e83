"""What is worth telling a person, and when: pure decisions."""
