// Takes the pictures of the README out of the demonstration, each as the person sees it whose work it is: the day of an agence, a run that waits
// for its approval, a bill, the counter, the agences of a region, the ageing. The demonstration stands on a day of its own, so that the pictures
// change when the pages do and not with the calendar.
// Run: make screenshot
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { launch, root } from '../test/browser/lib.mjs';
import { serve } from '../test/browser/server.mjs';
import { leads } from '../test/browser/steps/act.mjs';
import { as, people, rows } from '../test/browser/steps/month.mjs';

const day = '2026-10-26';
const closed = '2026-09-30';
const sizeMax = 90_000;
const quality = 82;

const server = await serve({ demo: true, contracts: 2000, day });
const browser = await launch();
try {
  const world = { browser, address: server.address, check: { ok(held, what) { if (!held) throw new Error(what); } } };
  await people(world);
  const shot = async (page, name) => {
    await page.evaluate(() => scrollTo(0, 0));
    const session = await page.context().newCDPSession(page);
    const { data } = await session.send('Page.captureScreenshot', { format: 'webp', quality });
    const path = join(root, 'docs', `screen-${name}.webp`);
    writeFileSync(path, Buffer.from(data, 'base64'));
    const { size } = statSync(path);
    if (size >= sizeMax) throw new Error(`${path} has ${size} bytes, ${sizeMax} at most`);
    console.log(`docs/screen-${name}.webp ${size} bytes`);
  };

  const chief = await as(world, 'n.berrada');
  await shot(chief, 'day');

  const biller = await as(world, 'f.lahlou');
  await biller.goto(`${world.address}/billing/runs?state=computed`);
  await leads(biller, () => biller.locator('[data-w-list] tbody a').first().click());
  await shot(biller, 'run');

  // A bill of electricity in two blocks, so that the picture shows how its price came about.
  const runs = await rows(world, biller, 'billing.run.list', { state: 'issued' });
  const bills = await rows(world, biller, 'billing.bill.list', { run: runs[0]['Numéro interne'] });
  const bill = bills.find((each) => Number(each['Quantité']) > 110 && Number(each['Quantité']) < 150);
  await biller.goto(`${world.address}/billing/bills/${bill.Compte}/${bill['Numéro interne']}`);
  await shot(biller, 'bill');

  const units = await rows(world, chief, 'org.unit.list', { text: 'Centre Béni Mellal' });
  const unit = units[0]['Numéro interne'];
  const owing = (await rows(world, chief, 'ledger.item.list', { unit, owing: 'true' })).map((item) => item['Compte de tiers'] ?? item.Compte);
  const homes = (await rows(world, chief, 'customer.contract.list', { unit, category: 'DOM' }));
  const contract = homes.find((home) => owing.filter((id) => id === home.Compte).length === 3);
  const cashier = await as(world, 's.idrissi');
  await cashier.goto(`${world.address}/collection/counter?unit=${unit}&find=${contract.Code}`);
  await cashier.locator('#pay-given').fill('1200');
  await shot(cashier, 'counter');

  const region = await as(world, 'a.mesbahi');
  await region.goto(`${world.address}/board`);
  await shot(region, 'board');
  await region.goto(`${world.address}/ledger?closed=true&on=${closed}`);
  await shot(region, 'ageing');
} finally {
  await browser.close();
  await server.stop();
}
