// The journeys of a new installation in a real browser under the real policy: first start, the tree, a person with a role on one unit,
// what he may not do, the second person's approval, sessions. Run: node test/browser/journey.mjs (WASL_DB=pg on PostgreSQL,
// WASL_SHOTS=dir keeps pictures).
import { checker, launch } from './lib.mjs';
import { engine, serve } from './server.mjs';
import { scopedPerson } from './steps/people.mjs';
import { secondPerson } from './steps/second.mjs';
import { sessions } from './steps/session.mjs';
import { firstStart } from './steps/start.mjs';
import { buildTree } from './steps/tree.mjs';

const check = checker(`journey (${engine})`);
const server = await serve();
const browser = await launch();
const world = { browser, check, server, address: server.address };
try {
  for (const step of [firstStart, buildTree, scopedPerson, secondPerson, sessions]) {
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
