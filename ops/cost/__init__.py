"""What the application costs: prices, and a model of a month's bill."""
