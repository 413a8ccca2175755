// Plays a journey: its steps one after the other, on a program and in a browser of its own.
import { checker, launch } from '../lib.mjs';
import { engine, serve } from '../server.mjs';

/** Serves what `serving` asks for (see serve), plays the steps with a world that they share, tells how long each took and closes with the
 * count of the checks. `more` are further members of the world. */
export async function play(name, serving, steps, more = {}) {
  const check = checker(`${name} (${engine})`);
  const server = await serve(serving);
  const browser = await launch();
  const world = { browser, check, server, address: server.address, ...more };
  try {
    for (const step of steps) {
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
}
