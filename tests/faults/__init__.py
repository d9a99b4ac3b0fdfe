"""What the nodes do when something dies, fills up or lies."""
