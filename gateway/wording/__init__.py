"""Every sentence a person reads or hears, per language, as data: `zh/*.yaml`, `en/*.yaml`."""
