"""The shortcuts through moto lead to where the whole way does."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests import conftest

OF_ONE_KEY, OF_TWO_KEYS = "taskflow-test-users", "taskflow-test-activity"
VALUES = {
    "text": {"S": "x"},
    "empty": {"S": ""},
    "number": {"N": "-1.50"},
    "yes": {"BOOL": True},
    "no": {"BOOL": False},
    "nothing": {"NULL": True},
    "bytes": {"B": b"\x00\xff"},
    "texts": {"SS": ["a", "b"]},
    "numbers": {"NS": ["1", "2"]},
    "list": {"L": [{"S": "x"}, {"L": [{"B": b"x"}, {"N": "1"}]}, {"NULL": True}]},
    "map": {"M": {"S": {"N": "1"}, "deep": {"M": {"no": {"BOOL": False}, "bytes": {"B": b"y"}}}}},
}


@pytest.fixture
def dynamodb(aws: Any) -> Any:
    """With two items in each of two tables."""
    client = conftest._client("dynamodb")
    for name in (OF_ONE_KEY, OF_TWO_KEYS):
        for item in ("kept", "touched"):
            client.put_item(TableName=name, Item=key(client, name, item) | {"value": {"S": "old"}})
    return client


def key(client: Any, table: str, item: str) -> dict[str, Any]:
    schema = client.describe_table(TableName=table)["Table"]["KeySchema"]
    return {each["AttributeName"]: {"S": item} for each in schema}


def writes(client: Any, table: str) -> list[dict[str, Any]]:
    """An item more, one changed and one less."""
    change = {
        "UpdateExpression": "SET #value = :new",
        "ExpressionAttributeNames": {"#value": "value"},
        "ExpressionAttributeValues": {":new": {"S": "new"}},
    }
    return [
        {"Put": {"TableName": table, "Item": key(client, table, "fresh")}},
        {"Update": {"TableName": table, "Key": key(client, table, "touched"), **change}},
        {"Update": {"TableName": table, "Key": key(client, table, "unheard of"), **change}},
        {"Delete": {"TableName": table, "Key": key(client, table, "kept")}},
    ]


def stored(client: Any) -> list[Any]:
    return [
        sorted(client.scan(TableName=name)["Items"], key=str) for name in (OF_ONE_KEY, OF_TWO_KEYS)
    ]


def test_transaction_writes_everything(dynamodb: Any) -> None:
    every = [write for name in (OF_ONE_KEY, OF_TWO_KEYS) for write in writes(dynamodb, name)]

    dynamodb.transact_write_items(TransactItems=every)

    assert stored(dynamodb) == [
        sorted(
            [
                key(dynamodb, name, "fresh"),
                key(dynamodb, name, "touched") | {"value": {"S": "new"}},
                key(dynamodb, name, "unheard of") | {"value": {"S": "new"}},
            ],
            key=str,
        )
        for name in (OF_ONE_KEY, OF_TWO_KEYS)
    ]


@pytest.mark.parametrize("at", range(9))
def test_transaction_of_which_one_part_fails_writes_nothing(at: int, dynamodb: Any) -> None:
    every = [write for name in (OF_ONE_KEY, OF_TWO_KEYS) for write in writes(dynamodb, name)]
    impossible = {
        "ConditionCheck": {
            "TableName": OF_ONE_KEY,
            "Key": key(dynamodb, OF_ONE_KEY, "nobody"),
            "ConditionExpression": "attribute_exists(#value)",
            "ExpressionAttributeNames": {"#value": "value"},
        }
    }
    before = stored(dynamodb)

    with pytest.raises(ClientError) as refusal:
        dynamodb.transact_write_items(TransactItems=[*every[:at], impossible, *every[at:]])

    codes = [reason["Code"] for reason in refusal.value.response["CancellationReasons"]]
    assert (codes.index("ConditionalCheckFailed"), len(codes)) == (at, 9)
    assert stored(dynamodb) == before


def test_item_comes_back_as_it_was_put(dynamodb: Any) -> None:
    item = key(dynamodb, OF_ONE_KEY, "everything") | VALUES
    dynamodb.put_item(TableName=OF_ONE_KEY, Item=item)

    answer = dynamodb.get_item(TableName=OF_ONE_KEY, Key=key(dynamodb, OF_ONE_KEY, "everything"))

    assert answer["Item"] == item
