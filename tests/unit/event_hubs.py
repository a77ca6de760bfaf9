"""How bronze is told of Azure Event Hubs."""

HUB = "gympulse.servicebus.windows.net:9093"
# The README's examples, as Microsoft documents the endpoint for both clients.
BY_STRING = {
    "security.protocol": "SASL_SSL",
    "sasl.mechanism": "PLAIN",
    "sasl.username": "$ConnectionString",
    "sasl.password": "Endpoint=sb://gympulse.servicebus.windows.net/;SharedAccessKey=canary=",
}
TOKEN_URL = "https://login.microsoftonline.com/TENANT/oauth2/v2.0/token"
SCOPE = "https://gympulse.servicebus.windows.net/.default"
BY_ENTRA = {
    "security.protocol": "SASL_SSL",
    "sasl.mechanism": "OAUTHBEARER",
    "sasl.oauthbearer.client.id": "APPLICATION",
    "sasl.oauthbearer.client.secret": "canary",
    "sasl.oauthbearer.token.endpoint.url": TOKEN_URL,
    "sasl.oauthbearer.scope": SCOPE,
}
