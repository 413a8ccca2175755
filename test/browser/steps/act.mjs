// What a person does in a page: types, picks, sends, reads. The keyboard is used wherever a person would use it.
import { newPage } from '../lib.mjs';

/** Does something that the server refuses, and says whether the status was that one. The browser's own console line is no fault of the page. */
export async function refused(page, status, action) {
  page.expected = [`status of ${status}`];
  const answers = [];
  const note = (response) => { if (['document', 'fetch'].includes(response.request().resourceType())) answers.push(response.status()); };
  page.on('response', note);
  await action();
  page.off('response', note);
  if (!answers.includes(status)) console.error(`status ${answers.join()} where ${status} was due`);
  return answers.includes(status);
}

/** Waits until the page was replaced by what `action` leads to. */
export async function leads(page, action) {
  await page.evaluate(() => { document.body.dataset.old = '1'; });
  await action();
  await page.waitForFunction(() => document.readyState === 'complete' && document.body && !document.body.dataset.old);
}

/** Sends the form by keyboard. */
export const send = (page) => leads(page, () => page.keyboard.press('Control+Enter'));

/** Fills fields of a form by their names; a date is given as ISO, a month as its first day. */
export async function fill(page, values, form = 'op') {
  for (const [name, value] of Object.entries(values)) {
    const control = page.locator(`#${form}-${name}`);
    if (await control.evaluate((element) => element.tagName) === 'SELECT') await control.selectOption({ label: value });
    else await control.fill(await control.getAttribute('type') === 'month' ? value.slice(0, 7) : value);
  }
}

/** Finds a record in a picker by typing, and takes the line that carries the words. */
export async function pick(page, id, typed, words) {
  const box = page.locator(`#${id}`);
  await box.fill(typed);
  const line = page.locator(`#${id}-list [role=option]:not([aria-disabled=true])`, { hasText: words });
  await line.first().waitFor();
  for (let step = 0; step < 12; step++) {
    await page.keyboard.press('ArrowDown');
    if ((await page.locator(`#${id}-list [aria-selected=true]`).innerText().catch(() => '')).includes(words)) break;
  }
  await page.keyboard.press('Enter');
}

/** Walks with Tab until the focus stands on something with these words; false when it does not within 80 steps. */
export async function tabTo(page, words) {
  for (let step = 0; step < 80; step++) {
    await page.keyboard.press('Tab');
    if ((await page.evaluate(() => document.activeElement?.textContent?.trim() ?? '')) === words) return true;
  }
  return false;
}

/** The text of the page's main part, with ordinary spaces. */
export const words = async (page, selector = 'main') => (await page.locator(selector).first().innerText()).replace(/[\u00a0\u202f]/g, ' ');

/** Signs in with the keyboard in a browser of one's own; gives the page. */
export async function signIn(world, login, password, context) {
  const page = await newPage(context ?? await world.browser.context());
  await page.goto(`${world.address}/login`);
  await typeLogin(page, login, password);
  await page.waitForURL((url) => url.pathname === '/');
  return page;
}

/** Types a login and a password and sends them. */
export async function typeLogin(page, login, password) {
  await page.locator('#login-login').fill(login);
  await page.locator('#login-password').fill(password);
  await leads(page, () => page.keyboard.press('Enter'));
}

/** Follows the one-time link of an invitation as the person invited, who chooses a password and signs in. */
export async function acceptInvitation(world, link, login, password) {
  const page = await newPage(await world.browser.context());
  await page.goto(link);
  await page.locator('#op-password').fill(password);
  await send(page);
  await typeLogin(page, login, password);
  await page.waitForURL((url) => url.pathname === '/');
  return page;
}

/** Reads CSV as a spreadsheet does: a byte order mark, separators of the French, quotes. */
export function parseCSV(text) {
  const body = text.replace(/^\ufeff/, '');
  const rows = [[]];
  let cell = '';
  let quoted = false;
  for (let i = 0; i < body.length; i++) {
    const c = body[i];
    if (quoted && c === '"' && body[i + 1] === '"') { cell += '"'; i++; }
    else if (c === '"') quoted = !quoted;
    else if (!quoted && c === ';') { rows.at(-1).push(cell); cell = ''; }
    else if (!quoted && c === '\n') { rows.at(-1).push(cell.replace(/\r$/, '')); cell = ''; rows.push([]); }
    else cell += c;
  }
  if (rows.at(-1).length === 0 && cell === '') rows.pop(); else rows.at(-1).push(cell);
  return rows;
}
