"""What staff say to many: notices, their audience, preview, second person, hour, script, report."""
