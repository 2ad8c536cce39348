"""The handset page: telephones in the browser. Static files that the simulated carrier serves; no code here."""
