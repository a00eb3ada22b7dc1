// What every program here is given, and how it tells what it saw: as in told.py.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'

export const stage = JSON.parse(readFileSync(0, 'utf8'))

export const saw = (step, what) => console.log(`saw ${step}: ${what}`)
export const lacks = (step, why) => console.log(`lacks ${step}: ${why}`)
export const same = (what, found, expected) => assert.deepEqual(found, expected, what)
export const scopes = (token) => token.scope.split(' ').sort()

/** What `call` throws, which is of `type`. */
export async function thrown(type, call) {
    const error = await call().then(() => assert.fail(`it should throw ${type.name}`), (error) => error)
    if (!(error instanceof type)) throw error
    return error
}
