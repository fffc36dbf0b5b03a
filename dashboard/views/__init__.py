"""The pages: one file each, with `PAGE` and `render(services)`; a file that is added here is a page."""
