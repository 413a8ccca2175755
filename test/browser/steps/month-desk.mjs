// The customer: shown his bill, on the screen and on paper, he pays a part of it in cash at the desk of his centre; the desk is counted and closed.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { shots, sound } from '../lib.mjs';
import { leads, send, words } from './act.mjs';
import { as, centimes, french, frenchDay, iso } from './month.mjs';

const focused = (page) => page.evaluate(() => document.activeElement?.id ?? '');
/** The stamp duty on cash: 0,25 %, half a centime away from zero. */
const stamp = (amount) => (amount * 25n + 5000n) / 10000n;
const float = 20_000n;

/** The bill of the leak, found by the contract, block by block and on paper. */
export async function showBill(world) {
  const { check, odd: { leak }, address } = world;
  const page = await as(world, 'd.sabri');
  await page.keyboard.press('/');
  await page.keyboard.type(leak.contract);
  const found = page.locator('#w-found a', { hasText: leak.contract }).first();
  await found.waitFor();
  await leads(page, () => found.click());
  await sound(page, check, 'mois-15-abonnement');
  await leads(page, () => page.getByRole('link', { name: leak.bill['Numéro'] }).first().click());
  world.bill = new URL(page.url()).pathname;
  const text = await words(page);
  const owed = centimes(leak.bill.Total);
  for (const word of [leak.bill['Numéro'], leak.contract, french(owed), frenchDay(iso(world.month, 26)), `${leak.used} m³`]) check.ok(text.includes(word), `the bill says ${word}`);
  await sound(page, check, 'mois-16-facture');
  const link = page.getByRole('link', { name: 'Imprimer' }).first();
  const answer = await page.request.get(address + await link.getAttribute('href'));
  const paper = await answer.body();
  check.equal(answer.headers()['content-type'], 'application/pdf', 'the bill is given on paper');
  check.equal(paper.subarray(0, 5).toString(), '%PDF-', 'as a PDF');
  if (shots) writeFileSync(join(shots, 'mois-17-facture.pdf'), paper);
  await page.context().close();
}

/** 500,00 of the bill in cash, by the keyboard. */
export async function cash(world) {
  const { check, address, odd: { leak } } = world;
  const page = await as(world, 'j.rami');
  world.cashier = page;
  await page.goto(`${address}/collection/counter?unit=${world.unit}`);
  await page.keyboard.type('Caisse 1');
  await page.keyboard.press('Tab');
  await page.keyboard.type('200');
  await leads(page, () => page.keyboard.press('Enter'));
  check.equal(await focused(page), 'find', 'the desk is open');
  await page.keyboard.type(leak.contract);
  await leads(page, () => page.keyboard.press('Enter'));
  const boxes = page.locator('[data-w-bill]');
  for (let at = 0; at < await boxes.count(); at++) {
    await page.keyboard.press('ArrowDown');
    const ours = (await boxes.nth(at).locator('xpath=ancestor::tr').innerText()).includes(leak.bill['Numéro']);
    if (await boxes.nth(at).isChecked() !== ours) await page.keyboard.press('Space');
  }
  check.equal(await page.locator('[data-w-bill]:checked').count(), 1, 'the bill of the month alone is ticked');
  world.paid = 50_000n;
  await page.locator('#pay-t1_amount').focus();
  await page.keyboard.type('500');
  await page.locator('#pay-given').focus();
  await page.keyboard.type('600');
  const total = world.paid + stamp(world.paid);
  check.equal(await amount(page, '[data-w-total]'), french(total), 'what is to be taken, stamp duty added');
  check.equal(await amount(page, '[data-w-return]'), french(60_000n - total), 'what is to be given back');
  await sound(page, check, 'mois-18-encaisser');
  await leads(page, () => page.keyboard.press('Enter'));
  const receipt = await words(page, '.w-receipt');
  for (const word of [leak.bill['Numéro'], french(world.paid), french(total)]) check.ok(receipt.includes(word), `the receipt says ${word}`);
  world.left = centimes(leak.bill.Total) - world.paid;
  world.drawer = float + total;
  await sound(page, check, 'mois-19-recu');
}
const amount = async (page, selector) => (await page.locator(selector).first().innerText()).replace(/[\u00a0\u202f]/g, ' ');

/** The drawer is counted by notes and coins, nothing is missing, the desk is closed. */
export async function closeDesk(world) {
  const { cashier: page, check } = world;
  await leads(page, () => page.getByRole('link', { name: 'Compter et fermer' }).press('Enter'));
  let left = world.drawer;
  for (const piece of [20000n, 10000n, 5000n, 2000n, 1000n, 500n, 200n, 100n, 50n, 20n, 10n, 5n]) {
    await page.keyboard.type(String(left / piece));
    left %= piece;
    await page.keyboard.press('Tab');
  }
  check.ok(left === 0n, 'the drawer can be counted in coins');
  check.equal(await amount(page, '[data-w-pieces]'), french(world.drawer), 'the pieces add up to what came in');
  await sound(page, check, 'mois-20-comptage');
  await send(page);
  const text = await words(page);
  check.ok(text.includes('fermée') && text.includes(french(world.drawer)), 'the desk is counted and closed');
  await sound(page, check, 'mois-21-caisse-fermee');
}
