#!/usr/bin/env node
// Keeps README.md and docs/*.md true: their sh blocks are executed, page by page, in an empty folder with bin/wasl; the table of settings is
// that of the program; links lead somewhere; what is named in code marks exists. A block that is not executed says why in a comment
// just above, and may hold make targets only, which must exist. Run: node test/outside/docs.mjs (WASL_PROGRAM=another program).
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../scripts/port.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const program = process.env.WASL_PROGRAM ?? join(root, 'bin', 'wasl');
const pages = ['README.md', ...readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md')).sort().map((name) => `docs/${name}`),
  ...readdirSync(join(root, 'docs', 'adr')).filter((name) => name.endsWith('.md')).sort().map((name) => `docs/adr/${name}`), 'CONTRIBUTING.md', 'CHANGELOG.md'];
const failures = [];
let checks = 0;
const check = (good, what) => { checks++; if (!good) { failures.push(what); console.error(`FAIL ${what}`); } };

/** The sh blocks of a page: their lines, and the reason when they are not executed. */
export function blocks(text) {
  return [...text.matchAll(/(?:<!-- not run: ([^>]+) -->\n)?```sh\n([\s\S]*?)```/g)].map(([, reason, body]) => ({ reason, body }));
}

// A line that serves goes to the background; the next one waits until it is ready.
const prelude = `
set -euo pipefail
trap 'echo "failed: $BASH_COMMAND" >&2' ERR
server=
stop() { [[ -z $server ]] || { kill -TERM "$server"; wait "$server"; server=; }; }
trap stop EXIT
serve() {
  stop
  "$@" >serve.out 2>serve.log & server=$!
  for _ in $(seq 1200); do bin/wasl healthcheck >ready.out 2>&1 && return; sleep 0.1; done
  cat serve.log ready.out >&2
  return 1
}
`;
const script = (bodies) => prelude + bodies.join('\n').replace(/^(bin\/wasl serve.*)$/gm, 'serve $1');

/** A PostgreSQL for the pages that use one: the tests' own, kept alive by a lock, with an empty room for a database named wasl. */
function postgres() {
  const dsn = execFileSync('go', ['run', './internal/testkit/pgtest/cmd', 'start'], { cwd: root, encoding: 'utf8' }).trim();
  const query = new URL(dsn.replace(/^postgres(ql)?:/, 'http:').replace(':///', '://localhost/')).searchParams;
  const users = join(query.get('host') ?? '', 'users');
  const holder = existsSync(users) ? spawn('flock', ['--shared', users, 'cat']) : undefined;
  const drop = () => execFileSync('psql', ['--no-psqlrc', '--quiet', dsn, '--command', 'DROP DATABASE IF EXISTS wasl WITH (FORCE)'], { stdio: 'ignore' });
  drop();
  return {
    env: { PGHOST: query.get('host'), PGPORT: query.get('port'), PGUSER: query.get('user'), PGSSLMODE: 'disable' },
    stop: () => { drop(); holder?.stdin.end(); },
  };
}

/** Executes what a page tells to type. */
async function execute(page, bodies) {
  const folder = mkdtempSync(join(tmpdir(), 'wasl-docs-'));
  mkdirSync(join(folder, 'bin'));
  symlinkSync(program, join(folder, 'bin', 'wasl'));
  const cluster = bodies.some((body) => body.includes('postgres:')) ? postgres() : undefined;
  const kept = Object.entries(process.env).filter(([name]) => !/^(WASL_|PG)/.test(name));
  const env = { ...Object.fromEntries(kept), ...cluster?.env, WASL_LISTEN: `127.0.0.1:${await freePort()}` };
  const run = spawnSync('bash', ['-c', script(bodies)], { cwd: folder, env, encoding: 'utf8', timeout: 900_000 });
  check(run.status === 0, `${page}: its commands end with ${run.status}\n${run.stdout.slice(-2000)}${run.stderr.slice(-2000)}`);
  for (const name of readdirSync(folder)) {
    if (/\.(json|csv)$/.test(name)) check(statSync(join(folder, name)).size > 2, `${page}: ${name} has content`);
    if (name.endsWith('.json')) check(readable(join(folder, name)), `${page}: ${name} is JSON`);
  }
  cluster?.stop();
  rmSync(folder, { recursive: true, force: true });
}

function readable(file) {
  try {
    JSON.parse(readFileSync(file, 'utf8'));
    return true;
  } catch {
    return false;
  }
}

const targets = new Set([...readFileSync(join(root, 'Makefile'), 'utf8').matchAll(/^([a-z-]+):/gm)].map((match) => match[1]));
const tracked = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { cwd: root, encoding: 'utf8' }).split('\n');

/** Links and names of a page lead to something. */
function names(page, text) {
  for (const [, target] of text.matchAll(/\]\((?!https?:|#)([^)#]+)[^)]*\)/g)) check(existsSync(join(root, dirname(page), target)), `${page}: the link ${target} leads nowhere`);
  for (const [, target] of text.matchAll(/`make ([a-z-]+)/g)) check(targets.has(target), `${page}: there is no make ${target}`);
  for (const [, path] of text.matchAll(/`((?:internal|cmd|test|scripts|docs)\/[\w./-]+)`/g)) {
    check(tracked.some((file) => file === path || file.startsWith(`${path.replace(/\/$/, '')}/`)), `${page}: there is no ${path}`);
  }
}

/** The table of settings is that of the program, with its defaults. */
function settings() {
  const folder = mkdtempSync(join(tmpdir(), 'wasl-docs-'));
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('WASL_')));
  const dump = JSON.parse(execFileSync(program, ['config', 'dump', '--format', 'json'], { cwd: folder, env, encoding: 'utf8' }));
  rmSync(folder, { recursive: true, force: true });
  const page = readFileSync(join(root, 'docs', 'operating.md'), 'utf8');
  const written = new Map([...page.matchAll(/^\| `([a-z._]+)` \| (?:`([^`]*)`)? ?\|/gm)].map(([, key, value]) => [key, value ?? '']));
  for (const { Option: option } of dump) {
    check(written.get(option.Key) === option.Default, `docs/operating.md: ${option.Key} is ${JSON.stringify(option.Default)} by default, not ${JSON.stringify(written.get(option.Key))}`);
    written.delete(option.Key);
  }
  check(written.size === 0, `docs/operating.md: settings that do not exist: ${[...written.keys()]}`);
}

const help = readFileSync(join(root, 'README.md'), 'utf8');
check(/^# wasl\n\n\*\*wasl\*\*/.test(help), 'README.md begins with what it is');
check(help.indexOf('![') > 0 && help.indexOf('![') < help.indexOf('make run'), 'README.md shows a picture before the two commands');
for (const [, picture] of readFileSync(join(root, 'README.md'), 'utf8').matchAll(/!\[[^\]]+\]\((docs\/[^)]+)\)/g)) {
  check(existsSync(join(root, picture)) && statSync(join(root, picture)).size < 90_000, `${picture} is there and below 90 KB`);
}
settings();
let executed = 0;
for (const page of pages) {
  const text = readFileSync(join(root, page), 'utf8');
  names(page, text);
  const all = blocks(text);
  check(all.length === (text.match(/^```sh$/gm) ?? []).length, `${page}: every sh block is understood`);
  for (const { reason, body } of all.filter((each) => each.reason)) {
    for (const line of body.trim().split('\n')) check(targets.has(line.match(/^make ([a-z-]+)/)?.[1]), `${page}: only make targets may be left out (${reason}): ${line}`);
  }
  const bodies = all.filter((each) => !each.reason).map((each) => each.body);
  if (bodies.length) await execute(page, bodies);
  executed += bodies.join('\n').split('\n').filter((line) => line.trim()).length;
}
check(executed >= 20, `${executed} commands executed, of at least 20`);
console.log(`docs: ${checks - failures.length} passed, ${failures.length} failed, ${executed} commands executed`);
if (failures.length) process.exitCode = 1;
