// The month of an agence in a real browser under the real policy, each step by the person whose work it is: readings come in and are
// controlled, a run is computed, approved and issued, a bill is shown, cashed, the desk closed; then the month is closed and read at the region.
// What bills must come to is reckoned here from the published blocks. Run: node test/browser/month.mjs (WASL_DB=pg, WASL_SHOTS=dir as elsewhere).
import { checker, launch } from './lib.mjs';
import { engine, serve } from './server.mjs';
import { iso, monthAgo, people } from './steps/month.mjs';
import { decideAnomalies, readings, wrongFile } from './steps/month-reading.mjs';
import { approve, compute, exceptions, issue, prepare } from './steps/month-billing.mjs';
import { cash, closeDesk, showBill } from './steps/month-desk.mjs';
import { ageing, closeMonth } from './steps/month-close.mjs';

const check = checker(`month (${engine})`);
// Two months back the whole month has passed, whatever today is: the demonstration stands on its 26th, then on the 3rd of the next.
const month = monthAgo(2);
const server = await serve({ demo: true, contracts: 400, day: iso(month, 26) });
const browser = await launch();
const world = { browser, check, server, address: server.address, month };
try {
  await people(world);
  for (const step of [wrongFile, readings, decideAnomalies, prepare, compute, exceptions, approve, issue, showBill, cash, closeDesk, closeMonth, ageing]) {
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
