"""Wide networks with one positive entry at a random place of every row of the weights."""
