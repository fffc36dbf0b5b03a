"""What can be done for a user: models, methods, recommenders, metrics and the runner that compares them."""
