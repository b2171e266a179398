// provider.mjs - an identity provider in a process of its own: the npm package oidc-provider, with its own pages.
//
//     node provider.mjs PORT REDIRECT_URI CLIENT_SECRET KEY        says "ready" and ends with its standard input
//
// KEY is a seed of what it signs with: another one is another key, so that a test can rotate it. Whoever signs in
// types a login; "jiro+unverified" is jiro whose mail address nobody has verified.
import { createHash, generateKeyPairSync } from 'node:crypto';
import Provider from 'oidc-provider';

const [port, redirect, secret, key] = process.argv.slice(2);
const issuer = `http://127.0.0.1:${port}`;
const kind = key.startsWith('rsa') ? ['rsa', { modulusLength: 2048 }] : ['ec', { namedCurve: 'P-256' }];
const jwk = { ...generateKeyPairSync(...kind).privateKey.export({ format: 'jwk' }), kid: key, use: 'sig' };
const alg = key.startsWith('rsa') ? 'RS256' : 'ES256';

const provider = new Provider(issuer, {
  clients: [{ client_id: 'ringi', client_secret: secret, redirect_uris: [redirect], grant_types: ['authorization_code'],
    response_types: ['code'], id_token_signed_response_alg: alg }],
  jwks: { keys: [jwk] },
  cookies: { keys: [createHash('sha256').update('cookies').digest('hex')] },
  conformIdTokenClaims: false, // claims of the scope go into the ID token, as most providers do it
  claims: { openid: ['sub'], email: ['email', 'email_verified'] },
  features: { devInteractions: { enabled: true } },
  findAccount: (_ctx, login) => {
    const [name, mark] = login.split('+');
    return { accountId: login, claims: () => ({ sub: login, email: `${name}@example.com`,
      email_verified: mark !== 'unverified' }) };
  },
});
process.stdin.on('end', () => process.exit(0)).resume();
provider.listen(Number(port), '127.0.0.1', () => console.log('ready'));
