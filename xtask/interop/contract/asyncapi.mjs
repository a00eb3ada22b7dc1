// AsyncAPI's own parser, on the document that it is given: https://github.com/asyncapi/parser-js
// It looks at no example, so ajv does: every example must fit its message's schema. Both must find what is planted in a copy.

import { readFileSync } from 'node:fs'

import { Parser } from '@asyncapi/parser'
import Ajv from 'ajv'
import addFormats from 'ajv-formats'

const text = readFileSync(0, 'utf8')

async function read(source) {
    const { document, diagnostics } = await new Parser().parse(source)
    return { document, told: diagnostics.map(({ path, message }) => `${path.join('.')}: ${message}`) }
}

/** What is wrong with the examples of a document. */
function examples(document) {
    const ajv = addFormats(new Ajv({ allErrors: true, strictTypes: true, strictSchema: 'log' }))
    for (const name of ['int64', 'uint32']) ajv.addFormat(name, true)
    // The parser marks what it read.
    ajv.addVocabulary(['x-parser-schema-id'])
    return document.messages().all().flatMap((message) => {
        const check = (what, schema, value) => {
            const fits = ajv.compile(schema)
            return fits(value) ? [] : fits.errors.map((error) => `${what}${error.instancePath} ${error.message}`)
        }
        const [headers, payload] = [message.headers()?.json(), message.payload().json()]
        // What holds of the headers of all events has its example there, of an event of the catalog.
        const around = headers && message.name() === 'ScopeCatalogPublished' ? headers.allOf[0].examples : []
        return [
            ...around.flatMap((example) => check('the headers', headers, example)),
            ...message.examples().all().flatMap((example) => check(example.name(), payload, example.payload())),
        ]
    })
}

const { document, told } = await read(text)
if (told.length > 0) throw new Error(`the parser finds\n${told.join('\n')}`)
const unfit = examples(document)
if (unfit.length > 0) throw new Error(`examples do not fit their schemas\n${unfit.join('\n')}`)

const nowhere = JSON.parse(text)
nowhere.operations.publishScopesEdited.channel.$ref = '#/channels/Nowhere'
if ((await read(JSON.stringify(nowhere))).told.length === 0) throw new Error('the parser takes a channel that is nowhere')

const number = JSON.parse(text)
number.components.messages.ScopesEdited.examples[0].payload.version = 2
if (examples((await read(JSON.stringify(number))).document).length !== 1) throw new Error('ajv takes a number for a text')

const messages = document.messages().all()
const count = messages.flatMap((message) => message.examples().all()).length
console.log(`${document.channels().all().length} channels, ${messages.length} messages, ${count} examples`)
