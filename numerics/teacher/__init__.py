"""Students that learn from a teacher of their own shape, compared between initializations."""
