"""What staff or a registered helper enter for somebody who is present or on the telephone."""
