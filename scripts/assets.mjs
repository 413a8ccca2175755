// Builds internal/platform/ui/static/vendor from node_modules:
//   htmx.js        htmx, as published
//   base.css       the element rules of Tabler (no class, no colour), so that the cached bundle stays small
//   icons.svg      one sprite with the icons named in internal/platform/ui/icon.go, and no other
//   LICENSES.txt   the licences of the three packages
//   manifest.json  the sha256 of each file; the server refuses to start when one is missing or differs
// Run it with `npm run assets` after `npm ci`. It needs no network.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const modules = join(root, 'node_modules');
const kit = join(root, 'internal', 'platform', 'ui');
const out = join(kit, 'static', 'vendor');

/** Reads one published file, with a sentence that helps when it is not there. */
function published(...path) {
  const file = join(modules, ...path);
  try {
    return readFileSync(file, 'utf8');
  } catch {
    throw new Error(`${file} is missing: run "npm ci" first`);
  }
}

/** Splits a style sheet into its top-level rules: [prelude, body with braces]. */
export function rules(css) {
  const text = css.replace(/\/\*[\s\S]*?\*\//g, '');
  const found = [];
  let start = 0;
  while (start < text.length) {
    const open = text.indexOf('{', start);
    if (open < 0) break;
    let depth = 0;
    let end = open;
    do {
      if (text[end] === '{') depth++;
      if (text[end] === '}') depth--;
      end++;
    } while (depth > 0 && end < text.length);
    if (depth !== 0) throw new Error('unbalanced braces in the style sheet');
    found.push([text.slice(start, open).replace(/^[\s\S]*;/, '').trim(), text.slice(open, end)]);
    start = end;
  }
  return found;
}

/** Keeps the rules that speak of elements only: no class, no theme block, no scroll bar, no at-rule. */
export function elementRules(css) {
  const kept = rules(css).filter(([selector]) =>
    !/[.@]|:root|:host|data-bs|data-theme|scrollbar|\[dir|^\*$/.test(selector.replace(/\s+/g, ' ')));
  if (kept.length < 40) throw new Error(`only ${kept.length} element rules found: has Tabler changed its style sheet?`);
  return kept.map(([selector, body]) => minify(selector) + minify(body)).join('\n') + '\n';
}

function minify(text) {
  return text.replace(/\s+/g, ' ').replace(/\s*([{};,])\s*/g, '$1').replace(/: /g, ':').replace(/;}/g, '}').trim();
}

/** The icon names declared in icon.go, the only list of them. */
export function iconNames(source) {
  const names = [...source.matchAll(/^\s*Icon\w+\s+(?:Icon\s+)?= "([a-z0-9-]+)"/gm)].map((match) => match[1]);
  if (names.length === 0) throw new Error('no icon found in icon.go');
  return [...new Set(names)].sort();
}

function sprite(names) {
  const symbols = names.map((name) => {
    const svg = published('@tabler', 'icons', 'icons', 'outline', `${name}.svg`);
    const inner = svg.slice(svg.indexOf('>', svg.indexOf('<svg')) + 1, svg.lastIndexOf('</svg>'));
    const paths = inner.replace(/<path stroke="none"[^>]*\/>/g, '').replace(/\s+/g, ' ').replace(/> </g, '><').trim();
    return `<symbol id="${name}" viewBox="0 0 24 24">${paths}</symbol>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg">\n${symbols.join('\n')}\n</svg>\n`;
}

function licences() {
  return [['@tabler', 'core'], ['@tabler', 'icons'], ['htmx.org']].map((path) => {
    const folder = join(modules, ...path);
    const { name, version, license } = JSON.parse(published(...path, 'package.json'));
    const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
    const text = file ? readFileSync(join(folder, file), 'utf8').trim() : `Licensed under ${license}.`;
    return `${name} ${version}\n\n${text}\n`;
  }).join('\n----\n\n');
}

function build() {
  const files = {
    'base.css': elementRules(published('@tabler', 'core', 'dist', 'css', 'tabler.css')),
    'htmx.js': published('htmx.org', 'dist', 'htmx.min.js'),
    'icons.svg': sprite(iconNames(readFileSync(join(kit, 'icon.go'), 'utf8'))),
    'LICENSES.txt': licences(),
  };
  mkdirSync(out, { recursive: true });
  for (const old of readdirSync(out)) {
    if (old !== '.gitignore') rmSync(join(out, old), { recursive: true });
  }
  const manifest = {};
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(out, name), text);
    manifest[name] = createHash('sha256').update(text).digest('hex');
    console.log(`${name} ${Buffer.byteLength(text)} bytes`);
  }
  writeFileSync(join(out, 'manifest.json'), JSON.stringify(manifest, null, 2) + '\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) build();
