"""Where a stack answers, as CloudFormation says it: an own domain, the gateway's, or the emulator's."""

from typing import Any

_GATEWAY = "execute-api.${AWS::Region}.${AWS::URLSuffix}/${Stage}"
_EMULATOR = "ws://taskflow.localhost:${LocalPort}/_aws/execute-api/${WebsocketAPI}/${Stage}"

SITE: dict[str, Any] = {
    "Fn::If": [
        "HasPublicUrl",
        {"Ref": "PublicUrl"},
        {
            "Fn::If": [
                "HasDomain",
                {"Fn::Sub": "https://${DomainName}"},
                {"Fn::Sub": f"https://${{RestAPI}}.{_GATEWAY}"},
            ]
        },
    ]
}
SOCKETS: dict[str, Any] = {
    "Fn::If": [
        "Local",
        {"Fn::Sub": _EMULATOR},
        {
            "Fn::If": [
                "HasSocketDomain",
                {"Fn::Sub": "wss://${SocketDomainName}"},
                {"Fn::Sub": f"wss://${{WebsocketAPI}}.{_GATEWAY}"},
            ]
        },
    ]
}


def add(template: dict[str, Any], functions: dict[str, dict[str, Any]]) -> None:
    """Tell the functions, and in the outputs whoever deploys."""
    template["Globals"]["Function"]["Environment"]["Variables"]["SOCKET_URL"] = SOCKETS
    for name, function in functions.items():
        if name != "APIHandler":  # it cannot refer to RestAPI, which refers to it
            variables = function.setdefault("Environment", {}).setdefault("Variables", {})
            variables["PUBLIC_URL"] = SITE
    template["Outputs"] |= {
        "ApiUrl": {"Description": "Where the site answers", "Value": SITE},
        "SocketUrl": {"Description": "Where browsers open sockets", "Value": SOCKETS},
    }
