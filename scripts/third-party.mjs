// Writes THIRD_PARTY.md: what wasl is built with, under which licence, and the texts those licences ask to hand over.
// With --check it writes nothing and fails when the file is not current. Usage: node scripts/third-party.mjs [--check]
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const file = join(root, 'THIRD_PARTY.md');

/** Recognises a licence by its words; throws on one that nobody has looked at. */
export function licenceOf(text, name) {
  const words = text.replace(/\s+/g, ' ');
  if (/Apache License,? Version 2\.0/i.test(words)) return 'Apache-2.0';
  if (/Mozilla Public License,? Version 2\.0/i.test(words)) return 'MPL-2.0';
  if (/Permission to use, copy, modify, and(\/or)? distribute/i.test(words)) {
    return /provided that the above copyright/i.test(words) ? 'ISC' : '0BSD';
  }
  if (/Redistribution and use in source and binary forms/i.test(words)) {
    return /Neither the name|names of (its|the) contributors|may be used to endorse/i.test(words) ? 'BSD-3-Clause' : 'BSD-2-Clause';
  }
  if (/Permission is hereby granted, free of charge/i.test(words)) {
    return /substantial portions/i.test(words) ? 'MIT' : 'MIT-0';
  }
  if (/The author disclaims copyright to this source code|public domain/i.test(words)) return 'public domain';
  throw new Error(`the licence of ${name} is not known; look at it, then teach scripts/third-party.mjs`);
}

/** The lines that claim a copyright, once each. */
export function copyrights(text) {
  const lines = text.split('\n').map((line) => line.trim()).filter((line) => /^(portions )?copyright\b.*(\d{4}|\(c\)|©|authors)/i.test(line));
  return [...new Set(lines)].filter((line) => !/\[yyyy\]|\{yyyy\}/.test(line));
}

/** The text without the copyright lines and its layout, to put equal licences together. */
export function common(text) {
  return text.split('\n').filter((line) => !/^\s*(portions )?copyright\b.*(\d{4}|\(c\)|©|authors)/i.test(line)).join('\n').trim();
}

function filesOf(folder, pattern) {
  return readdirSync(folder).filter((entry) => pattern.test(entry)).sort().map((entry) => readFileSync(join(folder, entry), 'utf8'));
}

function entry(name, version, folder, declared) {
  const texts = filesOf(folder, /^((sqlite-)?licen[cs]e|copying|unlicense)(?!-logo)([.-]|$)/i);
  if (texts.length === 0) {
    if (!declared) throw new Error(`${name} has no licence file`);
    return { name, version, licence: declared, claims: [], texts: [], notices: [] };
  }
  return {
    name,
    version,
    licence: [...new Set(texts.map((text) => licenceOf(text, name)))].join(' and '),
    claims: texts.flatMap(copyrights),
    texts: texts.map(common),
    notices: filesOf(folder, /^notice([.-]|$)/i),
  };
}

/** The Go modules behind packages; without tests, what ends up in the program. */
function goModules(...flags) {
  const format = '{{with .Module}}{{if not .Main}}{{.Path}}\t{{.Version}}\t{{.Dir}}{{end}}{{end}}';
  const lines = execFileSync('go', ['list', '-deps', ...flags, '-f', format, './...'], { cwd: root, encoding: 'utf8', maxBuffer: 1 << 26 });
  const found = [...new Set(lines.split('\n').filter(Boolean))].sort();
  return found.map((line) => {
    const [path, version, folder] = line.split('\t');
    return entry(path, version, folder, '');
  });
}

/** The npm packages of the lock file that are installed for every machine. */
function npmPackages(development) {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  return Object.entries(lock.packages)
    .filter(([path, item]) => path !== '' && !item.optional && Boolean(item.dev) === development)
    .map(([path, item]) => entry(path.replace(/^.*node_modules\//, ''), item.version, join(root, path), item.license))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The faces of the documents, changed from Noto by scripts/fonts.py. */
function faces() {
  const text = readFileSync(join(root, 'internal/platform/doc/fonts/OFL.txt'), 'utf8').trim();
  return [{ name: 'Noto Sans and Noto Sans Arabic, reduced', version: '2.004, 2.005', licence: 'OFL-1.1', claims: copyrights(text), texts: [text], notices: [] }];
}

function table(items) {
  const rows = items.map((item) => `| ${item.name} | ${item.version} | ${item.licence} | ${item.claims.join('; ').replaceAll('|', '\\|')} |`);
  return ['| what | version | licence | copyright |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

/** Each different text once, with the names it serves. */
function texts(items) {
  const byText = new Map();
  for (const item of items) {
    for (const text of item.texts) {
      const key = text.replace(/\s+/g, ' ');
      if (!byText.has(key)) byText.set(key, { text, names: [] });
      byText.get(key).names.push(item.name);
    }
  }
  return [...byText.values()].map(({ text, names }) => `### ${names.join(', ')}\n\n${quote(text)}`).join('\n\n');
}

function quote(text) {
  const lines = text.split('\n').map((line) => line.trimEnd());
  return ['````text', ...lines, '````'].join('\n');
}

function build() {
  const program = goModules();
  const shipped = npmPackages(false);
  const inProgram = new Set(program.map((item) => item.name));
  const testing = [...goModules('-test').filter((item) => !inProgram.has(item.name)), ...npmPackages(true)];
  const distributed = [...program, ...shipped, ...faces()];
  const notices = distributed.flatMap((item) => item.notices.map((text) => `### ${item.name}\n\n${quote(text.trim())}`));
  return [
    '# Third-party software',
    'wasl itself is under the Apache License 2.0 (LICENSE). It is built with the software below. This file is written by\n`make third-party`; `make test` fails when it is not current.',
    '## Go modules in the program', table(program),
    '## npm packages whose files are embedded or used to make them', table(shipped),
    '## Faces embedded in documents', table(faces()),
    '## Only for building and testing, not distributed', table(testing),
    '## Notices', notices.join('\n\n'),
    '## Licence texts', texts(distributed),
  ].join('\n\n') + '\n';
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const want = build();
  if (process.argv[2] !== '--check') {
    writeFileSync(file, want);
  } else if (!existsSync(file) || readFileSync(file, 'utf8') !== want) {
    console.error('THIRD_PARTY.md is not current: run "make third-party" and commit it');
    process.exit(1);
  }
}
