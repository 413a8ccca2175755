// A day at the counter in a real browser under the real policy, by the keyboard alone: open, find, pay in cash and by cheque, print, cancel
// with a second person, count and close. Run: node test/browser/counter.mjs (WASL_DB=pg on PostgreSQL, WASL_SHOTS=dir keeps pictures).
import { checker, launch } from './lib.mjs';
import { engine, serve } from './server.mjs';
import { cancel, cash, cheque, close, glance, open, plain } from './steps/counter.mjs';

const check = checker(`counter (${engine})`);
const server = await serve({ demo: true, contracts: 400 });
const browser = await launch();
const world = { browser, check, server, address: server.address };
try {
  for (const step of [open, glance, cash, cheque, plain, cancel, close]) {
    const start = Date.now();
    await step(world);
    console.log(`${step.name}: ${((Date.now() - start) / 1000).toFixed(1)} s`);
  }
} catch (error) {
  check.ok(false, `${error.stack}\n${server.log().slice(-3000)}`);
} finally {
  await browser.close();
  check.equal(await server.stop(), 0, 'the server ends on demand');
}
check.end();
