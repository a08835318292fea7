"""The main path: from sources to published outputs, with a receipt."""
