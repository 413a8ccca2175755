// The counter: what a cashier does with the keyboard, and what the screen says of it. The amounts are reckoned here by hand.
import { newPage, shot, sound } from '../lib.mjs';
import { leads, send, signIn, typeLogin, words } from './act.mjs';

const cashier = { login: 's.idrissi', password: 'compter-chaque-dirham' };
const chief = { login: 'l.taibi', password: 'ouvrir-le-coffre-à-deux' };
const unitCode = 'BM';

/** Whole centimes of an amount as people or programs write it. */
const centimes = (text) => {
  const [whole, part = ''] = text.replace(/[\s\u00a0\u202f]/g, '').replace(',', '.').split('.');
  return BigInt(whole) * 100n + BigInt(part.padEnd(2, '0'));
};
const french = (amount) => `${String(amount / 100n).replace(/\B(?=(\d{3})+$)/g, ' ')},${String(amount % 100n).padStart(2, '0')}`;
/** The stamp duty on cash: 0,25 %, half a centime away from zero. */
const stamp = (amount) => (amount * 25n + 5000n) / 10000n;
const focused = (page) => page.evaluate(() => document.activeElement?.id ?? '');
const figure = async (page, selector) => (await page.locator(selector).first().innerText()).replace(/[\u00a0\u202f]/g, ' ');
/** The state of the desk, one line a figure. */
const drawer = async (page) => (await words(page, '.w-counter-side')).replace(/\s*\n\s*/g, '\n').replace(/[ \t]+/g, ' ');

/** What the command line answers. */
const told = (world, login, ...args) => JSON.parse(world.server.run(...args, '--as', login, '--format', 'json'));
/** The rows that it gives for a list. */
function rows(world, ...args) {
  const answer = told(world, cashier.login, ...args);
  return answer.items ?? answer;
}
/** How many prints of the receipt are written down. */
const prints = (world) => Number(told(world, cashier.login, 'collection', 'receipt', 'get', '--id', world.receiptID).copies);

/** The desk that the demonstration left open is counted by the head of cash; the cashier opens his own, by the keyboard. */
export async function open(world) {
  const { check, address } = world;
  const [left] = rows(world, 'collection', 'session', 'list', '--state', 'open');
  if (left) {
    const { expected } = told(world, chief.login, 'collection', 'session', 'get', '--id', left.id);
    told(world, chief.login, 'collection', 'session', 'close', '--id', left.id, '--counted', expected);
  }
  world.unit = rows(world, 'org', 'unit', 'list').find((unit) => unit.code === unitCode).id;
  const page = await signIn(world, cashier.login, cashier.password);
  world.cashier = page;
  await page.goto(`${address}/collection/counter?unit=${world.unit}`);
  await sound(page, check, 'caisse-fermee');
  check.equal(await focused(page), 'open-desk', 'the desk is named first');
  await page.keyboard.type('Caisse 4');
  await page.keyboard.press('Tab');
  await page.keyboard.type('500');
  await leads(page, () => page.keyboard.press('Enter'));
  check.equal(await focused(page), 'find', 'the desk is open and waits for the first customer');
  check.ok((await drawer(page)).includes('Dans le tiroir\n500,00'), 'the drawer holds its float');
  await sound(page, check, 'caisse-ouverte');
}

/** The page of a customer says at a glance where he stands. */
export async function glance(world) {
  const { cashier: page, check, address } = world;
  const owing = rows(world, 'ledger', 'item', 'list', '--scope', world.unit, '--kind', 'bill', '--all').map((item) => item.receivable_account);
  const account = owing.find((id) => owing.filter((other) => other === id).length >= 4) ?? '0';
  world.bills = rows(world, 'collection', 'due', 'list', '--receivable-account', account);
  check.ok(world.bills.length >= 4, 'the demonstration has a contract with four open bills');
  world.contract = world.bills[0].account_number;
  world.customer = world.bills[0].customer;
  await page.goto(`${address}/customers/${world.customer}`);
  const text = await words(page);
  for (const word of ['Solde à ce jour', 'Échu de plus de 90 j', 'Dernières factures', 'Compteurs en place', world.contract]) check.ok(text.includes(word), `the customer's page says: ${word}`);
  await sound(page, check, 'client-en-un-coup-d-oeil');
  await page.goto(`${address}/collection/counter?unit=${world.unit}`);
}

/** Leaves only some bills ticked: down through the list, the space bar takes the others out. */
async function keepOnly(page, items) {
  const boxes = page.locator('[data-w-bill]');
  for (let at = 0; at < await boxes.count(); at++) {
    await page.keyboard.press('ArrowDown');
    if (await boxes.nth(at).isChecked() !== items.includes(await boxes.nth(at).inputValue())) await page.keyboard.press('Space');
  }
}

/** Two bills in cash, with change: the time of one customer is taken. */
export async function cash(world) {
  const { cashier: page, check } = world;
  const start = Date.now();
  await page.keyboard.type(world.contract);
  await leads(page, () => page.keyboard.press('Enter'));
  check.equal(await focused(page), 'pay-given', 'the money handed over comes next');
  check.equal(await page.locator('[data-w-bill]:checked').count(), world.bills.length, 'the bills of the contract that was typed are ticked');
  const [first, second] = world.bills;
  await keepOnly(page, [first.item, second.item]);
  const owed = centimes(first.left) + centimes(second.left);
  const total = owed + stamp(owed);
  check.equal(await figure(page, '[data-w-sum]'), french(owed), 'the sum of the two bills');
  check.equal(await figure(page, '[data-w-stamp]'), french(stamp(owed)), 'the stamp duty is told before');
  check.equal(await figure(page, '[data-w-total]'), french(total), 'what is to be taken');
  const given = (total / 10000n + 1n) * 10000n;
  await page.keyboard.press('Enter');
  await page.keyboard.type(String(given / 100n));
  check.equal(await figure(page, '[data-w-return]'), french(given - total), 'the change shows while one types');
  world.seconds = (Date.now() - start) / 1000;
  await sound(page, check, 'caisse-especes');
  const taking = Date.now();
  await leads(page, async () => { await page.keyboard.press('Enter'); await page.keyboard.press('Enter'); });
  world.seconds += (Date.now() - taking) / 1000;
  await said(world, { first, second, total, given });
  await printed(world);
}

/** What the screen says of a receipt in cash. */
async function said(world, { first, second, total, given }) {
  const { cashier: page, check } = world;
  const receipt = await words(page, '.w-receipt');
  for (const word of [first.document, second.document, french(total), french(given), french(given - total)]) {
    check.ok(receipt.includes(word), `the receipt says ${word}`);
  }
  check.equal(await page.locator('.w-receipt svg[role=img]').count(), 1, 'and carries its code');
  check.equal(await figure(page, '.w-pay-done output'), french(given - total), 'the change to hand over stands in large figures');
  check.equal(await focused(page), 'find', 'the focus is back for the next customer');
  world.drawer = 50000n + total;
  const state = await drawer(page);
  check.ok(state.includes('Reçus\n1\n'), 'Enter pressed twice makes one receipt');
  check.ok(state.includes(`Dans le tiroir\n${french(world.drawer)}`), 'the drawer holds what came in');
  const asked = [];
  const note = (request) => asked.push(new URL(request.url()).pathname);
  page.on('request', note);
  await page.keyboard.press('Enter');
  // A search would have been asked for before this.
  await page.evaluate(() => fetch('/readyz').then((answer) => answer.text()));
  page.off('request', note);
  check.equal(asked.join(), '/readyz', 'one Enter too many asks for nothing');
  check.ok(await page.locator('.w-receipt').isVisible(), 'and leaves the receipt on the screen');
  world.receipt = receipt.match(/REC\S+/)[0];
  await sound(page, check, 'caisse-recu');
}

/** F9 notes the print and prints; the keyboard is at the next customer. The second print is a duplicate, on the page and as PDF. */
async function printed(world) {
  const { cashier: page, check } = world;
  world.receiptID = rows(world, 'collection', 'receipt', 'list', '--number', world.receipt)[0].id;
  check.equal(prints(world), 0, 'nothing is printed before it is asked for');
  await page.evaluate(() => { window.printed = 0; window.print = () => { window.printed++; }; });
  const press = async (copy) => {
    await leads(page, () => page.keyboard.press('F9'));
    await page.waitForFunction((want) => window.printed === want, copy);
    check.equal(prints(world), copy, `print ${copy} is written down`);
    check.equal(await focused(page), 'find', 'the keyboard is at the next customer');
    check.ok(!page.url().includes('copy='), 'to see the page again prints nothing');
    await page.emulateMedia({ media: 'print' });
    check.ok(!(await page.locator('.w-nav').isVisible()) && !(await page.locator('.w-counter-side').isVisible()), 'on paper the receipt stands alone');
    check.equal(await page.locator('.w-receipt-mark').filter({ hasText: 'DUPLICATA' }).isVisible(), copy > 1, copy > 1 ? 'it says DUPLICATA' : 'it is the original');
    await shot(page, `recu-imprime-${copy}`);
    await page.emulateMedia({ media: null });
  };
  await press(1);
  await press(2);
  const answer = await page.request.get(`${world.address}/document/collection.receipt.paper?id=${world.receiptID}&paper=ticket`);
  check.equal(answer.headers()['content-type'], 'application/pdf', 'the ticket is a PDF');
  check.equal((await answer.body()).subarray(0, 5).toString(), '%PDF-', 'that is whole');
}

/** A third bill by cheque: what is wrong is told, and nothing typed is lost. */
export async function cheque(world) {
  const { cashier: page, check } = world;
  await page.keyboard.press('/');
  await page.keyboard.type(world.contract);
  await leads(page, () => page.keyboard.press('Enter'));
  const third = world.bills[2];
  await keepOnly(page, [third.item]);
  await page.keyboard.press('F3');
  check.equal(await focused(page), 'pay-t1_reference', 'a cheque asks for its number');
  await page.keyboard.press('Tab');
  await page.keyboard.type('Banque Populaire');
  page.expected = ['status of 422'];
  await leads(page, () => page.keyboard.press('Enter'));
  check.ok((await words(page, '[data-w-refused]')).includes('référence'), 'a cheque without number is refused with its reason');
  check.equal(await page.locator('#pay-t1_bank').inputValue(), 'Banque Populaire', 'what was typed is still there');
  check.equal(await page.locator('[data-w-bill]:checked').count(), 1, 'and what was ticked');
  await sound(page, check, 'caisse-refus');
  await page.keyboard.press('F3');
  await page.keyboard.type('4711');
  check.equal(await figure(page, '[data-w-total]'), french(centimes(third.left)), 'a cheque bears no stamp duty');
  await leads(page, () => page.keyboard.press('Enter'));
  const receipt = await words(page, '.w-receipt');
  for (const word of [third.document, 'Chèque · 4711 · Banque Populaire', french(centimes(third.left))]) check.ok(receipt.includes(word), `the receipt says ${word}`);
  check.ok((await drawer(page)).includes(`Dans le tiroir\n${french(world.drawer)}`), 'a cheque is not in the cash');
}

/** Without the script the desk is a plain form that does the same. */
export async function plain(world) {
  const { check, address, browser } = world;
  const context = await browser.context({ javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(`${address}/login`);
  await page.locator('#login-login').fill(cashier.login);
  await page.locator('#login-password').fill(cashier.password);
  await Promise.all([page.waitForURL((url) => url.pathname === '/'), page.keyboard.press('Enter')]);
  await page.goto(`${address}/collection/counter?find=${world.contract}&unit=${world.unit}`);
  const fourth = world.bills[3];
  for (const box of await page.locator('[data-w-bill]').all()) await box.setChecked(await box.inputValue() === fourth.item);
  await Promise.all([page.waitForURL((url) => url.searchParams.has('id')), page.locator('.w-pay-take').click()]);
  const total = centimes(fourth.left) + stamp(centimes(fourth.left));
  check.ok((await words(page, '.w-receipt')).includes(french(total)), 'without the script a bill is paid in cash');
  world.drawer += total;
  await context.close();
}

/** A receipt is taken back by two people. */
export async function cancel(world) {
  const { cashier: page, check, address } = world;
  const receipt = rows(world, 'collection', 'receipt', 'list', '--number', world.receipt)[0];
  await page.goto(`${address}/collection/receipts/${receipt.id}`);
  await sound(page, check, 'recu');
  await leads(page, () => page.locator('.w-title .w-btn-danger').press('Enter'));
  await page.locator('#op-reason').fill('Erreur de client');
  await send(page);
  const number = (await words(page, '#w-flash')).match(/D\d{4}-\d+-\d+/)?.[0];
  check.ok(Boolean(number), 'the cancellation waits for a second person under a number');
  const other = await newPage(await world.browser.context());
  await other.goto(`${address}/login`);
  await typeLogin(other, chief.login, chief.password);
  await other.goto(`${address}/approvals?state=waiting&to_decide=true`);
  await leads(other, () => other.getByRole('link', { name: number }).click());
  await leads(other, () => other.getByRole('button', { name: 'Approuver' }).click());
  await page.goto(`${address}/collection/receipts/${receipt.id}`);
  check.ok((await words(page, '.w-receipt')).includes('annulé'), 'the receipt says that it is cancelled');
  world.drawer -= centimes(receipt.to_pay);
  await sound(page, check, 'recu-annule');
}

/** The drawer is counted by notes and coins, and the desk is closed. */
export async function close(world) {
  const { cashier: page, check, address } = world;
  await page.goto(`${address}/collection/counter?unit=${world.unit}`);
  check.ok((await drawer(page)).includes(`Dans le tiroir\n${french(world.drawer)}`), 'the cancelled cash is out of the drawer');
  await leads(page, () => page.getByRole('link', { name: 'Compter et fermer' }).press('Enter'));
  check.equal(await focused(page), 'count-n_20000', 'the largest note is counted first');
  let left = world.drawer;
  for (const piece of [20000n, 10000n, 5000n, 2000n, 1000n, 500n, 200n, 100n, 50n, 20n, 10n, 5n]) {
    await page.keyboard.type(String(left / piece));
    left %= piece;
    await page.keyboard.press('Tab');
  }
  const counted = world.drawer - left;
  check.equal(await figure(page, '[data-w-pieces]'), french(counted), 'the pieces add up while one counts');
  await sound(page, check, 'comptage');
  // There is no coin below 0,05 DH: what it would be is a difference, with its reason.
  if (left > 0n) await page.locator('#count-reason').fill('Arrondi des centimes');
  await send(page);
  const text = await words(page);
  check.ok(text.includes('fermée') && text.includes(french(counted)), 'the session is counted and closed');
  await sound(page, check, 'session-comptee');
  console.log(`one customer, two bills, all keys: ${world.seconds.toFixed(1)} s`);
}
