"""Keeps the version history of every app, by following Chancery's log with https://pypi.org/project/nats-py/.

    python3 versions.py follow      # for ever
    python3 versions.py show APP    # what it knows, newest first, like GET /v1/apps/APP/versions

NATS_URL, CHANCERY_URL and CHANCERY_TOKEN (of role consumer) say where; STATE is the file that it keeps, versions.db.
"""

import asyncio
import json
import os
import sqlite3
import sys
import urllib.request

import nats
from nats.js.api import ConsumerConfig, DeliverPolicy

# A stream that brings nothing for so long is either idle or dead. The log knows.
PATIENCE = 5
BATCH = 500

TABLES = """
CREATE TABLE IF NOT EXISTS place (log_id TEXT NOT NULL, position INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS versions (
    app_id TEXT, version INTEGER, scopes TEXT, added TEXT, removed TEXT, created_at TEXT, created_by TEXT,
    PRIMARY KEY (app_id, version)
);
"""


class Gap(Exception):
    """The stream begins later, or left something out."""


class OtherLog(Exception):
    """Positions of another log mean something else: nothing that is kept here can be gone on with."""


def place(store):
    """Which log this is of, and how far: None and 0 at first."""
    return store.execute("SELECT log_id, position FROM place").fetchone() or (None, 0)


def check_log(store, log_id):
    known, _ = place(store)
    if known is None:
        with store:
            store.execute("INSERT INTO place VALUES (?, 0)", (log_id,))
    elif known != log_id:
        raise OtherLog(f"{STATE} is of log {known}, this is {log_id}: delete it and begin anew")


def take(store, events, source):
    """Each event once and in order, whatever brings it: what they change and how far that is are one transaction."""
    _, position = place(store)
    begin = position
    with store:
        for event in events:
            if event["position"] <= position:
                continue
            if event["position"] > position + 1:
                raise Gap(f"event {event['position']} comes after {position}")
            apply(store, event)
            position = event["position"]
        store.execute("UPDATE place SET position = ?", (position,))
    if position > begin:
        print(f"{source}: at {position}", flush=True)


def apply(store, event):
    """One event. What its data leaves out is empty; fields that are not named here are no concern of ours."""
    data = event["data"]
    if event["type"] == "AppCreated":
        version, added = 1, data.get("scopes", [])
    elif event["type"] == "ScopesEdited":
        # A 64-bit integer is text in JSON.
        version, added = int(data["version"]), data.get("added", [])
    else:
        return
    if event["schema_version"] != 1:
        raise NotImplementedError(f"{event['type']} of schema version {event['schema_version']}")
    lists = [json.dumps(words) for words in (data.get("scopes", []), added, data.get("removed", []))]
    row = (data["app_id"], version, *lists, event["recorded_at"], event["actor_id"])
    store.execute("INSERT INTO versions VALUES (?, ?, ?, ?, ?, ?, ?)", row)


async def follow(store):
    connection = None
    while True:
        try:
            if connection is None:
                opening = nats.connect(os.environ["NATS_URL"], max_reconnect_attempts=-1, error_cb=tell)
                connection = await asyncio.wait_for(opening, PATIENCE)
            await read_stream(connection.jetstream(), store)
        except (Gap, nats.errors.Error, asyncio.TimeoutError) as reason:
            await tell(reason)
        try:
            await read_log(store)
        except OSError as reason:
            await tell(reason)
            await asyncio.sleep(1)


async def read_stream(jetstream, store):
    """From the next position on, until nothing comes or something is missing."""
    start = ConsumerConfig(deliver_policy=DeliverPolicy.BY_START_SEQUENCE, opt_start_seq=place(store)[1] + 1)
    subscription = await jetstream.subscribe(
        "chancery.v1.event.>", stream="CHANCERY", ordered_consumer=True, config=start
    )
    try:
        while True:
            messages = [await subscription.next_msg(timeout=PATIENCE)]
            while subscription.pending_msgs and len(messages) < BATCH:
                messages.append(await subscription.next_msg(timeout=PATIENCE))
            for log_id in {message.headers["Chancery-Log"] for message in messages}:
                check_log(store, log_id)
            take(store, [from_message(message) for message in messages], "stream")
    finally:
        await subscription.unsubscribe()


async def read_log(store):
    """What the stream did not bring, by HTTP, up to the log's head."""
    more = True
    while more:
        log_id, page = await asyncio.to_thread(fetch, place(store)[1])
        check_log(store, log_id)
        take(store, [from_item(item) for item in page["items"]], "log")
        more = page.get("next_cursor")


def fetch(position):
    request = urllib.request.Request(
        f"{os.environ['CHANCERY_URL']}/v1/events?after={position}&limit={BATCH}",
        headers={"Authorization": f"Bearer {os.environ['CHANCERY_TOKEN']}"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return answer.headers["Chancery-Log"], json.load(answer)


def from_message(message):
    headers = message.headers
    return {
        "position": int(headers["ce-sequence"]),
        "type": headers["ce-type"].removeprefix("chancery.v1."),
        "schema_version": int(headers["ce-dataschema"].rsplit(":", 1)[1]),
        "recorded_at": headers["ce-time"],
        "actor_id": headers["ce-actorid"],
        "data": json.loads(message.data),
    }


def from_item(item):
    names = ("position", "type", "schema_version", "recorded_at", "data")
    return {name: item[name] for name in names} | {"actor_id": item["actor"]["id"]}


def show(store, app):
    rows = store.execute("SELECT * FROM versions WHERE app_id = ? ORDER BY version DESC", (app,))
    items = [
        {
            "version": version,
            "scopes": json.loads(scopes),
            "added": json.loads(added),
            "removed": json.loads(removed),
            "created_at": created_at,
            # The name is personal data, which no event has.
            "created_by": {"id": created_by},
        }
        for _, version, scopes, added, removed, created_at, created_by in rows
    ]
    print(json.dumps(items))


async def tell(reason):
    print(f"{type(reason).__name__}: {reason}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    STATE = os.environ.get("STATE", "versions.db")
    database = sqlite3.connect(STATE)
    database.executescript(TABLES)
    if sys.argv[1:2] == ["show"]:
        show(database, sys.argv[2])
    else:
        try:
            asyncio.run(follow(database))
        except OtherLog as reason:
            sys.exit(str(reason))
