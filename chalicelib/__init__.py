"""TaskFlow: a team task manager on AWS Lambda, DynamoDB and API Gateway."""

VERSION = "0.1.0"
