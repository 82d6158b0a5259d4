#!/usr/bin/env python3
"""Opens a card in a CRM as soon as an agent's phone rings, and closes it when the call has left the agent. Python 3.8 or newer.

KEZEK_TOKEN   a token of Kezek's tokens file with the role supervisor: others do not see whole numbers
CRM_URL       gets a POST for each card: {"card": "open", "agent": "1012", "extension": "1012", "number": "+996555000001", ...},
              {"card": "answered", ...}, {"card": "close", ...}
KEZEK_URL     http://127.0.0.1:8086 if it is not given
"""
import json
import os
import sys
import time
import urllib.request

KEZEK = os.environ.get("KEZEK_URL", "http://127.0.0.1:8086")
RINGS = ("call.offered", "call.picked_up", "callback.taken")

cards = {}  # the open card of each agent


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


def tell(what, card):
    body = json.dumps(dict(card, card=what)).encode()
    request = urllib.request.Request(os.environ["CRM_URL"], body, {"Content-Type": "application/json"})
    try:
        urllib.request.urlopen(request, timeout=5).close()
    except OSError as err:
        print("the CRM does not take a card:", err, file=sys.stderr)


def close(agent):
    if agent in cards:
        tell("close", cards.pop(agent))


def happened(event):
    kind, agent = event.get("kind"), event.get("agent")
    if kind in RINGS:
        close(agent)
        cards[agent] = {
            "agent": agent,
            "extension": event["phone"].partition("/")[2],  # of the phone at which they sit today: PJSIP/1012
            "number": event.get("number", ""),              # empty if it is withheld
            "name": event.get("name", ""),
            "language": event["language"],
            "queue": event["queue"],
            "call": event.get("call", ""),
            "callback": event.get("callback", ""),
        }
        tell("open", cards[agent])
    elif kind == "call.answered" and agent in cards:
        tell("answered", cards[agent])
    elif kind == "agent.status" and event["status"] not in ("ringing", "talking"):
        close(agent)  # not answered, taken by another agent, or over
    elif kind == "lost":
        for agent in list(cards):
            close(agent)


def main():
    last = ""  # cards of the past are of no use: it begins with what happens now, and goes on from there
    while True:
        try:
            for last, event in events(last):
                if event:
                    happened(event)
        except (OSError, ValueError) as err:
            print("again in 1 s:", err, file=sys.stderr)
        time.sleep(1)


if __name__ == "__main__":
    main()
