"""The console: one static page that people use in place of the API."""
