"""From above: how communities do, for the township, and whom nothing reaches, for those who go from door to door."""
