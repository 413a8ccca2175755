// Opens every page of the demonstration that the menus lead to, with each of its ready accounts: no policy violation, no console
// error, no axe violation in light and dark, nothing beyond the screen. Run: node test/browser/pages.mjs
import { newPage, sound } from './lib.mjs';
import { signIn } from './steps/act.mjs';
import { play } from './steps/play.mjs';

const paths = (page, selector) => page.locator(selector).evaluateAll((links) => [...new Set(links.map((link) => {
  const url = new URL(link.href);
  return url.pathname + url.search;
}))]);

/** The places, their menus, and on each page the first record of its list. */
async function addresses(page, address) {
  const found = new Set();
  for (const place of await paths(page, 'nav a[href^="/"]')) {
    await page.goto(address + place);
    found.add(place);
    for (const tab of await paths(page, '.w-tabs a[href^="/"]')) found.add(tab);
  }
  for (const path of [...found]) {
    await page.goto(address + path);
    const [record] = await paths(page, 'main [data-w-list] tbody a[href^="/"]');
    if (record) found.add(record);
    for (const action of await paths(page, 'main a.w-btn[href^="/o/"]')) found.add(action);
  }
  // Pages that a record leads to, with something asked of them.
  if (found.has('/tariffs')) for (const path of deeper) found.add(path);
  return [...found];
}

const deeper = [
  '/tariffs/ma-elec-domestic/2014-08', '/tariffs/ma-vat/r1', '/tariffs/nycha/compare?before=FY2019&after=FY2020',
  '/tariff/quote?tariff=ma-elec-domestic&from=2026-03-01&to=2026-03-31&quantity=342', '/tariff/quote?tariff=ma-water-example&from=2026-03-01&to=2026-05-31&quantity=x',
];

/** A page by its kind: records and forms of one kind are one page. */
const nameOf = (path) => path.replace(/^(\/o\/[^?]+)\?.*$/, '$1').replace(/\d{6,}/g, 'id').replace(/[^a-z0-9.]+/gi, '-').replace(/^-|-$/g, '').slice(0, 80) || 'ma-journee';

async function everyPage({ browser, check, address }) {
  const entry = await newPage(await browser.context());
  await entry.goto(`${address}/login`);
  await sound(entry, check, 'login');
  const accounts = await entry.locator('#demo tbody tr').evaluateAll((rows) => rows.map((row) => {
    const [login, password] = [...row.querySelectorAll('td')].map((cell) => cell.textContent.trim());
    return { login, password };
  }));
  check.ok(accounts.length >= 5, 'the sign-in page of the demonstration shows its accounts');
  const seen = new Set();
  for (const account of accounts) {
    const page = await signIn({ browser, address }, account.login, account.password);
    for (const path of await addresses(page, address)) {
      const name = nameOf(path);
      if (seen.has(name) && path !== '/') continue;
      seen.add(name);
      const answer = await page.goto(address + path);
      check.equal(answer.status(), 200, `${account.login} ${path}: status`);
      await sound(page, check, path === '/' ? `ma-journee-${account.login}` : name);
    }
    await page.context().close();
  }
  check.ok(seen.size >= 25, `${seen.size} different pages opened, of at least 25`);
}

await play('pages', { demo: true }, [everyPage]);
