"""What the residents' pages and the staff console share: the look, the way of speaking, the picture of a result."""
