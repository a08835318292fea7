"""Detection: compression, encoding and format of an input, each with its reasons."""
