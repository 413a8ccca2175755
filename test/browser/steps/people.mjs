// A person is invited, gets a role on one unit, and meets its limits: what he may not do is not shown, and refused when forced.
import { newPage, sound } from '../lib.mjs';
import { fill, leads, pick, refused, send, typeLogin, words } from './act.mjs';

export const clerk = { login: 'n.berrada', name: 'Nadia Berrada', password: 'relire-avant-de-signer' };

/** The administrator adds a person and receives the one-time link that he hands over. */
export async function invite(world, person, unit, unitName) {
  const { admin: page, check, address } = world;
  await page.goto(`${address}/access/users`);
  await leads(page, () => page.locator('a.w-btn', { hasText: 'Ajouter' }).first().click());
  await fill(page, { login: person.login, name: person.name });
  await pick(page, 'op-unit', unit, unitName);
  await send(page);
  const link = await page.locator('.w-copy .w-code').innerText();
  check.ok(link.startsWith(`${address}/invitation?link=`), `${person.login}: the link is shown once, as an address to open`);
  check.ok((await words(page)).includes('n’est affichée qu’une fois'), `${person.login}: and said to be shown once`);
  return link;
}

/** Gives a role by the rights matrix: the effect first, then the grant with its reason. */
export async function grant(world, { person, role, unit, unitName }, effect) {
  const { admin: page, address } = world;
  await page.goto(`${address}/access/matrix`);
  await pick(page, 'ask-user', person.name, person.name);
  await page.locator('#ask-role').selectOption({ label: role });
  await pick(page, 'ask-at', unit, unitName);
  await leads(page, () => page.getByRole('button', { name: 'Voir ce qui change' }).click());
  await effect(await words(page, '#grant'));
  await page.locator('#give-reason').fill('Prise de poste');
  await leads(page, () => page.keyboard.press('Control+Enter'));
}

export async function scopedPerson(world) {
  const { admin, check, address } = world;
  await admin.goto(`${address}/o/access.role.add`);
  await fill(admin, { code: 'AGENCE', name: 'Gestion d’agence' });
  for (const right of ['org.unit.list', 'org.unit.show', 'org.unit.tree', 'org.unit.add']) await admin.locator(`input[name=rights][value="${right}"]`).check();
  await send(admin);
  check.ok((await words(admin)).includes('Gestion d’agence'), 'the role is made');
  const link = await invite(world, clerk, 'béni', 'Agence Béni Mellal');
  await sound(admin, check, 'lien-a-usage-unique');
  const page = await enter(world, link);
  world.clerk = page;
  check.equal((await places(page)).join(), 'Ma journée', 'without a right there is only the day');

  await grant(world, { person: clerk, role: 'Gestion d’agence', unit: 'béni', unitName: 'Agence Béni Mellal' }, async (text) => {
    check.ok(text.includes('4 droits gagnés') && text.includes('1 unité couverte'), `the effect of the grant is told in figures: ${text}`);
    check.ok(!text.includes('seconde personne'), 'the only administrator decides alone');
    await sound(admin, check, 'effet-habilitation');
  });
  check.ok((await words(admin, 'body')).includes('Habiliter : fait'), 'the only administrator’s first grant holds at once');
  await sound(admin, check, 'matrice');
  await withinLimits(world);
  await beyondLimits(world);
}

/** The person invited opens the link in a browser of his own. */
async function enter(world, link) {
  const { browser, check } = world;
  const page = await newPage(await browser.context());
  await page.goto(link);
  await sound(page, check, 'invitation');
  await page.locator('#op-password').fill('nadia berrada');
  check.ok(await refused(page, 422, () => send(page)), 'a password that holds one’s name is refused');
  await page.locator('#op-password').fill(clerk.password);
  await send(page);
  await typeLogin(page, clerk.login, clerk.password);
  check.equal(new URL(page.url()).pathname, '/', 'the person invited signs in');
  await page.goto(link);
  await page.locator('#op-password').fill('une-autre-longue-phrase');
  check.ok(await refused(page, 409, () => send(page)), 'an invitation serves once');
  await page.goto(world.address);
  return page;
}

const places = async (page) => (await page.locator('.w-nav a[data-w-go]').allInnerTexts()).map((text) => text.split('\n')[0].trim());

/** What he may: his agency and what is below it, nothing else anywhere. */
async function withinLimits(world) {
  const { clerk: page, check, address } = world;
  await page.goto(`${address}/org`);
  check.equal((await places(page)).join(), 'Ma journée,Organisation', 'the navigation has what he may do, no more');
  check.equal((await page.locator('.w-tree .w-code').allInnerTexts()).join(), 'AG-BM', 'the tree begins at his agency');
  await sound(page, check, 'arbre-dans-son-perimetre');
  await page.locator('a.w-btn', { hasText: 'Ajouter une unité' }).click();
  await page.waitForURL(/org\.unit\.add/);
  await fill(page, { code: 'BM', kind: 'Centre', name: 'Centre Béni Mellal', opened_on: '2019-01-01' });
  await send(page);
  check.ok((await words(page, 'body')).includes('Ajouter une unité : fait'), 'within his unit he adds a centre');
  await page.goto(`${address}/org/list`);
  check.equal((await page.locator('main tbody .w-code').allInnerTexts()).join(), 'AG-BM,BM', 'the list has his units only');
  check.equal(await page.getByRole('link', { name: 'Modifier une unité' }).count(), 0, 'what he may not do is not offered');
}

/** What he may not: a page, a record and a form, asked for by their address; then a form sent with another unit in it. */
async function beyondLimits(world) {
  const { clerk: page, check, address } = world;
  for (const path of ['/access/users', '/audit', '/o/org.unit.move', '/o/access.grant.add']) {
    check.ok(await refused(page, 403, () => page.goto(address + path)), `${path} is refused`);
    const text = await words(page);
    check.ok(text.includes('Accès refusé') && /[0-9a-f]{32}/.test(text), `${path}: refused in French, with a reference: ${text}`);
  }
  check.ok((await words(page)).includes('« Habiliter »'), 'the right that is missing is named as on the screens');
  await sound(page, check, 'acces-refuse');
  check.ok(await refused(page, 403, () => page.goto(`${address}/org/units/${world.centre}`)), 'a unit outside is refused');
  await page.goto(`${address}/o/org.unit.add`);
  await page.locator('#op-parent').fill('khouribga');
  await page.locator('#op-parent-list .w-picker-none').waitFor();
  check.ok(true, 'a field finds nothing outside');
  await page.locator('#op-parent').fill('');
  await fill(page, { code: 'OZ', kind: 'Unité', name: 'Centre Oued Zem', opened_on: '2020-01-01' });
  await page.locator('#op input[name=parent]').evaluate((input, id) => { input.value = id; }, world.centre);
  check.ok(await refused(page, 403, () => send(page)), 'a form sent with a unit outside is refused');
  check.equal(await page.locator('#op-name').inputValue(), 'Centre Oued Zem', 'refused: what was typed is kept');
  await sound(page, check, 'formulaire-hors-perimetre');
  await world.admin.goto(`${address}/org/list?text=oued`);
  check.ok((await words(world.admin)).includes('Aucune unité'), 'refused: nothing was changed');
}
