"""What comes in is accepted once; what goes out reaches everybody it can: inbox, broadcasts, deliveries, attempts."""
