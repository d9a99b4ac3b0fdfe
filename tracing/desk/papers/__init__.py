"""Evidence on paper: for people, in six languages, with the evidence itself in the same file."""
