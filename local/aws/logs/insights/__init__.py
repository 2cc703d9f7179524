"""The query language of Logs Insights, without what would need a guess.

docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html. What is not supported here is
refused as malformed: a query either has the answer that AWS gives, or none.
"""
