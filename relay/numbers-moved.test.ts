/**
 * For each number at /metrics, the test in which its event happens and it moves: held here, so that a number that nothing moves cannot be
 * added, nor the test that moves one be lost. Of audit lines and alerts the like is held by console/audit-lines.test.ts and
 * console/alert-watch.test.ts, of refusals by numbers.test.ts.
 */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { dropReasons, metricNames, newCounters } from './metrics.ts';
import { TorError, type TorTrouble, torTroubles } from './tor/errors.ts';
import { tell } from './tor/start.ts';

const comeAndTalk = ['numbers.test.ts', 'move as pages come, talk, get lost and come back'];
const codesAndList = ['numbers.test.ts', 'move with spoken codes, the list and knocks'];
const throughPipe = ['pipe.test.ts', 'seats a page like any socket does, and carries frames of every size both ways'];
const onward = ['tor/onward.tor.test.ts', 'takes pages to a relay behind an onion, the first after a while and the next at once'];
const gatewayTakes = ['gateway.test.ts', 'takes a page to the relay behind an onion, where it talks with those who came otherwise'];
const members = ['cluster/cluster.test.ts', 'lets members of different processes see and hear each other, in one order for all'];
const engineGone = [
  'cluster/cluster.test.ts',
  'goes on within each process while the engine is gone, says so, and is one again when it is back',
];
const stocked = ['tor/circuits.test.ts', 'keeps the least number idle for a destination in use, and refills what is taken'];
const asked = ['tor/circuits.test.ts', 'asks idle lines whether they live, and replaces the one that only looks so'];
const reported = ['tor/onward.test.ts', 'move by what tor reports, and a circuit with two keys is an alarm'];
const reached = ['tor/onion.tor.test.ts', 'shows its address when a visit through the Tor network has come back, and keeps it'];
const lost = ['tor/faults.tor.test.ts', 'tells when visits to the onion come back no more, and starts tor again'];

/** Metric, the test, and the word by which the test looks at it where that is not the metric's own. */
const moved: Record<string, readonly string[]> = {
  connects_total: comeAndTalk,
  joins_total: comeAndTalk,
  resumes_total: comeAndTalk,
  messages_in_total: comeAndTalk,
  bytes_in_total: comeAndTalk,
  messages_out_total: comeAndTalk,
  bytes_out_total: comeAndTalk,
  writes_total: comeAndTalk,
  requests_total: comeAndTalk,
  rooms: comeAndTalk,
  seats: comeAndTalk,
  away: comeAndTalk,
  sockets: comeAndTalk,
  addresses: comeAndTalk,
  kept_bytes: comeAndTalk,
  pauses_total: ['connection.test.ts', 'stop the reading of a sender that is over its rate until its debt is paid', 'pauses'],
  half_open_total: ['relay.test.ts', 'gives up half-open sockets and keeps their seats', 'halfOpen'],
  join_timeouts_total: ['connection.test.ts', 'must happen in time', 'joinTimeouts'],
  broken_sockets_total: ['numbers.test.ts', 'move where a socket breaks the protocol of WebSockets'],
  codes_total: codesAndList,
  claims_total: codesAndList,
  codes_open: codesAndList,
  listings: codesAndList,
  listings_published_total: codesAndList,
  knocks_total: codesAndList,
  visitors: codesAndList,
  work_bits: ['numbers.test.ts', 'of work move with the load that asks for it'],
  resident_bytes: ['numbers.test.ts', 'of the process move with its memory and its work'],
  cpu_seconds: ['numbers.test.ts', 'of the process move with its memory and its work'],
  pipes_total: [...throughPipe, 'counters.pipes'],
  sockets_over_gateways: [...throughPipe, 'socketsOverGateways'],
  waiting_pipes: ['pipe.test.ts', 'answers nothing to a hello that was made for another relay, or to none', 'waitingPipes'],
  gateway_opened_total: [...gatewayTakes, 'gatewayOpened'],
  gateway_bytes_total: [...gatewayTakes, 'gatewayBytes'],
  gateway_streams: [...gatewayTakes, 'gatewayStreams'],
  cluster_batches_total: [...members, 'clusterBatches'],
  cluster_entries_total: [...members, 'clusterEntries'],
  cluster_up: [...engineGone, 'clusterUp'],
  cluster_processes: [...engineGone, 'clusterProcesses'],
  cluster_waiting_bytes: [
    'cluster/cluster.test.ts',
    'counts what waits for an engine that has stopped for a moment',
    'clusterWaitingBytes',
  ],
  tor_pool_hits_total: [...stocked, 'torPoolHits'],
  tor_pool_misses_total: [...stocked, 'torPoolMisses'],
  tor_streams_opened_total: [...stocked, 'torStreamsOpened'],
  tor_stream_open_seconds: [...stocked, 'torStreamOpen'],
  tor_wait_seconds: ['tor/circuits.test.ts', 'warms a destination before anyone needs it', 'torWait'],
  tor_streams_failed_total: [
    'tor/onward.tor.test.ts',
    'says that there is no way to an onion that does not exist, and names it to nobody',
    'torStreamsFailed',
  ],
  tor_streams_dead_total: [...asked, 'torStreamsDead'],
  tor_answer_seconds: [...asked, 'torAnswer'],
  tor_circuits_built_total: [...onward, 'torCircuitsBuilt'],
  tor_streams_total: [...onward, 'torStreams'],
  tor_slots: [...onward, 'torSlots'],
  tor_circuits_failed_total: [...reported, 'circuits_failed_total'],
  tor_circuit_build_seconds: [...reported, 'circuit_build_seconds'],
  tor_circuits_shared_total: [
    'tor/onward.tor.test.ts',
    'sees no circuit with two keys where isolation is on, and the alarm where it is off',
    'torCircuitsShared',
  ],
  tor_restarts_total: [
    'tor/pool.test.ts',
    'restarts one whose streams fail three times in a row, and not before its backoff is over again',
    'torRestarts',
  ],
  tor_newnyms_total: [
    'tor/pool.test.ts',
    'rotates all, and says after how long that took effect; who asks meanwhile gets the same',
    'torNewnyms',
  ],
  tor_starts_total: [...lost, 'torStarts'],
  tor_bridge_uses_total: [
    'tor/onion.tor.test.ts',
    'says that it does not get on, tries its bridges, and is reachable over obfs4',
    'torBridgeUses',
  ],
  tor_bootstrap_percent: [
    'tor/faults.tor.test.ts',
    'tells that tor hangs at 50 %, leaves it alone, and goes on without it',
    'torBootstrapPercent',
  ],
  tor_daemons: ['gateway.tor.test.ts', 'has as many tors as its settings say when it is told to read them again'],
  tor_probe_seconds: reached,
  onion_probes_total: [...reached, 'onionProbes'],
  onion_probes_failed_total: [...lost, 'onionProbesFailed'],
  onion_reachable: [...lost, 'onionReachable'],
  sockets_over_onion: [
    'tor/onion.tor.test.ts',
    'is the page and the relay under its onion name, and says so on the clearnet',
    'socketsOverOnion',
  ],
  refusals_total: ['numbers.test.ts', 'for %s are counted as that, once', 'countedIn'],

  'drops_total nobody': ['connection.test.ts', 'drops and counts what is addressed to nobody, and never leaves the room'],
  'drops_total resume': ['connection.test.ts', 'tells by GAP what the bounded queue has let go of'],
  'drops_total connections': ['admission.test.ts', 'bounds the sockets of an address, and all of them, and counts why'],
  'drops_total connectionsOfAddress': ['admission.test.ts', 'bounds the sockets of an address, and all of them, and counts why'],
  'drops_total connectsOfAddress': ['admission.test.ts', 'bounds how fast one address opens sockets, and says when to come again'],
  'drops_total errandsOfAddress': ['desk.test.ts', 'pay for what they ask, by address'],
  'drops_total errand': ['desk.test.ts', 'lets no stranger play the claimer, nor a claimer send without end or out of size'],
  'drops_total badUpgrade': ['relay.test.ts', 'do not take a place when the upgrade is not one'],
  'drops_total badRequest': ['relay.test.ts', 'may not be slow about their request, plain or upgrade'],
  'drops_total badHello': ['pipe.test.ts', 'answers nothing to a hello that was made for another relay, or to none'],
  'drops_total engine': ['cluster/cluster.test.ts', 'is not harmed by whatever else comes on its channel'],
  'drops_total waitingPipes': ['pipe.test.ts', 'are closed when they show no sign of life for a minute, and not while they do'],

  'tor_troubles_total no-tor': ['tor/process.tor.test.ts', 'does not start with %s'],
  'tor_troubles_total old-tor': ['tor/process.tor.test.ts', 'does not start with %s'],
  'tor_troubles_total bad-torrc': ['tor/process.tor.test.ts', 'does not start with %s'],
  'tor_troubles_total no-folder': ['tor/process.tor.test.ts', 'does not start with %s'],
  'tor_troubles_total disk-full': [
    'tor/faults.tor.test.ts',
    'talks on when the disk runs full, tells it, and comes back to Tor when there is room',
  ],
  'tor_troubles_total tor-ended': ['tor/onion.tor.test.ts', 'keeps its address, loses no message, and its clearnet side does not notice'],
  'tor_troubles_total tor-gives-up': ['tor/process.tor.test.ts', 'is given up for a while when it ends again and again'],
  'tor_troubles_total bootstrap-stalls': [
    'tor/faults.tor.test.ts',
    'tells that tor hangs at 50 %, leaves it alone, and goes on without it',
  ],
  'tor_troubles_total clock-off': ['tor/faults.tor.test.ts', 'tells that the clock is off by an hour (%s)'],
  'tor_troubles_total control-unreachable': ['tor/control.test.ts', 'has an error of its own for each way in that fails'],
  'tor_troubles_total control-closed': ['tor/process.tor.test.ts', 'is connected to again when the connection breaks'],
  'tor_troubles_total control-silent': ['tor/process.tor.test.ts', 'kills a tor that has not answered three times, and starts it again'],
  'tor_troubles_total control-garbled': [
    'tor/control.test.ts',
    'fails what waits when it is cut, when tor is silent, and when it talks nonsense',
  ],
  'tor_troubles_total no-cookie': ['tor/control.test.ts', 'has an error of its own for each way in that fails'],
  'tor_troubles_total wrong-cookie': ['tor/control.test.ts', 'gives nothing to a tor that does not know the cookie'],
  'tor_troubles_total wrong-password': ['tor/process.tor.test.ts', 'is used with its password where it wants one'],
  'tor_troubles_total no-authentication': ['tor/control.test.ts', 'has an error of its own for each way in that fails'],
  'tor_troubles_total refused': [
    'tor/onion.test.ts',
    'does without proof of work in a tor that was built without it, and tells every other refusal',
  ],
  'tor_troubles_total key-unusable': ['tor/onion.test.ts', 'has the name that tor wrote beside the key, or none that can be used'],
  'tor_troubles_total no-such-onion': [
    'tor/onion.tor.test.ts',
    'tells visitors apart by the circuits that another’s tor names, and says where it does not',
  ],
  'tor_troubles_total no-circuit-ids': [
    'tor/onion.tor.test.ts',
    'tells visitors apart by the circuits that another’s tor names, and says where it does not',
  ],
  'tor_troubles_total onion-unreachable': [
    'tor/faults.tor.test.ts',
    'tells when visits to the onion come back no more, and starts tor again',
  ],
};

const wanted = [
  ...metricNames.map((name) => name.replace('hushroom_', '')).filter((name) => name !== 'drops_total' && name !== 'tor_troubles_total'),
  ...Object.keys(dropReasons).map((reason) => `drops_total ${reason}`),
  ...Object.keys(torTroubles).map((trouble) => `tor_troubles_total ${trouble}`),
];

it('every number has the test that moves it', () => {
  expect(Object.keys(moved).toSorted()).toEqual(wanted.toSorted());
});

it.each(Object.entries(moved))(
  '%s is moved in its test, which looks at it',
  (metric, [file = '', name = '', word = metric.split(' ').at(-1)!]) => {
    const text = readFileSync(new URL(file, import.meta.url), 'utf8');
    const title = [`'${name}'`, `"${name}"`].map((quoted) => text.indexOf(quoted)).find((at) => at >= 0);
    expect(title, `${file} has the test "${name}"`).toBeDefined();
    // As far as the next test; a table that a test is made for stands before its title.
    const from = text.lastIndexOf('\n\n', title);
    const next = text.slice(title).search(/\n\s*(?:it|describe)(?:\.each)?\(/);
    expect(text.slice(from, next < 0 ? undefined : title! + next)).toContain(word.replace(/_total$/, ''));
  },
);

it('troubles are counted by their names, as they are told', () => {
  const counters = newCounters();
  const troubles = Object.keys(torTroubles) as TorTrouble[];
  for (const trouble of troubles) tell(() => {}, counters, new TorError(trouble));
  expect(counters.torTroubles).toEqual(Object.fromEntries(troubles.map((trouble) => [trouble, 1])));
});
