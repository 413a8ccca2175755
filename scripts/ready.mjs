// Waits until an address answers 200, or fails after a number of seconds. Usage: node scripts/ready.mjs URL SECONDS
const [url, seconds] = process.argv.slice(2);
const deadline = Date.now() + Number(seconds) * 1000;
let last = 'no answer';
while (Date.now() < deadline) {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(2000) });
    await answer.arrayBuffer();
    if (answer.status === 200) process.exit(0);
    last = `status ${answer.status}`;
  } catch (error) {
    last = error.cause?.code ?? error.message;
  }
  await new Promise((resolve) => setTimeout(resolve, 100));
}
console.error(`${url} is not ready after ${seconds} s: ${last}`);
process.exit(1);
