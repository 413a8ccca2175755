// The journeys of a new installation in a real browser under the real policy: first start, the tree, a person with a role on one unit,
// what he may not do, the second person's approval, sessions. Run: node test/browser/journey.mjs (WASL_DB=pg on PostgreSQL,
// WASL_SHOTS=dir keeps pictures).
import { scopedPerson } from './steps/people.mjs';
import { play } from './steps/play.mjs';
import { secondPerson } from './steps/second.mjs';
import { sessions } from './steps/session.mjs';
import { firstStart } from './steps/start.mjs';
import { buildTree } from './steps/tree.mjs';

await play('journey', {}, [firstStart, buildTree, scopedPerson, secondPerson, sessions]);
