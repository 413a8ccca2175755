// The 3rd of the next month: the accountant closes the month of the centre, and the head of the region reads the ageing down to the bill.
import { sound } from '../lib.mjs';
import { fill, leads, send, words } from './act.mjs';
import { as, centimes, french, iso, rows } from './month.mjs';

/** Before the end of the month the closing is refused with its reason; on the 3rd of the next it shows its totals and is made. */
export async function closeMonth(world) {
  const { check, month, server } = world;
  const early = await as(world, 'b.cherkaoui');
  await early.goto(`${world.address}/ledger/periods/close?unit=${world.unit}&month=${month}`);
  const refusal = await words(early);
  check.ok(refusal.includes('bloque') && refusal.includes('n’est pas terminé'), 'a month that is not over is not closed');
  await sound(early, check, 'mois-22-trop-tot');
  await early.context().close();
  world.address = await server.moveTo(iso(month, 33));
  const page = await as(world, 'b.cherkaoui');
  await page.goto(`${world.address}/ledger/periods/close?unit=${world.unit}&month=${month}`);
  const text = await words(page);
  check.ok(!text.includes('bloque'), 'once it is over nothing keeps it open');
  check.ok(text.includes(french(world.total)), `its control totals have the bills reckoned here, ${french(world.total)}`);
  await sound(page, check, 'mois-23-avant-arrete');
  await fill(page, { reason: 'Arrêté mensuel du centre' }, await page.locator('textarea[name=reason]').evaluate((box) => box.id.replace('-reason', '')));
  await send(page);
  await page.goto(`${world.address}/ledger/periods?unit=${world.unit}`);
  const spelt = new Date(month).toLocaleDateString('fr-FR', { month: 'long', year: 'numeric', timeZone: 'UTC' });
  const row = page.locator('[data-w-list] tbody tr', { hasText: spelt });
  check.ok((await row.first().innerText()).includes('EK'), 'the month of the centre is closed');
  await sound(page, check, 'mois-24-arrete');
}

/** The region reads what is owed: by agence, by centre, by age, down to what is left of the bill. */
export async function ageing(world) {
  const { check, month, odd: { leak } } = world;
  const page = await as(world, 'a.mesbahi');
  await sound(page, check, 'mois-25-journee-region');
  await page.goto(`${world.address}/ledger?closed=true&on=${iso(month, 26)}`);
  check.ok((await words(page)).includes('Arrêté'), 'the region reads closed figures');
  await sound(page, check, 'mois-26-balance-region');
  for (const [code, name] of [['AG-BM', 'balance-agence'], ['EK', 'balance-centre']]) {
    await leads(page, () => page.locator('[data-w-list] tbody a', { hasText: code }).first().click());
    check.equal(new URL(page.url()).searchParams.get('closed'), 'true', `${code}: the way down stays with the closed month`);
    await sound(page, check, `mois-27-${name}`);
  }
  const cell = page.locator('[data-w-list] tbody tr').first().locator('td a').nth(1);
  const owed = await cell.innerText();
  await leads(page, () => cell.click());
  await sound(page, check, 'mois-28-postes');
  const items = (await rows(world, page, 'ledger.item.list', Object.fromEntries(new URL(page.url()).searchParams)));
  check.equal(french(items.reduce((sum, item) => sum + centimes(item.Reste), 0n)), plain(owed), 'the items add up to the figure that led to them');
  await leads(page, () => page.getByRole('link', { name: leak.bill['Numéro'] }).first().click());
  const text = await words(page);
  check.ok(text.includes(french(world.left)), `of the bill is left what was not paid, ${french(world.left)}`);
  await sound(page, check, 'mois-29-reste-de-la-facture');
}
const plain = (text) => text.replace(/[\u00a0\u202f]/g, ' ').trim();
