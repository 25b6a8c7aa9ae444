// A Matoi of one's own: the real program on an empty data directory and a free port.
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, openSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { binary, root, target } from './places.mjs';

export class Server {
  constructor(name) {
    this.folder = join(target, 'data', name);
    this.log = join(target, `${name}.log`);
  }

  /**
   * Starts it; `setupLink` is there as long as nobody has set it up. With `setUp`, a file with an organisation, that is done
   * before, with the account "administrator". `env` is for secrets, which no flag takes.
   */
  async start(settings = [], { setUp, password, env } = {}) {
    // Its keys are kept beside it.
    for (const left of [this.folder, `${this.folder}.keys`]) rmSync(left, { recursive: true, force: true });
    mkdirSync(this.folder, { recursive: true });
    if (setUp) {
      const given = { env: { ...process.env, MATOI_PASSWORD: password } };
      this.command('init', '--organisation-file', join(root, setUp), '--admin-login', 'administrator', given);
    }
    const flags = settings.flatMap((setting) => ['--set', setting]);
    this.process = spawn(
      binary,
      ['serve', '--format', 'json', '--data-dir', this.folder, '--listen', '127.0.0.1:0', ...flags],
      { stdio: ['ignore', 'pipe', openSync(this.log, 'w')], env: { ...process.env, ...env, MATOI_CONFIG: undefined } },
    );
    await new Promise((ready, failed) => {
      this.process.once('exit', (code) => failed(new Error(`Matoi ended with ${code}: see ${this.log}`)));
      createInterface({ input: this.process.stdout }).on('line', (line) => {
        const said = line.startsWith('{') ? JSON.parse(line) : {};
        if (said.event === 'setup_link') this.setupLink = said.link;
        if (said.event === 'ready') {
          this.url = said.url.replace(/\/$/, '');
          ready();
        }
      });
    });
    return this;
  }

  /** What a command of the program prints, as JSON. */
  command(...words) {
    const options = typeof words.at(-1) === 'object' ? words.pop() : {};
    const arguments_ = ['--data-dir', this.folder, '--format', 'json', ...words];
    const done = spawnSync(binary, arguments_, { encoding: 'utf8', ...options });
    if (done.status !== 0) throw new Error(`matoi ${words.join(' ')}: ${done.stderr}`);
    return JSON.parse(done.stdout);
  }

  /** Ends it gracefully; its exit code, which is 0 when all went well. */
  async stop() {
    if (!this.process || this.process.exitCode !== null) return this.process?.exitCode;
    const ended = new Promise((done) => this.process.once('exit', done));
    this.process.kill('SIGTERM');
    return await ended;
  }
}
