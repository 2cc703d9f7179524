"""What uploads cost, counted on an offline AWS that nothing else uses."""
