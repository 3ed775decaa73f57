"""Requests that come at a pace, whether or not those before were answered, as people do. `wrk` waits for each answer."""

import asyncio
import json
import time
from dataclasses import dataclass, field


@dataclass
class Answers:
    """What came back: how long each answer took, by its status; 0 is none at all."""

    milliseconds: dict = field(default_factory=dict)

    def note(self, status, seconds):
        """Adds one."""
        self.milliseconds.setdefault(status, []).append(seconds * 1e3)

    def count(self, status):
        """How many had that status."""
        return len(self.milliseconds.get(status, ()))

    def of(self, status):
        """Their times, sorted."""
        return sorted(self.milliseconds.get(status, ()))

    def others(self, *expected):
        """How many had another status than those."""
        return sum(len(times) for status, times in self.milliseconds.items() if status not in expected)


def percentile(sorted_times, part):
    """The time that so great a part of them does not exceed; nothing where there are none."""
    if not sorted_times:
        return float("nan")
    return sorted_times[min(len(sorted_times) - 1, int(part * len(sorted_times)))]


def get(path):
    """A request as bytes."""
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode()


def post(path, body):
    """A request with a JSON body as bytes."""
    text = json.dumps(body).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(text)}\r\n\r\n"
    )
    return head.encode() + text


async def ask(port, request, answers):
    """One request on a connection of its own."""
    began, status = time.monotonic(), 0
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(request)
        line = await reader.readline()
        await reader.read()
        writer.close()
        status = int(line.split()[1])
    except (OSError, IndexError, ValueError):
        pass
    answers.note(status, time.monotonic() - began)


async def keep_asking(port, requests, rate, seconds, answers):
    """So many requests a second for that long, and all answers to them."""
    tasks, began, number = [], time.monotonic(), 0
    while (now := time.monotonic() - began) < seconds:
        while number <= now * rate:
            tasks.append(asyncio.create_task(ask(port, requests[number % len(requests)], answers)))
            number += 1
        await asyncio.sleep(min(1 / rate, 0.01))
    await asyncio.gather(*tasks)
