"""What pages are made of: data in, widgets out."""
