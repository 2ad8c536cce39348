"""The demonstration: a made-up village deliberates by simulated telephones, through everything the product has."""
