"""Looking after an index: examining it, repairing it, backing it up and restoring it."""
