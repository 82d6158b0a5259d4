#!/usr/bin/env python3
"""Tells a chat of callers who gave up and of callbacks that are late. Python 3.8 or newer, nothing else.

KEZEK_TOKEN   a token of Kezek's tokens file with the role supervisor: others do not see whole numbers
CHAT_URL      the address of an incoming webhook of Mattermost, Slack or Rocket.Chat
KEZEK_URL     http://127.0.0.1:8086 if it is not given
STATE_FILE    where the last id is kept: chat-notice.last if it is not given
"""
import json
import os
import sys
import time
import urllib.request

KEZEK = os.environ.get("KEZEK_URL", "http://127.0.0.1:8086")
STATE = os.environ.get("STATE_FILE", "chat-notice.last")


def events(last):
    """Yields (id, event) of what happened after the id last, then as it happens. The event is None for an id alone."""
    request = urllib.request.Request(KEZEK + "/api/v1/events", headers={"Authorization": "Bearer " + os.environ["KEZEK_TOKEN"]})
    if last:
        request.add_header("Last-Event-ID", last)
    with urllib.request.urlopen(request, timeout=40) as stream:  # Kezek sends a line every 15 s at least
        data = None
        for line in stream:
            name, _, value = line.decode().rstrip("\n").partition(": ")
            if name == "id":
                last = value
            elif name == "data":
                data = json.loads(value)
            elif name == "":  # the event is complete
                yield last, data
                data = None


def words(event):
    """The notice of an event, or None."""
    kind = event.get("kind")
    if kind == "call.ended" and event.get("outcome") == "abandoned":
        return "{number} gave up in {queue} after {wait:.0f} s".format(
            number=event.get("number", "a withheld number"), queue=event["queue"], wait=event.get("wait", 0))
    if kind == "callback.breach":
        return "the callback to {number} ({queue}, {class}) is late".format(**event)
    if kind == "lost":
        return "Kezek does not have {} events any more that were not read in time".format(event["events"] or "some")
    return None


def say(text):
    body = json.dumps({"text": text}).encode()
    request = urllib.request.Request(os.environ["CHAT_URL"], body, {"Content-Type": "application/json"})
    urllib.request.urlopen(request, timeout=10).close()


def main():
    last = ""
    if os.path.exists(STATE):
        with open(STATE) as file:
            last = file.read().strip()
    while True:
        try:
            for at, event in events(last):
                text = event and words(event)
                if text:
                    say(text)  # if this fails the event is read again
                if at != last:
                    with open(STATE + ".new", "w") as file:
                        file.write(at)
                    os.replace(STATE + ".new", STATE)
                    last = at
        except (OSError, ValueError) as err:
            print("again in 3 s:", err, file=sys.stderr)
        time.sleep(3)


if __name__ == "__main__":
    main()
