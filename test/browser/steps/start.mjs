// First start: no account exists; the link printed by the server makes the first administrator, once.
import { newPage, sound } from '../lib.mjs';
import { fill, leads, refused, send, typeLogin, words } from './act.mjs';

export const admin = { login: 'y.elfassi', name: 'Yamina El Fassi', password: 'une-eau-claire-et-juste' };
const top = { unit_code: 'DC', unit_name: 'Direction centrale commerciale et marketing' };

export async function firstStart(world) {
  const { browser, check, server, address } = world;
  const page = await newPage(await browser.context());
  await page.goto(address);
  check.ok((await words(page)).includes('Premier démarrage'), 'without an account the site says how to begin');
  await sound(page, check, 'premier-demarrage');

  await page.goto(server.link);
  await sound(page, check, 'creer-administrateur');
  await fill(page, { login: admin.login, name: admin.name, password: 'azerty', ...top });
  check.ok(await refused(page, 422, () => send(page)), 'a weak password is refused');
  check.equal(await page.evaluate(() => document.activeElement.hasAttribute('data-w-errors')), true, 'weak password: the summary takes the focus');
  check.ok((await page.locator('#op-password-error').innerText()).includes('12'), 'weak password: the reason stands at the field, with the figure');
  check.equal(await page.locator('#op-name').inputValue(), admin.name, 'weak password: what was typed is kept');
  check.equal(await page.locator('#op-password').inputValue(), '', 'weak password: the password is not sent back');
  await sound(page, check, 'mot-de-passe-faible');

  await fill(page, { password: admin.password });
  await send(page);
  check.equal(new URL(page.url()).pathname, '/login', 'the first administrator is led to sign in');
  check.ok((await words(page, 'body')).includes('L’administrateur est créé'), 'the outcome is told');

  await wrongLogins(world, page);
  await typeLogin(page, admin.login, admin.password);
  check.equal(new URL(page.url()).pathname, '/', 'the right password opens Ma journée');
  const cookie = (await page.context().cookies()).find((each) => each.name === 'wasl_session');
  check.ok(cookie?.httpOnly && cookie.sameSite === 'Lax', 'the session is out of reach of scripts and of other sites');
  await sound(page, check, 'ma-journee-vide');

  const late = await newPage(await browser.context());
  await late.goto(server.link);
  await fill(late, { login: 'intrus', name: 'Une autre personne', password: 'encore-une-longue-phrase', ...top });
  check.ok(await refused(late, 409, () => send(late)), 'the link serves once');
  await late.context().close();
  // Leaving a form that was changed asks; the journeys mean it.
  page.on('dialog', (dialog) => dialog.accept());
  page.allowed.push('beforeunload');
  world.admin = page;
  await page.goto(`${address}/approvals`);
  check.ok((await words(page)).includes('Aucune demande'), 'the approvals say what they are for while there are none');
  await sound(page, check, 'approbations-vides');
}

/** A wrong password and an unknown login get the same words. */
async function wrongLogins(world, page) {
  const { check } = world;
  const said = [];
  for (const [login, password] of [[admin.login, 'une-eau-trouble-et-fausse'], ['personne', admin.password]]) {
    check.ok(await refused(page, 401, () => typeLogin(page, login, password)), `${login}: a wrong sign-in is refused`);
    said.push(await words(page, '[data-w-errors]'));
    check.equal(await page.locator('#login-login').inputValue(), login, 'a wrong sign-in keeps the login typed');
  }
  check.equal(said[1], said[0], 'a wrong password and an unknown login read the same');
  check.ok(said[0].includes('Identifiant ou mot de passe refusé'), 'and say so');
  await sound(page, check, 'connexion-refusee');
}
