"""What files state about their colors, and what those statements mean."""
