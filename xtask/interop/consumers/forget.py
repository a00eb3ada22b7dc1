"""Lets the stream keep its last message only, as an operator might who knows no better."""

import asyncio
import sys

import nats


async def main(url):
    connection = await nats.connect(url)
    jetstream = connection.jetstream()
    found = await jetstream.stream_info("CHANCERY")
    await jetstream.update_stream(found.config.evolve(max_msgs=1))
    info = await jetstream.stream_info("CHANCERY")
    print(info.state.first_seq)
    await connection.close()


asyncio.run(main(sys.argv[1]))
