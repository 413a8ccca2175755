// What the browser tests share: Debian's Chromium through playwright-core, pages that record every policy violation and console
// error, axe, and pictures. Nothing here reaches another host.
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const require = createRequire(import.meta.url);
export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
export const executable = process.env.WASL_CHROMIUM ?? '/usr/bin/chromium';
/** The screen of an agency. */
export const screen = { width: 1366, height: 768 };
/** How long a state of a page is waited for, in milliseconds: beyond what a machine at work on other things takes. */
const patience = 90_000;
const axeSource = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--lang=fr-FR'];

/** Where pictures go; WASL_SHOTS keeps them, otherwise they are not taken. */
export const shots = process.env.WASL_SHOTS ?? '';
if (shots) mkdirSync(shots, { recursive: true });

/** Starts a French browser (dates are typed and shown as day/month/year) with a profile of its own; close() removes it. */
export async function launch() {
  const profile = mkdtempSync(join(tmpdir(), 'wasl-browser-'));
  const persistent = await chromium.launchPersistentContext(profile, { executablePath: executable, args: flags, viewport: screen, locale: 'fr-FR', env: { ...process.env, LANGUAGE: 'fr' } });
  const browser = persistent.browser();
  const contexts = [];
  return {
    /** A context of its own: options are those of playwright (bypassCSP, colorScheme, …). */
    async context(options = {}) {
      const context = await browser.newContext({ viewport: screen, locale: 'fr-FR', ...options });
      context.setDefaultTimeout(patience);
      contexts.push(context);
      return context;
    },
    async close() {
      for (const context of contexts) await context.close();
      await persistent.close();
      rmSync(profile, { recursive: true, force: true });
    },
  };
}

/** Opens a page that records what must never happen, in page.faults. page.allowed are texts of console errors that are expected,
 * page.expected those expected one time, whenever they come: the browser tells of an answer after the page has it. */
export async function newPage(context, allowed = []) {
  const page = await context.newPage();
  page.faults = [];
  page.allowed = [...allowed];
  page.expected = [];
  const fault = (text) => {
    if (page.allowed.some((expected) => text.includes(expected))) return;
    const at = page.expected.findIndex((expected) => text.includes(expected));
    if (at < 0) page.faults.push(text); else page.expected.splice(at, 1);
  };
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) =>
      console.error(`CSP ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`));
  });
  page.on('console', (message) => { if (['error', 'warning'].includes(message.type())) fault(`${message.type()}: ${message.text()} (${page.url()})`); });
  page.on('pageerror', (error) => fault(`exception: ${error.message} (${page.url()})`));
  page.on('requestfailed', (request) => {
    const reason = request.failure()?.errorText ?? '';
    if (reason !== 'net::ERR_ABORTED') fault(`request: ${request.url()} ${reason}`);
  });
  return page;
}

/** Runs axe on a page of a context made with bypassCSP (axe must be injected); returns one line for each node at fault. */
export async function axe(page, runOnly = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']) {
  if (!await page.evaluate(() => Boolean(window.axe))) await page.evaluate(axeSource);
  const result = await page.evaluate((only) => window.axe.run(document, { runOnly: only }), runOnly);
  if (result.passes.length === 0) throw new Error(`axe looked at nothing on ${page.url()}`);
  const line = (violation, node) => `${violation.id}: ${node.target.join(' ')} · ${node.failureSummary.replace(/\s+/g, ' ')}`;
  return result.violations.flatMap((violation) => violation.nodes.map((node) => line(violation, node)));
}

/** Changes light and dark without leaving the page. */
async function turn(page, theme) {
  await page.evaluate((value) => { if (value) document.documentElement.dataset.theme = value; else delete document.documentElement.dataset.theme; }, theme);
}

/** What must hold on every page: no fault so far, no style attribute, nothing beyond the screen's width, and axe content in light and in dark. */
export async function sound(page, check, name) {
  check.none(page.faults.splice(0), `${name}: policy and console`);
  check.equal(await page.locator('[style]').count(), 0, `${name}: style attributes`);
  const beyond = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  check.ok(beyond <= 0, `${name}: ${beyond} px beyond the width of the screen`);
  // The pages are the same on both engines: axe looks at them once.
  if (process.env.WASL_DB === 'pg') return;
  const before = await page.evaluate(() => { scrollTo(0, 0); return document.documentElement.dataset.theme ?? ''; });
  for (const theme of ['light', 'dark']) {
    await turn(page, theme);
    // The look changes colours only, so that is all there is to look at again.
    check.none(await axe(page, theme === 'dark' ? ['color-contrast'] : undefined), `${name} ${theme}: axe`);
    await shot(page, `${name}-${theme}`);
  }
  await turn(page, before);
}

/** Takes a picture when pictures are kept. */
export async function shot(page, name, fullPage = false) {
  if (shots) await page.screenshot({ path: join(shots, `${name}.png`), fullPage });
}

/** Counts checks, prints those that fail, and ends the process with 1 when there is one. */
export function checker(name) {
  let passed = 0;
  const failed = [];
  return {
    ok(condition, what) {
      if (condition) passed++;
      else { failed.push(what); console.error(`FAIL ${what}`); }
    },
    equal(got, want, what) { this.ok(Object.is(got, want), `${what}: got ${JSON.stringify(got)}, want ${JSON.stringify(want)}`); },
    none(list, what) { this.ok(list.length === 0, `${what}:\n  ${list.join('\n  ')}`); },
    end() {
      console.log(`${name}: ${passed} passed, ${failed.length} failed`);
      if (failed.length || !passed) process.exitCode = 1;
    },
  };
}
