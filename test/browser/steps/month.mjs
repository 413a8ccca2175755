// What the steps of the month share: who does what, the month, lists as a spreadsheet has them, amounts as people read them.
import { newPage } from '../lib.mjs';
import { parseCSV, signIn } from './act.mjs';

/** The centre whose month this is; its readings have not come. */
export const centre = { code: 'EK', name: 'Centre El Ksiba', route: 'EK-01' };

/** The first day of the month so many months ago, as ISO. */
export function monthAgo(n) {
  const now = new Date();
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - n, 1)).toISOString().slice(0, 10);
}

/** A day of the month of a date; beyond its end it is in the next one. */
export function iso(month, day) {
  const [year, of] = month.split('-').map(Number);
  return new Date(Date.UTC(year, of - 1, day)).toISOString().slice(0, 10);
}
export const frenchDay = (date) => date.split('-').reverse().join('/');

/** Whole centimes of an amount as people or programs write it. */
export const centimes = (text) => {
  const [whole, part = ''] = text.replace(/[\s\u00a0\u202f]/g, '').replace(',', '.').split('.');
  return BigInt(whole) * 100n + BigInt(part.padEnd(2, '0').slice(0, 2));
};
export const french = (amount) => `${String(amount / 100n).replace(/\B(?=(\d{3})+$)/g, ' ')},${String(amount % 100n).padStart(2, '0')}`;

/** The ready accounts, as the sign-in page of the demonstration shows them. */
export async function people(world) {
  const entry = await newPage(await world.browser.context());
  await entry.goto(`${world.address}/login`);
  const rows = await entry.locator('#demo tbody tr').evaluateAll((all) => all.map((row) => [...row.querySelectorAll('td')].map((cell) => cell.textContent.trim())));
  world.accounts = Object.fromEntries(rows.map(([login, password]) => [login, password]));
  await entry.context().close();
}

/** Signs somebody in with his own role. */
export async function as(world, login) {
  world.check.ok(world.accounts[login], `${login} is among the ready accounts`);
  return signIn(world, login, world.accounts[login]);
}

/** The rows of a list that a person may see, by the names of the columns. */
export async function rows(world, page, list, query = {}) {
  const answer = await page.request.get(`${world.address}/export/${list}.csv?${new URLSearchParams(query)}`);
  if (answer.status() !== 200) throw new Error(`${list}: ${answer.status()} ${await answer.text()}`);
  const [head, ...all] = parseCSV(await answer.text());
  return all.map((row) => Object.fromEntries(head.map((name, at) => [name, row[at]])));
}
