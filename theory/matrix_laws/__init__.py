"""Laws of whole weight matrices: correlated rows, orthogonal, asymmetric, given covariances."""
