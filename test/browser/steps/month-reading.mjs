// Reading: the file of a centre comes in, a wrong one is refused, what the controls find is decided by the keyboard.
import { sound } from '../lib.mjs';
import { leads, pick, send, words } from './act.mjs';
import { as, centre, frenchDay, iso, rows } from './month.mjs';

const file = (lines) => ({ name: 'releves-el-ksiba.csv', mimeType: 'text/csv', buffer: Buffer.from(['compteur;date;index', ...lines, ''].join('\n')) });

const whole = (text) => BigInt(text.split(/[.,]/)[0]);

/** How many months are billed when a meter was read last on a day, French or ISO: each month that a walk falls in is billed once. */
function monthsSince(since, month) {
  const [year, of] = since.includes('/') ? since.split('/').reverse() : since.split('-');
  const [thisYear, thisOf] = month.split('-');
  return BigInt((thisYear - year) * 12 + (thisOf - of));
}

/** The walk of the centre: what each meter showed last, and what it usually takes. */
async function walk(world, page) {
  const unit = (await rows(world, page, 'org.unit.list', { text: centre.name })).find((row) => row.Code === centre.code);
  world.unit = unit['Numéro interne'];
  const route = (await rows(world, page, 'metering.route.list', { unit: world.unit })).find((row) => row.Code === centre.route);
  const stops = await rows(world, page, 'metering.route.sheet', { id: route['Numéro interne'], month: world.month });
  const contracts = await rows(world, page, 'customer.contract.list', { unit: world.unit });
  const households = {};
  for (const contract of contracts) {
    const card = await (await page.request.get(`${world.address}/contracts/${contract['Numéro interne']}`)).text();
    households[contract.Code] = BigInt(card.match(/(\d+)\s+foyer/)?.[1] ?? 1);
  }
  return stops.map((stop, at) => {
    const contract = contracts.find((each) => each.Code === stop.Contrat);
    const usual = whole(stop.Usuelle || '1');
    const months = monthsSince(stop['Date du précédent'], world.month);
    return {
      serial: stop['Compteur n°'], contract: stop.Contrat, account: stop.Compte, previous: whole(stop['Précédent']), months,
      service: contract.Service, domestic: contract['Usage pour la TVA'] === 'domestic', households: households[stop.Contrat], usual,
      date: iso(world.month, 11 + at % 6), used: usual * months + BigInt(at % 3),
    };
  });
}

/** What is odd this month: an index typed for another meter, one digit too many, a leak that is true, a meter that stands still. */
function oddities(stops) {
  const of = (service, domestic, at) => stops.filter((stop) => stop.service === service && stop.domestic === domestic && stop.usual >= 8n && stop.months === 1n)[at];
  const [lower, mistyped, leak] = [of('water', true, 0), of('electricity', true, 0), of('water', true, 1)];
  lower.shown = lower.previous - 3n;
  mistyped.shown = mistyped.previous + mistyped.usual * 9n;
  leak.used = leak.usual * 6n;
  const still = stops.find((stop) => ![lower, mistyped, leak].includes(stop) && stop.usual >= 8n && stop.months === 1n);
  still.used = 0n;
  return { lower, mistyped, leak, still };
}

async function give(page, address, upload) {
  await page.goto(`${address}/metering`);
  await leads(page, () => page.getByRole('link', { name: 'Importer des relevés' }).click());
  await page.locator('#file-file').setInputFiles(upload);
  await pick(page, 'file-unit', 'ksiba', centre.name);
  await send(page);
}

/** A file with three wrong lines names the three, and nothing of it is taken. */
export async function wrongFile(world) {
  const { check, address } = world;
  const page = await as(world, 'w.benali');
  world.reader = page;
  await sound(page, check, 'mois-01-journee-releve');
  world.stops = await walk(world, page);
  check.ok(world.stops.length >= 20, `the walk has ${world.stops.length} meters`);
  const [first, second, third] = world.stops;
  await give(page, address, file([
    `${first.serial};${frenchDay(first.date)};${first.previous + 5n}`, `99999999;${frenchDay(first.date)};12`, `${second.serial};31/02/2026;${second.previous}`,
    `${third.serial};${frenchDay(third.date)};douze`,
  ]));
  const text = await words(page);
  for (const word of ['99999999', '31/02/2026', 'douze']) check.ok(text.includes(word), `the page names ${word}`);
  await sound(page, check, 'mois-02-fichier-refuse');
  await leads(page, () => page.locator('#apply button[type=submit]').first().click());
  await ended(page);
  const refusal = await words(page);
  check.ok(/refusé/i.test(refusal), 'the whole file is refused when a line is wrong');
  await sound(page, check, 'mois-03-rien-n-est-pris');
  const taken = await rows(world, page, 'metering.consumption.list', { unit: world.unit, month: world.month });
  check.equal(taken.length, 0, 'nothing of a refused file is taken');
}

/** Waits until the job of an import has told what it came to, and opens the file it took in. */
async function ended(page) {
  const open = page.getByRole('link', { name: 'Voir le fichier importé' });
  await open.waitFor({ timeout: 60_000 });
  await leads(page, () => open.click());
}

/** The right file: looked at, then taken, with what the controls found. */
export async function readings(world) {
  const { reader: page, check, address, stops } = world;
  world.odd = oddities(stops);
  for (const stop of stops) stop.shown ??= stop.previous + stop.used;
  await give(page, address, file(stops.map((stop) => `${stop.serial};${frenchDay(stop.date)};${stop.shown}`)));
  check.equal(await page.locator('#rejects').count(), 0, 'a right file has no wrong line');
  await sound(page, check, 'mois-04-fichier-verifie');
  await leads(page, () => page.locator('#apply button[type=submit]').first().click());
  await ended(page);
  await sound(page, check, 'mois-05-fichier-importe');
  const taken = await rows(world, page, 'metering.consumption.list', { unit: world.unit, month: world.month });
  check.equal(taken.length, stops.length, 'each meter of the walk has its consumption of the month');
}

/** Decides one anomaly with keys only: a letter for the decision, the reason, and Ctrl+Enter. */
async function decide(world, contract, key, typed, reason) {
  const { reader: page, check, address } = world;
  await page.goto(`${address}/metering/anomalies?unit=${world.unit}`);
  const line = page.locator('[data-w-list] tbody a', { hasText: contract }).first();
  check.equal(await line.count(), 1, `the anomaly of ${contract} is listed`);
  await leads(page, () => line.press('Enter'));
  await page.locator('h1').first().click();
  await page.keyboard.press(key);
  if (typed) {
    await page.keyboard.type(typed);
    await page.locator('#decide-reason').focus();
  }
  await page.keyboard.type(reason);
  await sound(page, check, `mois-06-anomalie-${key}`);
  await send(page);
}

export async function decideAnomalies(world) {
  const { reader: page, check, address, odd } = world;
  await page.goto(`${address}/metering/anomalies?unit=${world.unit}`);
  odd.lower.used = odd.lower.usual;
  odd.mistyped.used = odd.mistyped.usual + 4n;
  await decide(world, odd.lower.contract, 'c', String(odd.lower.previous + odd.lower.used), 'Index relu sur la photo du compteur');
  await decide(world, odd.mistyped.contract, 'c', String(odd.mistyped.previous + odd.mistyped.used), 'Un chiffre de trop, relu sur place');
  await decide(world, odd.leak.contract, 'a', '', 'Fuite après compteur constatée sur place');
  await decide(world, odd.still.contract, 'a', '', 'Local fermé, vérifié par téléphone');
  const left = await rows(world, page, 'metering.anomaly.list', { unit: world.unit, state: 'open' });
  check.equal(left.length, 0, `no anomaly is left: ${JSON.stringify(left)}`);
  for (const row of await rows(world, page, 'metering.consumption.list', { unit: world.unit, month: world.month })) {
    const stop = world.stops.find((each) => each.contract === row.Contrat);
    if (stop && row['État'] !== 'replaced') check.equal(row['Quantité'], String(stop.used), `${row.Contrat}: what is to be billed`);
  }
}
