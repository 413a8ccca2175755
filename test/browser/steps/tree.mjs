// The organisation is built by hand and from a file: add, correct, look at the effect, move at a date, import, export.
import { readFileSync } from 'node:fs';
import { sound } from '../lib.mjs';
import { fill, leads, parseCSV, pick, refused, send, tabTo, words } from './act.mjs';

const rows = [
  { code: 'DRI-TA', kind: 'Direction régionale', name: 'DRi Tadla', parent: 'Direction centrale' },
  { code: 'AG-BM', kind: 'Agence mixte', name: 'Agence Béni Mellal', parent: 'DRi Tadla' },
  { code: 'AG-KH', kind: 'Agence de service', name: 'Agence Khouribga', parent: 'DRi Tadla' },
  { code: 'KT', kind: 'Centre', name: 'Centre Kasba Tadla, rive gauche de l’Oum Er-Rbia et plaine irriguée des Beni Amir', parent: 'Agence Béni Mellal' },
];
const file = (lines) => ({ name: 'unites.csv', mimeType: 'text/csv', buffer: Buffer.from(['code;kind;name;parent;valid_from', ...lines, ''].join('\n')) });

export async function buildTree(world) {
  await addByHand(world);
  await effectAndErrors(world);
  await moveAtDate(world);
  await importFile(world);
  await exportList(world);
}

/** The first unit with nothing but the keyboard; the others by the form. */
async function addByHand(world) {
  const { admin: page, check, address } = world;
  await page.goto(`${address}/org`);
  check.ok(await tabTo(page, 'Ajouter une unité'), 'Tab reaches the button that adds a unit');
  await leads(page, () => page.keyboard.press('Enter'));
  await sound(page, check, 'ajouter-une-unite');
  for (const [index, unit] of rows.entries()) {
    if (index > 0) {
      await page.goto(`${address}/org`);
      await openUnit(world, unit.parent);
      await leads(page, () => page.locator('a.w-btn', { hasText: 'Ajouter une unité' }).click());
    }
    check.ok((await page.locator('#op-parent').inputValue()).includes(unit.parent), `${unit.code}: the unit above is filled in`);
    await page.locator('#op-code').focus();
    await page.keyboard.type(unit.code);
    await page.keyboard.press('Tab');
    await fill(page, { kind: unit.kind });
    await page.keyboard.press('Tab');
    await page.keyboard.type(unit.name);
    await fill(page, { opened_on: '2019-01-01' });
    await send(page);
    check.ok((await words(page, 'body')).includes('Ajouter une unité : fait'), `${unit.code}: added, and told so`);
  }
  await page.goto(`${address}/org`);
  check.equal(await page.locator('[role=tree] [role=treeitem][tabindex="0"]').count(), 1, 'the tree takes one place in the order of Tab');
  await openUnit(world, 'Centre Kasba Tadla');
  await sound(page, check, 'fiche-nom-long');
}

/** Opens a unit with the search box of the top bar. */
async function openUnit(world, name) {
  const { admin: page } = world;
  await page.locator('h1').first().click();
  await page.waitForSelector('#w-q[data-htmx-powered]');
  await page.keyboard.press('/');
  await page.keyboard.type(name.slice(0, 20));
  const found = page.locator('#w-found a', { hasText: name.slice(0, 20) }).first();
  await found.waitFor();
  await leads(page, () => found.click());
}

/** A wrong form keeps what was typed, says where; the effect is shown before anything is done. */
async function effectAndErrors(world) {
  const { admin: page, check, address } = world;
  await page.goto(`${address}/o/org.unit.add`);
  await fill(page, { code: 'code faux', name: 'X', phone: 'abc' });
  check.ok(await refused(page, 422, () => send(page)), 'a wrong form is refused');
  check.equal(await page.evaluate(() => document.activeElement.hasAttribute('data-w-errors')), true, 'wrong form: the summary takes the focus');
  for (const name of ['code', 'kind', 'name', 'parent', 'opened_on', 'phone']) {
    check.equal(await page.locator(`#op-${name}-error`).count(), 1, `wrong form: a reason stands at ${name}`);
  }
  check.equal(await page.locator('#op-code').inputValue(), 'code faux', 'wrong form: what was typed is kept');
  await page.locator('[data-w-errors] a').first().click();
  check.equal(await page.evaluate(() => document.activeElement.id), 'op-code', 'wrong form: a line of the summary leads to its field');
  await sound(page, check, 'formulaire-faux');

  await fill(page, { code: 'SS', kind: 'Centre', name: 'Centre Souk Sebt', opened_on: '2020-03-01', phone: '' });
  await pick(page, 'op-parent', 'béni', 'Agence Béni Mellal');
  await leads(page, () => page.getByRole('button', { name: 'Voir l’effet' }).click());
  const effect = await words(page);
  check.ok(effect.includes('Effet de l’opération') && effect.includes('Centre Souk Sebt'), 'the effect is shown first');
  await sound(page, check, 'effet-avant');
  await page.goto(`${address}/org/list?text=souk`);
  check.ok((await words(page)).includes('Aucune unité'), 'looking at the effect adds nothing');
  await page.goBack();
}

/** Moves the centre from a date on: before it, it stands where it stood. */
async function moveAtDate(world) {
  const { admin: page, check, address } = world;
  await page.goto(`${address}/org`);
  await openUnit(world, 'Centre Kasba Tadla');
  const unit = new URL(page.url()).pathname;
  world.centre = unit.split('/').at(-1);
  await leads(page, () => page.locator('a.w-btn', { hasText: 'Déplacer une unité' }).click());
  await pick(page, 'op-parent', 'khou', 'Agence Khouribga');
  await fill(page, { valid_from: '2024-07-01', reason: 'Réorganisation de la région' });
  await send(page);
  const card = await words(page);
  check.ok(card.includes('Agence Khouribga') && card.includes('01/07/2024') && card.includes('Réorganisation de la région'), 'the record tells the move, its date and its reason');
  check.ok(card.includes('Historique') && card.includes('Déplacer une unité'), 'the history names the operation');
  await sound(page, check, 'unite-deplacee');
  for (const [on, parent, other] of [['2024-06-30', 'AG-BM', 'AG-KH'], ['2024-07-01', 'AG-KH', 'AG-BM']]) {
    await page.goto(`${address}${unit}?on=${on}`);
    check.equal(await underOf(page, parent), 1, `on ${on} the centre stands under ${parent}`);
    check.equal(await underOf(page, other), 0, `on ${on} the centre does not stand under ${other}`);
  }
}

const underOf = (page, parent) => page.locator(`.w-tree li:has(> a .w-code:text-is("${parent}")) > ul .w-code:text-is("KT")`).count();

/** A file with four wrong lines names the four; the right one is imported as a job with its progress. */
async function importFile(world) {
  const { admin: page, check, address } = world;
  await page.goto(`${address}/org/import`);
  await page.locator('#op-file').setInputFiles(file([
    'FB;centre;Centre Fquih Ben Salah;AG-BM;2020-01-01', 'XX;château;Centre Oued Zem;AG-KH;2020-01-01', 'BJ;centre;Centre Bejaad;AG-NULLE;2020-01-01',
    'ZC;centre;Centre Zaouiat Cheikh;AG-BM;31/02/2020', 'EK;centre;;AG-BM;2020-01-01',
  ]));
  await send(page);
  const list = page.locator('#rejects tbody tr');
  const lines = await list.locator('td:first-child').allInnerTexts();
  check.equal(lines.map((each) => each.trim()).join(), '3,4,5,6', 'every wrong line is listed, and no other');
  await sound(page, check, 'import-refuse');
  await page.goto(`${address}/org/list?text=fquih`);
  check.ok((await words(page)).includes('Aucune unité'), 'checking a file imports nothing');

  const right = file(Array.from({ length: 120 }, (_, i) => `G-${i + 1};unit;Guichet ${i + 1};KT;2021-06-01`));
  await page.goto(`${address}/org/import`);
  await page.locator('#op-file').setInputFiles(right);
  await send(page);
  check.equal(await page.locator('#rejects').count(), 0, 'a right file has no wrong line');
  check.ok((await words(page)).includes('120'), 'the lines are counted');
  await page.locator('#op-file').setInputFiles(right);
  await send(page);
  await page.waitForURL(/\/jobs\/\d+/);
  await sound(page, check, 'travail-en-cours');
  await page.waitForFunction(() => document.querySelector('#progress')?.innerText.includes('120 / 120'));
  await page.waitForFunction(() => /terminé/i.test(document.querySelector('#progress')?.innerText ?? ''));
  check.ok(true, 'the job shows its progress until its end');
  await page.reload();
  await sound(page, check, 'travail-fini');
}

async function exportList(world) {
  const { admin: page, check, address } = world;
  await page.goto(`${address}/org/list?kind=unit`);
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'CSV' }).click()]);
  const table = parseCSV(readFileSync(await download.path(), 'utf8'));
  const code = table[0].findIndex((head) => /^code$/i.test(head));
  const codes = table.slice(1).map((row) => row[code]).sort();
  const want = Array.from({ length: 120 }, (_, i) => `G-${i + 1}`).sort();
  check.equal(codes.join(), want.join(), 'the export has every unit of the filter, beyond the page shown');
  check.ok(table.every((row) => row.length === table[0].length), 'every line of the export has the same columns');
  check.none(page.faults.splice(0), 'export: policy and console');
}
