"""DynamoDB: the only package that knows tables, keys and items."""
