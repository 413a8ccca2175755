// Four eyes: as soon as there is a second administrator, a grant waits for him; who asked may not decide.
import { sound } from '../lib.mjs';
import { acceptInvitation, leads, refused, send, words } from './act.mjs';
import { clerk, grant, invite } from './people.mjs';
import { admin } from './start.mjs';

export const second = { login: 'z.alami', name: 'Zineb Alami', password: 'ouvrir-les-deux-yeux' };

export async function secondPerson(world) {
  const { admin: page, check } = world;
  const link = await invite(world, second, 'direction', 'Direction centrale');
  await grant(world, { person: second, role: 'Administrateur', unit: 'direction', unitName: 'Direction centrale' }, async () => {});
  check.ok((await words(page, 'body')).includes('Habiliter : fait'), 'the first administrator makes the second one alone');
  world.second = await acceptInvitation(world, link, second.login, second.password);

  await grant(world, { person: clerk, role: 'Auditeur', unit: 'béni', unitName: 'Agence Béni Mellal' }, async (text) => {
    check.ok(text.includes('Accord à deux'), 'from then on the effect says that a second person is needed');
  });
  const told = await words(page, '#w-flash');
  world.number = told.match(/D\d{4}-\d+-\d+/)?.[0];
  check.ok(Boolean(world.number) && told.includes('soumise à une seconde personne'), 'the grant is proposed under a number');
  await leads(page, () => page.getByRole('link', { name: 'Voir la demande' }).click());
  world.proposal = new URL(page.url()).pathname.split('/').at(-1);
  await notOneself(world);
  await approve(world);
  await audited(world);
}

/** Who asked sees the request without the decision, and is refused when he forces it. */
async function notOneself(world) {
  const { admin: page, clerk: other, check, address } = world;
  const text = await words(page);
  check.ok(text.includes('Votre demande') && text.includes('À décider'), 'who asked sees that it waits for another');
  check.equal(await page.getByRole('button', { name: 'Approuver' }).count(), 0, 'who asked is not offered to approve');
  await sound(page, check, 'demande-du-demandeur');
  await page.goto(`${address}/o/approval.approve?id=${world.proposal}&version=1`);
  check.ok(await refused(page, 403, () => send(page)), 'who asked is refused when he forces the approval');
  await other.goto(address);
  check.ok(!(await words(other)).includes(world.number), 'others do not see the request');
  check.ok(await refused(other, 403, () => other.goto(`${address}/audit`)), 'while it waits the right does not hold');
}

async function approve(world) {
  const { second: page, clerk: other, check, address } = world;
  await page.goto(address);
  const row = page.locator('tr', { hasText: world.number });
  check.equal(await row.count(), 1, 'the second person finds the request in Ma journée');
  check.ok((await row.innerText()).includes(admin.name), 'with who asks');
  await sound(page, check, 'ma-journee-a-decider');
  await leads(page, () => row.getByRole('link').first().click());
  const effect = await words(page);
  for (const word of [clerk.name, 'Auditeur', 'Agence Béni Mellal', 'Prise de poste']) check.ok(effect.includes(word), `the effect names ${word}`);
  await sound(page, check, 'demande-a-decider');
  await leads(page, () => page.getByRole('button', { name: 'Approuver' }).click());
  check.ok((await words(page, 'body')).includes('fait'), 'the approval is told');
  await page.goto(`${address}/approvals/${world.proposal}`);
  check.ok((await words(page)).includes(second.name), 'the request names who decided');
  await sound(page, check, 'demande-approuvee');
  const answer = await other.goto(`${address}/audit`);
  check.equal(answer.status(), 200, 'once approved the right holds, in the session under way');
}

/** The audit tells who, with whom, what, before and after. */
async function audited(world) {
  const { admin: page, check, address } = world;
  await page.goto(`${address}/audit`);
  await sound(page, check, 'journal');
  const row = page.locator('main tbody tr', { hasText: 'Habiliter' }).filter({ hasText: second.name }).filter({ hasText: 'Fait' }).first();
  await leads(page, () => row.locator('a').first().click());
  const text = await words(page);
  for (const word of [admin.name, second.name, clerk.name, 'Auditeur', 'Agence Béni Mellal', 'Valeur', 'Écran']) {
    check.ok(text.includes(word), `the audit entry names ${word}`);
  }
  await sound(page, check, 'ligne-du-journal');
}
