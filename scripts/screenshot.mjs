// Takes the pictures of the README out of the demonstration, as the people of its ready accounts see them: the day of an agence, its
// region's agences side by side, the ageing, and the rights matrix with the effect of a grant.
// Run: make screenshot
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { launch, newPage, root } from '../test/browser/lib.mjs';
import { serve } from '../test/browser/server.mjs';
import { leads, pick, signIn } from '../test/browser/steps/act.mjs';

const sizeMax = 200_000;
const server = await serve({ demo: true, contracts: 2000 });
const browser = await launch();
try {
  const world = { browser, address: server.address };
  const entry = await newPage(await browser.context());
  await entry.goto(`${server.address}/login`);
  const accounts = await entry.locator('#demo tbody tr').evaluateAll((rows) => rows.map((row) => [...row.querySelectorAll('td')].map((cell) => cell.textContent.trim())));
  const as = async (login) => signIn(world, login, accounts.find(([name]) => name === login)[1]);
  const shot = async (page, name) => {
    const path = join(root, 'docs', `${name}.png`);
    await page.screenshot({ path });
    const { size } = statSync(path);
    if (size >= sizeMax) throw new Error(`${path} has ${size} bytes, ${sizeMax} at most`);
    console.log(`docs/${name}.png ${size} bytes`);
  };

  const chief = await as('n.berrada');
  await chief.goto(`${server.address}/`);
  await shot(chief, 'screenshot-day');
  await chief.goto(`${server.address}/ledger`);
  await shot(chief, 'screenshot-ageing');
  const region = await as('a.mesbahi');
  await region.goto(`${server.address}/board?live=true`);
  await shot(region, 'screenshot-board');

  const page = await as(accounts[0][0]);
  await page.goto(`${server.address}/access/matrix`);
  await pick(page, 'ask-user', 'Mehdi', 'Mehdi Amrani');
  await page.locator('#ask-role').selectOption({ label: 'Chargé d’habilitations' });
  await pick(page, 'ask-at', 'khouribga', 'Agence Khouribga');
  await leads(page, () => page.getByRole('button', { name: 'Voir ce qui change' }).click());
  await page.locator('h1').click();
  await shot(page, 'screenshot');
} finally {
  await browser.close();
  await server.stop();
}
