"""Measuring: questions × assistant → run → measures."""
