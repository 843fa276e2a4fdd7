"""What the paper may have done: recipes, how near each comes to its table, and the ladder from the nearest one to ours."""
