"""What the paper may have done: recipes, and how near each comes to its table."""
