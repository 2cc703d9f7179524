"""Every alarm goes off when what it is for happens, on the metrics that the offline AWS records."""
