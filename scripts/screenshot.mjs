// Takes docs/screenshot.png: the rights matrix of the demonstration with the effect of a grant, as an administrator sees it.
// Run: make screenshot
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { launch, newPage, root } from '../test/browser/lib.mjs';
import { serve } from '../test/browser/server.mjs';
import { leads, pick, signIn } from '../test/browser/steps/act.mjs';

const file = join(root, 'docs', 'screenshot.png');
const sizeMax = 200_000;
const server = await serve({ demo: true });
const browser = await launch();
try {
  const world = { browser, address: server.address };
  const entry = await newPage(await browser.context());
  await entry.goto(`${server.address}/login`);
  const [login, password] = await entry.locator('#demo tbody tr').first().locator('td').allInnerTexts();
  const page = await signIn(world, login.trim(), password.trim());
  await page.goto(`${server.address}/access/matrix`);
  await pick(page, 'ask-user', 'Mehdi', 'Mehdi Amrani');
  await page.locator('#ask-role').selectOption({ label: 'Chargé d’habilitations' });
  await pick(page, 'ask-at', 'khouribga', 'Agence Khouribga');
  await leads(page, () => page.getByRole('button', { name: 'Voir ce qui change' }).click());
  await page.locator('h1').click();
  await page.screenshot({ path: file });
} finally {
  await browser.close();
  await server.stop();
}
const { size } = statSync(file);
if (size >= sizeMax) throw new Error(`${file} has ${size} bytes, ${sizeMax} at most`);
console.log(`docs/screenshot.png ${size} bytes`);
