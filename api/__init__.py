"""Doors: HTTP and terminal; what is asked comes in here, what is answered goes out, nothing is thought."""
