"""What each request costs in DynamoDB and in CPU, at a hundred tasks and at a hundred thousand."""
