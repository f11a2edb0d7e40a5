"""Laws of positive random variables and of weights, known by their Mellin transforms."""
