"""What the study publishes: small tables, points and images, written by one module and read by another, declared once."""
