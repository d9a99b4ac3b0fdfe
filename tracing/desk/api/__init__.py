"""The officers' API under ``/api/v1``: one module per noun. Every route carries its policy and its description."""
