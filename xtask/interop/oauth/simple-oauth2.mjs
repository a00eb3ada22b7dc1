// simple-oauth2: https://github.com/lelylan/simple-oauth2

import { ClientCredentials, ResourceOwnerPassword } from 'simple-oauth2'

import { lacks, same, saw, scopes, stage, thrown } from './told.mjs'

lacks('discovery', 'it is given the endpoints')
lacks('verification', 'it is no resource server')
lacks('introspection', 'it has no such method')

const auth = { tokenHost: stage.issuer, tokenPath: '/connect/token', revokePath: '/connect/revoke' }
const METHODS = { client_secret_post: 'body', client_secret_basic: 'header' }

function configured(method, secret = stage.client_secret) {
    return { client: { id: stage.client_id, secret }, auth, options: { authorizationMethod: METHODS[method] } }
}

let access
for (const method of Object.keys(METHODS)) {
    access = await new ClientCredentials(configured(method)).getToken({ scope: stage.scopes })
    const { token } = access
    same('token_type', token.token_type, 'Bearer')
    same('expires_in', [token.expires_in, access.expired()], [900, false])
    same('the scopes', scopes(token), [...stage.scopes].sort())
    saw(method, `${token.token_type} for ${token.expires_in} s: ${token.scope}`)
}
const basic = new ClientCredentials(configured('client_secret_basic'))
const more = await basic.getToken({ scope: [...stage.scopes, stage.foreign_scope] })
same('the scopes', scopes(more.token), [...stage.scopes].sort())
saw('narrowed', `${stage.foreign_scope} was asked for and is left out of the answer`)

// Its token goes into whatever makes the calls.
const { access_token, token_type } = access.token
const headers = { [stage.app_key_header]: stage.app_key, Authorization: `${token_type} ${access_token}` }
const call = async (path) => {
    const answer = await fetch(stage.api + path, { headers })
    return { status: answer.status, body: await answer.json() }
}
const answer = await call(stage.allowed)
same("the call's status", answer.status, 200)
const beyond = await call(stage.beyond)
same('the status beyond the scope', [beyond.status, beyond.body.code], [403, 'scope_missing'])
saw('call', `${answer.body.operation} allowed; beyond the scope ${beyond.status} ${beyond.body.code}`)

await access.revoke('access_token')
const { status, body } = await call(stage.allowed)
same('the call after the revocation', [status, body.code], [401, 'token_cut_off'])
saw('revocation', `revoke, and then the call is ${status} ${body.code} (RFC 7009)`)

/** Its errors are those of its HTTP client, with the answer's body in them. */
async function refused(client, parameters, status, expected) {
    const { message, output, data } = await thrown(Error, () => client.getToken(parameters))
    same('the error', [output.statusCode, data.payload.error], [status, expected])
    return `${message}, ${output.statusCode} ${data.payload.error}: ${data.payload.error_description}`
}

for (const method of Object.keys(METHODS)) {
    const wrong = new ClientCredentials(configured(method, stage.wrong_secret))
    const error = await refused(wrong, {}, 401, 'invalid_client')
    if (method === 'client_secret_basic') saw('invalid_client', error)
}
saw('invalid_scope', await refused(basic, { scope: stage.foreign_scope }, 400, 'invalid_scope'))
const password = new ResourceOwnerPassword(configured('client_secret_basic'))
const parameters = { username: 'a', password: 'b' }
saw('unsupported_grant_type', await refused(password, parameters, 400, 'unsupported_grant_type'))
