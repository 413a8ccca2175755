// The month of an agence in a real browser under the real policy, each step by the person whose work it is: readings come in and are
// controlled, a run is computed, approved and issued, a bill is shown, cashed, the desk closed; then the month is closed and read at the region.
// What bills must come to is reckoned here from the published blocks. Run: node test/browser/month.mjs (WASL_DB=pg, WASL_SHOTS=dir as elsewhere).
import { iso, monthAgo, people } from './steps/month.mjs';
import { decideAnomalies, readings, wrongFile } from './steps/month-reading.mjs';
import { approve, compute, exceptions, issue, prepare } from './steps/month-billing.mjs';
import { cash, closeDesk, showBill } from './steps/month-desk.mjs';
import { ageing, closeMonth } from './steps/month-close.mjs';
import { play } from './steps/play.mjs';

// Two months back the whole month has passed, whatever today is: the demonstration stands on its 26th, then on the 3rd of the next.
const month = monthAgo(2);
await play('month', { demo: true, contracts: 400, day: iso(month, 26) }, [
  people, wrongFile, readings, decideAnomalies, prepare, compute, exceptions, approve, issue, showBill, cash, closeDesk, closeMonth, ageing,
], { month });
