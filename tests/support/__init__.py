"""What the tests share: builders of pictures and files, and readers of the template."""
