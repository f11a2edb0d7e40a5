"""Networks with one positive entry in every row of the weights, beyond Gaussian maps."""
