"""Campaigns that try to break it: run again and again, counted, written to docs/reliability.md."""
