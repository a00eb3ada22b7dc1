// Keeps the version history of every app, by following Chancery's log with https://www.npmjs.com/package/@nats-io/jetstream.
//
//     node versions.ts follow      # for ever
//     node versions.ts show APP    # what it knows, newest first, like GET /v1/apps/APP/versions
//
// NATS_URL, CHANCERY_URL and CHANCERY_TOKEN (of role consumer) say where; STATE is the file that it keeps, versions.json.

import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

import { DeliverPolicy, jetstream, type JetStreamClient, type JsMsg } from '@nats-io/jetstream'
import { connect } from '@nats-io/transport-node'

// A stream that brings nothing for so long is either idle or dead. The log knows.
const PATIENCE = 5_000
const BATCH = 500

type Event = {
    position: number
    type: string
    schema_version: number
    recorded_at: string
    actor_id: string
    data: { app_id: string; version?: string; scopes?: string[]; added?: string[]; removed?: string[] }
}

type Version = {
    version: number
    scopes: string[]
    added: string[]
    removed: string[]
    created_at: string
    // The name is personal data, which no event has.
    created_by: { id: string }
}

/** What is kept: which log it is of, how far, and what was made of it. One file, so that these never part. */
type State = { log_id: string | null; position: number; versions: Record<string, Version[]> }

/** The stream begins later, or left something out. */
class Gap extends Error {}

/** Positions of another log mean something else: nothing that is kept here can be gone on with. */
class OtherLog extends Error {}

const FILE = process.env.STATE ?? 'versions.json'
let state: State = existsSync(FILE)
    ? JSON.parse(readFileSync(FILE, 'utf8'))
    : { log_id: null, position: 0, versions: {} }

function checkLog(log_id: string) {
    state.log_id ??= log_id
    if (state.log_id !== log_id) {
        throw new OtherLog(`${FILE} is of log ${state.log_id}, this is ${log_id}: delete it and begin anew`)
    }
}

/** Each event once and in order, whatever brings it. A program of yours would write into a database, in one transaction. */
function take(events: Event[], source: string) {
    const next = structuredClone(state)
    for (const event of events) {
        if (event.position <= next.position) continue
        if (event.position > next.position + 1) {
            throw new Gap(`event ${event.position} comes after ${next.position}`)
        }
        apply(next.versions, event)
        next.position = event.position
    }
    if (next.position === state.position) return
    writeFileSync(`${FILE}.new`, JSON.stringify(next))
    renameSync(`${FILE}.new`, FILE)
    state = next
    console.log(`${source}: at ${state.position}`)
}

/** One event. What its data leaves out is empty; fields that are not named here are no concern of ours. */
function apply(versions: State['versions'], { type, schema_version, recorded_at, actor_id, data }: Event) {
    if (type !== 'AppCreated' && type !== 'ScopesEdited') return
    if (schema_version !== 1) throw new Error(`${type} of schema version ${schema_version}`)
    const scopes = data.scopes ?? []
    const created = type === 'AppCreated'
    const known = (versions[data.app_id] ??= [])
    known.unshift({
        // A 64-bit integer is text in JSON.
        version: created ? 1 : Number(data.version),
        scopes,
        added: created ? scopes : (data.added ?? []),
        removed: data.removed ?? [],
        created_at: recorded_at,
        created_by: { id: actor_id },
    })
}

async function follow() {
    const { protocol, host, username, password } = new URL(process.env.NATS_URL!)
    const [user, pass] = [username, password].map(decodeURIComponent)
    const servers = `${protocol}//${host}`
    let stream: JetStreamClient | undefined
    for (;;) {
        try {
            stream ??= jetstream(await connect({ servers, user, pass, timeout: PATIENCE, maxReconnectAttempts: -1 }))
            await readStream(stream)
        } catch (reason) {
            if (reason instanceof OtherLog) throw reason
            console.error(`${reason}`)
        }
        try {
            await readLog()
        } catch (reason) {
            if (reason instanceof OtherLog) throw reason
            console.error(`${reason}`)
            await sleep(1_000)
        }
    }
}

/** From the next position on, until nothing comes or something is missing. */
async function readStream(stream: JetStreamClient) {
    const consumer = await stream.consumers.get('CHANCERY', {
        filter_subjects: 'chancery.v1.event.>',
        deliver_policy: DeliverPolicy.StartSequence,
        opt_start_seq: state.position + 1,
    })
    for (let quiet = false; !quiet; ) {
        quiet = true
        const messages = await consumer.fetch({ max_messages: BATCH, expires: PATIENCE })
        let events: Event[] = []
        for await (const message of messages) {
            quiet = false
            checkLog(message.headers!.get('Chancery-Log'))
            events.push(fromMessage(message))
            if (messages.getPending() > 0) continue
            take(events, 'stream')
            events = []
        }
    }
}

/** What the stream did not bring, by HTTP, up to the log's head. */
async function readLog() {
    for (let more = true; more; ) {
        const answer = await fetch(`${process.env.CHANCERY_URL}/v1/events?after=${state.position}&limit=${BATCH}`, {
            headers: { Authorization: `Bearer ${process.env.CHANCERY_TOKEN}` },
            signal: AbortSignal.timeout(30_000),
        })
        if (!answer.ok) throw new Error(`GET /v1/events answers ${answer.status}: ${await answer.text()}`)
        const page = await answer.json()
        checkLog(answer.headers.get('Chancery-Log')!)
        take(page.items.map(fromItem), 'log')
        more = Boolean(page.next_cursor)
    }
}

function fromMessage(message: JsMsg): Event {
    const header = (name: string) => message.headers!.get(name)
    return {
        position: Number(header('ce-sequence')),
        type: header('ce-type').replace('chancery.v1.', ''),
        schema_version: Number(header('ce-dataschema').split(':').at(-1)),
        recorded_at: header('ce-time'),
        actor_id: header('ce-actorid'),
        data: message.json(),
    }
}

function fromItem({ actor, ...item }: Event & { actor: { id: string } }): Event {
    return { ...item, actor_id: actor.id }
}

if (process.argv[2] === 'show') {
    console.log(JSON.stringify(state.versions[process.argv[3]!] ?? []))
} else {
    follow().catch((reason) => {
        console.error(reason instanceof OtherLog ? reason.message : reason)
        process.exit(1)
    })
}
