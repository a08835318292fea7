"""The pure-Python twin of every kernel: short, obvious, and what the kernel is tested against."""
