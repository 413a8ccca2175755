// Sessions end without taking what was typed; the look is kept; an unknown address is answered with sense.
import { newPage, sound } from '../lib.mjs';
import { fill, leads, refused, send, signIn, typeLogin, words } from './act.mjs';
import { clerk } from './people.mjs';

export async function sessions(world) {
  await endedWhileTyping(world);
  await revokedByAdministrator(world);
  await passwordChange(world);
  await look(world);
  await unknownAddress(world);
}

/** One tab signs out while another holds a form half filled. */
async function endedWhileTyping(world) {
  const { clerk: page, check, address } = world;
  await page.goto(`${address}/o/org.unit.add`);
  await fill(page, { code: 'ZC', kind: 'Centre', name: 'Centre Zaouiat Cheikh', opened_on: '2019-01-01' });
  const own = await page.locator('#op input[name=parent]').inputValue();
  const tab = await newPage(page.context());
  await tab.goto(`${address}/org`);
  const unit = new URL(await tab.locator('.w-tree a[href*="/org/units/"]').first().evaluate((link) => link.href)).pathname.split('/').at(-1);
  await page.locator('#op input[name=parent]').evaluate((input, id) => { input.value = id; }, own || unit);
  await tab.locator('.w-user > summary').click();
  await leads(tab, () => tab.getByRole('button', { name: 'Se déconnecter' }).click());
  check.equal(new URL(tab.url()).pathname, '/login', 'signing out leads to the sign-in page');
  check.ok((await words(tab, 'body')).includes('Vous êtes déconnecté'), 'and says so');
  await sound(tab, check, 'deconnecte');

  await page.keyboard.press('Control+Enter');
  await page.waitForSelector('[data-w-local]');
  check.equal(await page.locator('#op-name').inputValue(), 'Centre Zaouiat Cheikh', 'the end of the session leaves what was typed');
  check.equal(await page.locator('[data-w-local] a').getAttribute('href'), '/login', 'and shows where to sign in again');
  await sound(page, check, 'session-finie');
  await typeLogin(tab, clerk.login, clerk.password);
  await tab.close();
  await send(page);
  check.ok((await words(page, 'body')).includes('Ajouter une unité : fait'), 'after signing in elsewhere the same form goes through');
}

/** The administrator ends a session; its next page asks to sign in, and leads on to where it was going. */
async function revokedByAdministrator(world) {
  const { admin, clerk: page, check, address } = world;
  await admin.goto(`${address}/access/users?search=berrada`);
  await leads(admin, () => admin.locator('main tbody a').first().click());
  await sound(admin, check, 'fiche-personne');
  for (let left = await admin.getByRole('button', { name: 'Fermer', exact: true }).count(); left > 0; left--) {
    await admin.getByRole('button', { name: 'Fermer', exact: true }).first().click();
    await leads(admin, () => admin.locator('#w-confirm [data-w-accept]').click());
  }
  check.ok((await words(admin)).includes('Aucune session ouverte'), 'the administrator ends the sessions of a person');
  await page.goto(`${address}/org/list?kind=centre`);
  check.equal(new URL(page.url()).pathname, '/login', 'a session that was ended asks to sign in');
  await typeLogin(page, clerk.login, clerk.password);
  check.equal(page.url(), `${address}/org/list?kind=centre`, 'and leads on to where one was going');
}

async function passwordChange(world) {
  const { clerk: page, check, address } = world;
  const elsewhere = await signIn(world, clerk.login, clerk.password);
  await page.goto(`${address}/o/me.password`);
  await fill(page, { current: 'ce-n-est-pas-le-bon', password: 'toujours-lire-deux-fois' });
  check.ok(await refused(page, 422, () => send(page)), 'a wrong present password is refused');
  await fill(page, { current: clerk.password, password: 'toujours-lire-deux-fois' });
  await send(page);
  check.none(page.faults.splice(0), 'password: policy and console');
  await page.goto(`${address}/me`);
  check.equal(new URL(page.url()).pathname, '/me', 'who changed the password stays signed in');
  await sound(page, check, 'mon-compte');
  await elsewhere.goto(`${address}/me`);
  check.equal(new URL(elsewhere.url()).pathname, '/login', 'the other sessions are over');
  check.ok(await refused(elsewhere, 401, () => typeLogin(elsewhere, clerk.login, clerk.password)), 'the old password is refused');
  await elsewhere.context().close();
}

/** Light or dark is chosen in the menu, kept, and painted by the server at once. */
async function look(world) {
  const { clerk: page, check, address } = world;
  for (const theme of ['dark', 'light']) {
    await page.goto(address);
    await page.locator('.w-user > summary').click();
    await page.locator(`[data-w-theme=${theme}]`).click();
    const html = await (await page.request.get(address)).text();
    check.ok(html.includes(`data-theme="${theme}"`), `${theme}: the server paints the look chosen`);
    await page.reload();
    check.equal(await page.evaluate(() => document.documentElement.dataset.theme), theme, `${theme}: the look is kept`);
  }
}

async function unknownAddress(world) {
  const { clerk: page, check, address } = world;
  check.ok(await refused(page, 404, () => page.goto(`${address}/nulle-part`)), 'an unknown address is not found');
  const text = await words(page);
  check.ok(text.includes('Introuvable') && text.includes('Rien n’a été modifié') && /[0-9a-f]{32}/.test(text), 'it says what happened, what was not changed, and a reference');
  await sound(page, check, 'introuvable');
}
