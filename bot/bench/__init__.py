"""`entaku bench`: each figure with its peer beside it."""
