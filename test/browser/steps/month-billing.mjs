// Billing: a run is prepared, computed, its exceptions decided, approved by a second person and issued; each bill is held against the price
// reckoned in price.mjs.
import { sound } from '../lib.mjs';
import { fill, leads, pick, send, words } from './act.mjs';
import { as, centimes, centre, french, iso, rows } from './month.mjs';
import { price } from './price.mjs';

/** Asks for a step of the run on its page, waits for its job to end, and comes back. */
async function step(world, name) {
  const { biller: page, address } = world;
  await page.goto(address + world.run);
  await leads(page, () => page.getByRole('link', { name, exact: true }).first().click());
  await send(page);
  await page.waitForURL(/\/jobs\/\d+/);
  await page.locator('#progress', { hasText: /terminé/i }).waitFor({ timeout: 60_000 });
  await page.goto(address + world.run);
}

export async function prepare(world) {
  const { check, address, month } = world;
  const page = await as(world, 'f.lahlou');
  world.biller = page;
  await page.goto(`${address}/billing/runs`);
  await leads(page, () => page.getByRole('link', { name: 'Préparer une facturation' }).click());
  await pick(page, 'op-unit', 'ksiba', centre.name);
  await fill(page, { from_month: month, issued_on: iso(month, 26) });
  await sound(page, check, 'mois-08-preparer');
  await send(page);
  await leads(page, () => page.locator('[data-w-list] tbody a', { hasText: 'R2' }).first().click());
  world.run = new URL(page.url()).pathname;
  const text = await words(page);
  check.ok(text.includes('préparée') && text.includes(centre.name), 'the run is prepared for the centre');
  await sound(page, check, 'mois-09-preparee');
}

export async function compute(world) {
  const { biller: page, check } = world;
  await step(world, 'Calculer les projets de factures');
  await sound(page, check, 'mois-10-calculee');
}

/** What the controls of billing found is decided with its reason; the leak that reading confirmed is among it. */
export async function exceptions(world) {
  const { biller: page, check, address, odd } = world;
  const text = await words(page);
  check.ok(text.includes(odd.leak.contract) && text.includes('bien au-dessus des factures précédentes'), 'the leak stands out among the bills');
  for (;;) {
    await page.goto(address + world.run);
    const open = page.getByRole('link', { name: 'Décider d’une exception' });
    if (await open.count() === 0) break;
    await leads(page, () => open.first().click());
    await page.locator('h1').first().click();
    await page.keyboard.press('a');
    await page.keyboard.type('Fuite confirmée à la relève');
    await sound(page, check, 'mois-11-exception');
    await send(page);
  }
  check.equal((await rows(world, page, 'billing.exception.list', { run: runID(world), state: 'open' })).length, 0, 'no exception is left');
}
const runID = (world) => world.run.split('/').at(-1);

/** Who prepared asks; the head of the agence approves what he sees, by its digest. */
export async function approve(world) {
  const { biller, check, address } = world;
  await biller.goto(address + world.run);
  const digest = (await words(biller)).match(/[0-9a-f]{64}/)[0];
  await leads(biller, () => biller.getByRole('link', { name: 'Approuver une facturation' }).click());
  await send(biller);
  const number = (await words(biller, '#w-flash')).match(/D\d{4}-\d+-\d+/)?.[0];
  check.ok(Boolean(number), 'the approval waits for a second person under a number');
  const page = await as(world, 'n.berrada');
  world.chief = page;
  const row = page.locator('tr', { hasText: number });
  check.equal(await row.count(), 1, 'the head of the agence finds it in Ma journée');
  await sound(page, check, 'mois-12-journee-chef');
  await leads(page, () => row.getByRole('link').first().click());
  const text = await words(page);
  check.ok(text.includes(digest), 'what is approved is named by its digest');
  world.total = world.stops.reduce((sum, stop) => sum + due(stop), 0n);
  check.ok(text.includes(`${french(world.total)} DH`), `the amount approved is that reckoned here, ${french(world.total)}`);
  await sound(page, check, 'mois-13-a-approuver');
  await leads(page, () => page.getByRole('button', { name: 'Approuver' }).click());
}

/** The price of each bill, reckoned here. */
const due = (stop) => price({ service: stop.service, domestic: stop.domestic, quantity: stop.used * 1000n, months: stop.months, households: stop.households });

/** The bills get their numbers; each is what was reckoned, and the numbers have no gap. */
export async function issue(world) {
  const { biller: page, check } = world;
  await step(world, 'Émettre les factures');
  check.ok((await words(page)).includes('émise'), 'the run is issued');
  await sound(page, check, 'mois-14-emise');
  const bills = await rows(world, page, 'billing.bill.list', { run: runID(world) });
  check.equal(bills.length, world.stops.length, 'each meter has its bill');
  for (const stop of world.stops) {
    const bill = bills.find((each) => each.Compte === stop.account);
    stop.bill = bill;
    check.equal(french(centimes(bill.Total)), french(due(stop)), `${stop.contract}: ${stop.used} of ${stop.service}`);
  }
  const numbers = bills.map((bill) => Number(bill['Numéro'].split('-').at(-1))).sort((a, b) => a - b);
  check.ok(numbers.every((n, at) => at === 0 || n === numbers[at - 1] + 1), `the numbers follow each other: ${numbers.join()}`);
}
