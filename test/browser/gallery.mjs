// Shows every component of the presentation kit in a real browser under the strict policy: no violation, no console error, no axe
// violation, in light, dark and right to left; then plays the keyboard. Run: node test/browser/gallery.mjs (WASL_SHOTS=dir keeps pictures).
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { axe, checker, launch, newPage, root, shot } from './lib.mjs';

const views = ['list', 'record', 'form', 'errors', 'confirm', 'tree', 'matrix', 'work', 'charts', 'states', 'search', 'login'];
const looks = [{ name: 'clair', theme: 'light', dir: 'ltr' }, { name: 'sombre', theme: 'dark', dir: 'ltr' }, { name: 'rtl', theme: 'light', dir: 'rtl' }];

/** Builds the test program of the kit and serves the gallery with it. */
async function serve() {
  const folder = mkdtempSync(join(tmpdir(), 'wasl-gallery-'));
  const program = join(folder, 'ui.test');
  const kit = join(root, 'internal', 'platform', 'ui');
  const built = spawnSync('go', ['test', '-c', '-o', program, '.'], { cwd: kit, stdio: ['ignore', 'inherit', 'inherit'] });
  if (built.status !== 0) throw new Error('the test program of the kit does not build');
  const child = spawn(program, ['-test.run', '^TestServeGallery$', '-test.timeout', '10m'], { cwd: kit, env: { ...process.env, WASL_GALLERY: '127.0.0.1:0' } });
  const address = await new Promise((resolve, reject) => {
    let out = '';
    child.stdout.on('data', (data) => { out += data; const found = out.match(/gallery (http:\/\/\S+)/); if (found) resolve(found[1]); });
    child.stderr.on('data', (data) => { out += data; });
    child.on('exit', () => reject(new Error(`the gallery did not start:\n${out}`)));
  });
  return { address, stop: () => { child.stdin.end(); rmSync(folder, { recursive: true, force: true }); } };
}

async function look(browser, address, check) {
  const strict = await browser.context();
  const open = await browser.context({ bypassCSP: true });
  for (const { name, theme, dir } of looks) {
    for (const view of views) {
      const url = `${address}/?view=${view}&theme=${theme}&dir=${dir}`;
      const page = await newPage(strict);
      await page.goto(url, { waitUntil: 'load' });
      check.none(page.faults, `${view} ${name}: policy and console`);
      check.equal(await page.locator('[style]').count(), 0, `${view} ${name}: style attributes`);
      check.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${view} ${name}: no scroll to the side`);
      await shot(page, `${name}-${view}`, true);
      await page.close();
      const probe = await newPage(open);
      await probe.goto(url, { waitUntil: 'load' });
      check.none(await axe(probe), `${view} ${name}: axe`);
      await probe.close();
    }
  }
}

/** An answer that is under way when Escape closes the results does not open them again; the next letter does. */
async function lateResults(page, check) {
  let release;
  const held = new Promise((resolve) => { release = resolve; });
  const wanted = (url) => url.searchParams.get('q') === 'kast';
  await page.route(wanted, async (route) => { await held; await route.continue(); });
  const [request] = await Promise.all([page.waitForRequest((each) => wanted(new URL(each.url()))), page.keyboard.type('t')]);
  await page.evaluate(() => { window.answered = new Promise((resolve) => document.addEventListener('htmx:finally:request', () => resolve(), { once: true })); });
  await page.keyboard.press('Escape');
  release();
  await request.response();
  await page.evaluate(() => window.answered);
  check.equal(await page.locator('#w-found a').count(), 0, 'an answer that comes after Escape opens nothing');
  await page.locator('#w-q').focus();
  await page.keyboard.type('kas');
  await page.waitForSelector('#w-found a');
  check.ok(true, 'the next letter opens them again');
  await page.keyboard.press('Escape');
}

async function keyboard(browser, address, check) {
  const page = await newPage(await browser.context());
  const focused = () => page.evaluate(() => document.activeElement.textContent.trim());
  await page.goto(`${address}/?view=list`);
  await page.waitForSelector('#w-q[data-htmx-powered]');
  await page.keyboard.press('/');
  check.equal(await page.evaluate(() => document.activeElement.id), 'w-q', 'slash goes to the search box');
  await page.keyboard.type('kas');
  await page.waitForSelector('#w-found a');
  check.equal(await page.locator('#w-found a').count(), 3, 'results open while typing');
  await page.keyboard.press('Escape');
  check.equal(await page.locator('#w-found a').count(), 0, 'Escape closes the results');
  await lateResults(page, check);
  await page.keyboard.press('Escape');
  await page.keyboard.press('?');
  check.ok(await page.locator('#w-help[open]').count() === 1, 'question mark shows the shortcuts');
  await shot(page, 'clair-aide');
  await page.keyboard.press('Escape');
  await page.keyboard.press('j');
  check.equal(await focused(), 'ZC-5', 'j goes to the row after the current one');
  await page.keyboard.press('k');
  await page.keyboard.press('k');
  check.equal(await focused(), 'BM-2', 'k goes back');
  await page.keyboard.press('x');
  check.equal(await page.locator('[data-w-count]').innerText(), '3', 'x ticks the row and the bar counts it');
  await page.keyboard.press('Enter');
  await page.waitForURL(/view=record/);
  await page.keyboard.press('g');
  await page.keyboard.press('o');
  await page.waitForURL(/view=tree/);
  check.ok(true, 'g then a letter goes to the place');
  check.none(page.faults, 'keyboard: policy and console');
  await page.close();
}

async function tree(browser, address, check) {
  const page = await newPage(await browser.context());
  const focused = () => page.evaluate(() => document.activeElement.querySelector('.w-tree-label')?.textContent);
  await page.goto(`${address}/?view=tree`);
  check.equal(await page.locator('[role=treeitem][tabindex="0"]').count(), 1, 'one node is in the order of Tab');
  await page.locator('[role=treeitem][tabindex="0"]').focus();
  check.equal(await focused(), 'Centre Kasba Tadla', 'Tab enters at the current node');
  await page.keyboard.press('ArrowLeft');
  check.equal(await focused(), 'Agence Béni Mellal', 'left goes to the parent');
  await page.keyboard.press('ArrowLeft');
  check.equal(await page.evaluate(() => document.activeElement.getAttribute('aria-expanded')), 'false', 'left closes a node');
  await page.keyboard.press('ArrowDown');
  check.equal(await focused(), 'Agence Fquih Ben Salah', 'down skips closed children');
  await page.keyboard.press('ArrowRight');
  await page.waitForSelector('text=Centre Brachoua');
  await page.keyboard.press('ArrowRight');
  check.equal(await focused(), 'Centre Fquih Ben Salah', 'right opens, then enters children that were fetched');
  await page.keyboard.type('dri o');
  check.equal(await focused(), 'DRi Oriental', 'letters find a name');
  await page.keyboard.press('Home');
  check.equal(await focused(), 'Direction centrale', 'Home goes to the root');
  await page.keyboard.press('End');
  check.equal(await focused(), 'DRi Oriental', 'End goes to the last visible node');
  await page.locator('[role=treeitem] .w-twig').first().click();
  check.equal(await page.locator('[role=treeitem]:visible').count(), 1, 'the twig closes the root without leaving the page');
  check.none(page.faults, 'tree: policy and console');
  await page.close();
}

async function forms(browser, address, check) {
  const page = await newPage(await browser.context(), ['ERR_CONNECTION_REFUSED', 'ERR_INTERNET_DISCONNECTED', '422', 'beforeunload']);
  await page.goto(`${address}/?view=form`);
  const unit = page.locator('#grant-unit');
  await unit.click();
  await page.waitForSelector('#grant-unit-list:not([hidden])');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  check.equal(await unit.inputValue(), 'Centre Kasba Tadla', 'the picker takes the marked line');
  check.equal(await page.locator('input[name=unit]').inputValue(), 'KT', 'the picker sends the value');
  await Promise.all([page.waitForResponse((response) => new URL(response.url()).searchParams.get('q') === 'nulle part'), unit.fill('nulle part')]);
  await page.locator('#grant-limit').focus();
  check.equal(await unit.inputValue(), 'Centre Kasba Tadla', 'a text that names nothing gives back what was picked');
  await page.locator('#grant-reason').fill('remplacement de H. Naciri');
  await page.context().setOffline(true);
  await page.keyboard.press('Control+Enter');
  await page.waitForSelector('[data-w-local]');
  check.equal(await page.locator('#grant-reason').inputValue(), 'remplacement de H. Naciri', 'what was typed survives a lost line');
  await page.context().setOffline(false);
  const asked = new Promise((resolve) => page.once('dialog', async (dialog) => { await dialog.dismiss(); resolve(dialog.type()); }));
  await page.evaluate(() => { location.href = '?view=list'; });
  check.equal(await asked, 'beforeunload', 'leaving a changed form asks first');
  const login = await (await page.request.get(`${address}/?view=login`)).text();
  await page.route('**/?view=errors', (route) => route.fulfill({ contentType: 'text/html', body: login }), { times: 1 });
  await page.locator('#grant-reason').press('Control+Enter');
  await page.waitForSelector('[data-w-local] a');
  check.equal(await page.locator('#grant-reason').inputValue(), 'remplacement de H. Naciri', 'what was typed survives the end of the session');
  check.equal(await page.locator('[data-w-local] a').getAttribute('href'), '?view=login', 'the message leads to the sign-in page');
  let sent = 0;
  page.on('request', (request) => { if (request.method() === 'POST') sent++; });
  await page.evaluate(() => { const form = document.getElementById('grant'); form.requestSubmit(); form.requestSubmit(); });
  await page.waitForSelector('[data-w-errors]');
  check.equal(sent, 1, 'two clicks send once');
  check.equal(await page.evaluate(() => document.activeElement.hasAttribute('data-w-errors')), true, 'the summary of the errors takes the focus');
  await page.locator('[data-w-errors] a').first().click();
  check.ok((await page.evaluate(() => document.activeElement.id)).startsWith('grant-'), 'a link of the summary goes to its field');
  check.none(page.faults, 'forms: policy and console');
  await page.close();
}

async function redirected(browser, address, check) {
  const page = await newPage(await browser.context());
  await page.goto(`${address}/?view=confirm`);
  await page.locator('#move-reason').fill('réorganisation');
  await page.keyboard.press('Control+Enter');
  await page.waitForURL(/view=tree/);
  check.equal(await page.locator('h1').innerText(), 'Organisation', 'a form that succeeds shows the page it leads to');
  check.equal(await page.locator('[role=treeitem][tabindex="0"]').count(), 1, 'that page works at once');
  await page.keyboard.press('g');
  await page.keyboard.press('f');
  await page.waitForURL(/view=record/);
  await page.goBack();
  check.equal(await page.locator('h1').innerText(), 'Organisation', 'back shows that page again');
  await page.goBack();
  await page.waitForFunction(() => document.querySelector('h1')?.innerText === 'Confirmation');
  check.equal(await page.locator('#move-reason').count(), 1, 'back once more shows the form');
  check.none(page.faults, 'redirected: policy and console');
  await page.close();
}

async function lookAndDialogs(browser, address, check) {
  const page = await newPage(await browser.context());
  await page.goto(`${address}/?view=work`);
  const polled = page.waitForResponse((response) => response.url().includes('view=progress'));
  await page.locator('#run button').click();
  check.equal(await page.locator('#w-confirm[open]').count(), 1, 'a costly action asks');
  await shot(page, 'clair-question');
  await page.keyboard.press('Escape');
  await polled;
  check.equal(await page.locator('#run').count(), 1, 'progress renews itself in place');
  await page.locator('.w-user > summary').click();
  await shot(page, 'clair-menu');
  await page.locator('[data-w-theme=dark]').click();
  await page.keyboard.press('Escape');
  await page.locator('[data-w-fold]').click();
  await page.goto(`${address}/?view=list`);
  const kept = await page.evaluate(() => [document.documentElement.dataset.theme, document.documentElement.dataset.nav].join());
  check.equal(kept, 'dark,folded', 'the look is kept');
  await page.locator('#scope-unit > summary').click();
  await shot(page, 'sombre-replie');
  check.none(page.faults, 'look: policy and console');
  await page.close();
}

const check = checker('gallery');
const server = await serve();
const browser = await launch();
try {
  if (!process.env.NO_LOOK) await look(browser, server.address, check);
  await keyboard(browser, server.address, check);
  await tree(browser, server.address, check);
  await forms(browser, server.address, check);
  await redirected(browser, server.address, check);
  await lookAndDialogs(browser, server.address, check);
} catch (error) {
  check.ok(false, error.stack);
} finally {
  await browser.close();
  server.stop();
}
check.end();
