"""A generated register of any size, for measuring and for trying things out: nobody real, the same each time."""
