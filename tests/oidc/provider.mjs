// A real identity provider for tests: node-oidc-provider with people of our own, on a free port of this machine.
//   const provider = await Provider.listen();      // answers 503, as one that is down
//   provider.serve(matoi + '/sign-in/oidc/back');  // from now on it works
// It calls itself localhost, so that to a browser it is another site than 127.0.0.1.
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import Oidc from 'oidc-provider';

export const CLIENT = { id: 'matoi', secret: randomBytes(24).toString('base64url') };

/** Who has an account there, by the name they type. */
export const PEOPLE = {
  tanaka: { name: '田中 花', email: 'tanaka@minatono.example', email_verified: true, groups: ['csirt-members', 'everybody'] },
  ito: { name: '伊藤 誠', email: 'ito@minatono.example', email_verified: true, groups: ['everybody'] },
  kimura: { name: '木村 葵', email: 'kimura@minatono.example', email_verified: false, groups: ['csirt-members'] },
  kato: { name: '加藤 実', email: 'kato@minatono.example', email_verified: false, groups: ['csirt-members'] },
};

export class Provider {
  static async listen() {
    const provider = new Provider();
    provider.server = createServer((request, response) => provider.answer(request, response));
    await new Promise((ready) => provider.server.listen(0, '127.0.0.1', ready));
    provider.issuer = `http://localhost:${provider.server.address().port}`;
    return provider;
  }

  serve(redirectUri) {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    this.oidc = new Oidc(this.issuer, {
      clients: [{ client_id: CLIENT.id, client_secret: CLIENT.secret, redirect_uris: [redirectUri] }],
      jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), kid: 'k1', use: 'sig', alg: 'RS256' }] },
      cookies: { keys: [randomBytes(24).toString('hex')] },
      scopes: ['openid', 'profile', 'email', 'groups'],
      claims: {
        openid: ['sub'],
        profile: ['name', 'preferred_username'],
        email: ['email', 'email_verified'],
        groups: ['groups'],
      },
      features: { devInteractions: { enabled: false } },
      interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
      findAccount: (_, login) => ({
        accountId: login,
        claims: () => ({ sub: `subject-of-${login}`, preferred_username: login, ...PEOPLE[login] }),
      }),
      // Nobody is asked for consent: the organisation has decided.
      loadExistingGrant: async ({ oidc }) => {
        const grant = new oidc.provider.Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId });
        grant.addOIDCScope('openid profile email groups');
        await grant.save();
        return grant;
      },
    });
    this.handle = this.oidc.callback();
  }

  async answer(request, response) {
    if (!this.oidc) {
      response.writeHead(503).end();
    } else if (!request.url.startsWith('/interaction/')) {
      this.handle(request, response);
    } else if (request.method === 'POST') {
      const { login, cancel } = await form(request);
      const result = cancel || !(login in PEOPLE) ? { error: 'access_denied' } : { login: { accountId: login } };
      await this.oidc.interactionFinished(request, response, result);
    } else {
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(PAGE);
    }
  }

  async close() {
    this.server.closeAllConnections();
    await new Promise((done) => this.server.close(done));
  }
}

const PAGE = `<!doctype html><html lang="en"><head><title>Provider</title><link rel="icon" href="data:,"></head><body><main><h1>Provider</h1>
<form method="post"><label>Who <input name="login" autofocus></label> <button>Sign in</button> <button name="cancel" value="yes">Cancel</button></form>
</main></body></html>`;

async function form(request) {
  let text = '';
  for await (const chunk of request) text += chunk;
  return Object.fromEntries(new URLSearchParams(text));
}
