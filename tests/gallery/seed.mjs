// A small day of the sample organisation, through the public doors and the API, as other programs and people use them.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../e2e/support/places.mjs';

export const PASSWORD = 'only for pictures, never for work';

const sample = (name) => JSON.parse(readFileSync(join(root, 'samples', name), 'utf8'));

/** Fills a fresh installation; gives the pages that a person without an account can see. */
export async function seed(server) {
  const token = server.command('token', 'create', 'administrator', '--name', 'seed', '--all-scopes').token;
  const api = client(server.url, token);
  // People who look at the pages, one for each language.
  for (const lang of ['ja', 'en']) {
    const name = lang === 'ja' ? '高橋 健' : 'Ken Takahashi';
    const roles = ['administrator', 'csirt_lead'].flatMap((role) => ['--role', role]);
    const made = server.command('user', 'add', `gallery-${lang}`, '--name', name, '--lang', lang, ...roles);
    const path = new URL(made.invitation_link).pathname;
    const form = new URLSearchParams({ password: PASSWORD, username: `gallery-${lang}` });
    await fetch(server.url + path, { method: 'POST', body: form, redirect: 'manual', headers: { Origin: server.url } });
  }
  const codes = [];
  for (const file of readdirSync(join(root, 'samples/reports'))) codes.push(await report(server.url, sample(`reports/${file}`)));
  for (const alert of sample('alerts/thehive.json')) await api('POST', '/api/alert', alert);
  for (const alert of sample('alerts/iris.json')) await api('POST', '/alerts/add', alert);
  const generic = sample('alerts/webhook-generic.json');
  for (const alert of generic) await api('POST', '/api/v1/alerts', alert);

  // The first report becomes an incident, and is worked on.
  const [first] = (await api('GET', '/api/v1/reports?sort=-received'))?.items ?? [];
  const kase = await api('POST', '/api/v1/cases', {
    kind: 'incident',
    title: '第二工場のファイルサーバーで図面が暗号化された',
    summary: 'FS-02の図面の拡張子が `.locked3` に変わり、開けない。**範囲は調査中**。',
    class: 'malicious-code.ransomware',
    severity: 'critical',
    priority: 'p1',
  });
  if (kase && first) {
    const at = `/api/v1/cases/${kase.id}`;
    await api('POST', `/api/v1/reports/${first.id}/acknowledge`, {}, first.version);
    await api('POST', `${at}/tasks`, { title: 'FS-02をネットワークから切り離す', service: 'D-4', evidence_first: true });
    await api('POST', `${at}/tasks`, { title: '取引先への連絡の要否を確認する', service: 'D-7' });
    await api('POST', `${at}/entries`, { kind: 'phone', body: '第二工場の当直に電話。FS-02のLANケーブルを抜いてもらった。' });
    await api('POST', `${at}/entries`, { kind: 'status', body: '- 暗号化は止まった\n- 持ち出しの有無は**未確認**' });
    await api('POST', `${at}/observables`, { value: 'hxxps://update[.]badhost[.]example/a' });
    await api('POST', `${at}/decisions`, {
      kind: 'containment',
      question: '第二工場のネットワークを止めるか',
      choice: 'FS-02だけを直ちに切り離す',
      grounds: '暗号化はFS-02だけで、生産への影響を避けられる',
    });
    await api('POST', '/api/v1/cases', { kind: 'inquiry', title: '海外出張でのパソコンの持ち出しについて', severity: 'info' });
  }
  return ['/login', '/report', '/r', ...(codes[0] ? [`/r/${codes[0]}`, `/report/receipt/${codes[0]}`] : [])];
}

function client(url, token) {
  return async (method, path, body, version) => {
    const headers = { Authorization: `Bearer ${token}`, 'Accept-Language': 'ja' };
    if (body) headers['Content-Type'] = 'application/json';
    if (version) headers['If-Match'] = `"${version}"`;
    const answer = await fetch(url + path, { method, headers, body: body && JSON.stringify(body) });
    const text = await answer.text();
    // A picture less is no reason to have none.
    if (!answer.ok) console.log(`${method} ${path}: ${answer.status} ${text.slice(0, 300)}`);
    return answer.ok && text ? JSON.parse(text) : undefined;
  };
}

/** Sends the public form as a browser does; the follow-up code. */
async function report(url, { category, noticed, device, text, name, contact, lang, anonymous }) {
  const blank = await fetch(`${url}/report`, { headers: { 'Accept-Language': lang } });
  const nonce = /name="nonce" value="([^"]*)"/.exec(await blank.text())?.[1] ?? '';
  const form = new FormData();
  const fields = { nonce, category, noticed, device, text, reporter_name: name, reporter_contact: contact, anonymous, extension_b: '' };
  for (const [key, value] of Object.entries(fields)) form.set(key, String(value ?? ''));
  const answer = await fetch(`${url}/report`, {
    method: 'POST',
    body: form,
    redirect: 'manual',
    headers: { 'Accept-Language': lang, Origin: url },
  });
  const code = /\/receipt\/([^?]*)/.exec(answer.headers.get('location') ?? '')?.[1];
  if (!code) console.log(`the public form answers ${answer.status}`);
  return code;
}
