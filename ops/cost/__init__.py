"""What the application costs: prices, a model of a month's bill, and the usage that it prices."""
