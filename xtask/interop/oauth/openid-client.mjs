// openid-client: https://github.com/panva/openid-client; and jose for whoever is called with its token.

import * as jose from 'jose'
import * as client from 'openid-client'

import { same, saw, scopes, stage, thrown } from './told.mjs'

const key = new Headers({ [stage.app_key_header]: stage.app_key })
const asked = { scope: stage.scopes.join(' ') }

function discover(authentication) {
    return client.discovery(new URL(stage.issuer), stage.client_id, undefined, authentication, {
        algorithm: 'oauth2',
        // It refuses http otherwise; this is its documented switch.
        execute: [client.allowInsecureRequests],
    })
}

const basic = await discover(client.ClientSecretBasic(stage.client_secret))
const post = await discover(client.ClientSecretPost(stage.client_secret))
const metadata = basic.serverMetadata()
same('the issuer', metadata.issuer, stage.issuer)
saw('discovery', 'discovery takes what is published (RFC 8414)')

let token
for (const [method, config] of [['client_secret_post', post], ['client_secret_basic', basic]]) {
    token = await client.clientCredentialsGrant(config, asked)
    // It tells types in lower case.
    same('token_type', token.token_type, 'bearer')
    same('expires_in', token.expires_in, 900)
    same('the scopes', scopes(token), [...stage.scopes].sort())
    // In the header it writes "." as "%2E": RFC 6749 has a form's encoding under that of Basic.
    saw(method, `${token.token_type} for ${token.expires_in} s: ${token.scope}`)
}

const more = await client.clientCredentialsGrant(basic, { scope: `${asked.scope} ${stage.foreign_scope}` })
same('the scopes', scopes(more), [...stage.scopes].sort())
saw('narrowed', `${stage.foreign_scope} was asked for and is left out of the answer`)

const keys = jose.createRemoteJWKSet(new URL(metadata.jwks_uri))
const expected = { issuer: stage.issuer, audience: stage.audience, typ: 'at+jwt' }
const { payload, protectedHeader } = await jose.jwtVerify(token.access_token, keys, expected)
same('sub', payload.sub, stage.client_id)
saw('verification', `jose takes the token, ${protectedHeader.alg}, by the published keys (RFC 9068)`)

const call = (path) =>
    client.fetchProtectedResource(basic, token.access_token, new URL(stage.api + path), 'GET', null, key)
const answer = await call(stage.allowed)
same("the call's status", answer.status, 200)
const beyond = await thrown(client.WWWAuthenticateChallengeError, () => call(stage.beyond))
const { error: missing, scope: needed } = beyond.cause[0].parameters
same('beyond the scope', [beyond.status, missing, needed], [403, 'insufficient_scope', stage.foreign_scope])
saw('call', `${(await answer.json()).operation} allowed; beyond the scope ${beyond.name}, ${missing} ${needed}`)

for (const config of [post, basic]) {
    const told = await client.tokenIntrospection(config, token.access_token)
    same('active', [told.active, told.client_id], [true, stage.client_id])
    same('the scopes', scopes(told), [...stage.scopes].sort())
}
saw('introspection', 'tokenIntrospection says that it is active (RFC 7662)')

await client.tokenRevocation(basic, token.access_token)
same('after the revocation', await client.tokenIntrospection(basic, token.access_token), { active: false })
const challenged = await thrown(client.WWWAuthenticateChallengeError, () => call(stage.allowed))
same("the challenge's status", [challenged.status, challenged.cause[0].scheme], [401, 'bearer'])
saw('revocation', `tokenRevocation, and then the call throws ${challenged.name}, ${challenged.status} (RFC 7009)`)

// A 401 has a challenge (RFC 6749 §5.2), and it throws what that says. The body says the rest.
for (const authentication of [client.ClientSecretPost, client.ClientSecretBasic]) {
    const config = await discover(authentication(stage.wrong_secret))
    const wrong = () => client.clientCredentialsGrant(config, asked)
    const error = await thrown(client.WWWAuthenticateChallengeError, wrong)
    same('the error', (await error.response.json()).error, 'invalid_client')
    same('the challenge', [error.status, error.cause[0].scheme], [401, 'basic'])
}
saw('invalid_client', 'WWWAuthenticateChallengeError, 401, and in its response: invalid_client')

const scope = { scope: stage.foreign_scope }
let error = await thrown(client.ResponseBodyError, () => client.clientCredentialsGrant(basic, scope))
same('the error', [error.status, error.error], [400, 'invalid_scope'])
saw('invalid_scope', `ResponseBodyError, ${error.status} ${error.error}: ${error.error_description}`)

const password = { username: 'a', password: 'b' }
error = await thrown(client.ResponseBodyError, () => client.genericGrantRequest(basic, 'password', password))
same('the error', [error.status, error.error], [400, 'unsupported_grant_type'])
saw('unsupported_grant_type', `ResponseBodyError, ${error.status} ${error.error}: ${error.error_description}`)
