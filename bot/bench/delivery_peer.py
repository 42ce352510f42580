"""The peer of `entaku bench delivery`: line-bot-sdk's own client, one ApiClient for all calls, sending the same.

Arguments: LINE's address, access token, number of calls; on standard input `{"to": [...], "messages": [...]}`.
Prints the CPU seconds that the calls took, imports and the building of the request left out.
"""

from __future__ import annotations

import json
import sys
import time
import uuid


def main() -> None:
    """Send, and print what it cost."""
    from linebot.v3.messaging import ApiClient, Configuration, MessagingApi, MulticastRequest

    address, token, calls = sys.argv[1], sys.argv[2], int(sys.argv[3])
    request = MulticastRequest.from_dict(json.load(sys.stdin))
    api = MessagingApi(ApiClient(Configuration(host=address, access_token=token)))
    api.multicast(request, x_line_retry_key=str(uuid.uuid4()), _request_timeout=(3, 8))
    started = time.process_time()
    for _ in range(calls):
        api.multicast(request, x_line_retry_key=str(uuid.uuid4()), _request_timeout=(3, 8))
    print(time.process_time() - started)


if __name__ == "__main__":
    main()
