"""Reports: figures counted from cases, never kept beside them."""
