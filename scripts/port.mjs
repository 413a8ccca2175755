// Finds a port of this machine that is free and stays so: below those that the system gives to connections by itself, which any
// program may take between the question and the use. Usage: node scripts/port.mjs, or import freePort.
import { createServer } from 'node:net';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';

const lowest = 20_000;
const many = 10_000;
const tries = 100;

/** A port that nobody listens on. */
export async function freePort() {
  for (let at = 0; at < tries; at++) {
    const port = lowest + Math.floor(Math.random() * many);
    const free = await new Promise((resolve) => {
      const server = createServer().once('error', () => resolve(false)).listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
    });
    if (free) return port;
  }
  throw new Error(`none of ${tries} ports is free`);
}

if (argv[1] === fileURLToPath(import.meta.url)) console.log(await freePort());
