"""The peer of `entaku bench delivery`: line-bot-sdk's own client, one ApiClient for all calls, sending the same.

Arguments: LINE's address, access token, number of calls, calls a second; on standard input
`{"to": [...], "messages": [...]}`. As many threads as keep that pace wait for LINE's answers. Prints the CPU seconds
that the calls took, imports and the building of the request left out.
"""

from __future__ import annotations

import json
import sys
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

THREADS = 20


def main() -> None:
    """Send, and print what it cost."""
    from linebot.v3.messaging import ApiClient, Configuration, MessagingApi, MulticastRequest

    address, token, calls, pace = sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4])
    request = MulticastRequest.from_dict(json.load(sys.stdin))
    configuration = Configuration(host=address, access_token=token)
    configuration.connection_pool_maxsize = THREADS
    api = MessagingApi(ApiClient(configuration))

    def call(start: float) -> None:
        time.sleep(max(0.0, start - time.monotonic()))
        api.multicast(request, x_line_retry_key=str(uuid.uuid4()), _request_timeout=(3, 8))

    with ThreadPoolExecutor(THREADS) as pool:
        begin = time.monotonic()
        list(pool.map(call, [begin] * THREADS))  # connections and threads are there before it counts
        cpu, begin = time.process_time(), time.monotonic()
        list(pool.map(call, [begin + number / pace for number in range(calls)]))
        print(time.process_time() - cpu)


if __name__ == "__main__":
    main()
