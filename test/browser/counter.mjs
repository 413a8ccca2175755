// A day at the counter in a real browser under the real policy, by the keyboard alone: open, find, pay in cash and by cheque, print, cancel
// with a second person, count and close. Run: node test/browser/counter.mjs (WASL_DB=pg on PostgreSQL, WASL_SHOTS=dir keeps pictures).
import { cancel, cash, cheque, close, glance, open, plain } from './steps/counter.mjs';
import { play } from './steps/play.mjs';

await play('counter', { demo: true, contracts: 400 }, [open, glance, cash, cheque, plain, cancel, close]);
