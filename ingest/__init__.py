"""Reading: files become addressable sentences, and sentences a searchable index."""
