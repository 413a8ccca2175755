// Starts the program as a person would, on a folder of its own and a free port. WASL_PROGRAM names another program than bin/wasl; with
// WASL_DB=pg the tests' own PostgreSQL is used in place of SQLite.
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from './lib.mjs';

export const program = process.env.WASL_PROGRAM ?? join(root, 'bin', 'wasl');
/** The engine under test: sqlite or pg. */
export const engine = process.env.WASL_DB === 'pg' ? 'pg' : 'sqlite';
const startMax = 120_000;
/** The environment without what is said to the tests: the program knows its own names only. */
const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('WASL_')));

/** Makes an empty database: its address, and how to remove it. */
function scratch(folder) {
  if (engine === 'sqlite') return { db: `sqlite:${join(folder, 'wasl.db')}`, drop: () => {} };
  const cluster = execFileSync('go', ['run', './internal/testkit/pgtest/cmd', 'start'], { cwd: root, encoding: 'utf8' }).trim();
  const url = new URL(cluster.replace(/^postgres(ql)?:/, 'http:').replace(':///', '://localhost/'));
  // The cluster of the tests stops a minute after its last user; a shared lock on this file says that there is one.
  const users = join(url.searchParams.get('host') ?? '', 'users');
  const holder = existsSync(users) ? spawn('flock', ['--shared', users, 'cat']) : undefined;
  const name = `browser_${process.pid}_${Date.now()}`;
  const sql = (text) => execFileSync('psql', ['--no-psqlrc', '--quiet', '--set=ON_ERROR_STOP=1', cluster, '--command', text]);
  sql(`CREATE DATABASE ${name}`);
  url.pathname = `/${name}`;
  return {
    db: url.href.replace('http://localhost/', 'postgres:///'),
    drop: () => { sql(`DROP DATABASE ${name} WITH (FORCE)`); holder?.stdin.end(); },
  };
}

/** Starts the program over a database; gives its process, its address, the link of a first start and what it logs. */
async function start(flags, cwd, needsLink) {
  const child = spawn(program, ['serve', '--listen', '127.0.0.1:0', ...flags], { cwd, env });
  let log = '';
  child.stderr.on('data', (data) => { log += data; });
  const ended = new Promise((resolve) => child.on('exit', resolve));
  const { address, link } = await new Promise((resolve, reject) => {
    let out = '';
    const timer = setTimeout(() => reject(new Error(`the server did not start:\n${out}${log}`)), startMax);
    child.stdout.on('data', (data) => {
      out += data;
      const at = out.match(/écoute sur (http:\/\/\S+)/);
      const first = out.match(/(http:\/\/\S+\/setup\?link=\S+)/);
      if (at && (!needsLink || first)) { clearTimeout(timer); resolve({ address: at[1], link: first?.[1] }); }
    });
    child.on('exit', () => { clearTimeout(timer); reject(new Error(`the server ended:\n${out}${log}`)); });
  });
  return { address, link, log: () => log, stop: () => { child.kill('SIGTERM'); return ended; } };
}

/** Serves an empty database, or the demonstration of so many `contracts` with `demo`; `flags` go to serve, `day` (ISO) is the past day on which the
 * demonstration stands. stop() ends it and removes everything; moveTo(day) serves the same demonstration on another day, at another address. */
export async function serve({ demo = false, contracts = 600, day, flags = [] } = {}) {
  if (!existsSync(program)) throw new Error(`${program} is missing: run "make build" first`);
  const folder = mkdtempSync(join(tmpdir(), 'wasl-journey-'));
  const { db, drop } = scratch(folder);
  const common = ['--db', db, '--data-dir', join(folder, 'data')];
  const run = (...args) => execFileSync(program, [...args, ...common], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], cwd: folder, env });
  const on = (date) => (date ? ['--day', date] : []);
  if (demo) run('demo', '--contracts', String(contracts), ...on(day));
  const startOn = (date) => start([...(demo ? ['--demo'] : []), ...on(date), ...flags, ...common], folder, !demo);
  let server = await startOn(day);
  return {
    address: server.address, link: server.link, folder, run, log: () => server.log(),
    async moveTo(date) {
      await server.stop();
      server = await startOn(date);
      return server.address;
    },
    async stop() {
      const code = await server.stop();
      drop();
      rmSync(folder, { recursive: true, force: true });
      return code;
    },
  };
}
