/** The configuration of each kind of node in the private network. */
import { portOf } from './addresses.ts';

export type Role = 'authority' | 'relay' | 'exit' | 'bridge' | 'client';

/** A node as it is planned, before it runs. */
export interface NodePlan {
  readonly name: string;
  readonly role: Role;
  readonly folder: string;
  readonly address: string;
  readonly firstPort: number;
  /** Where GeoIP places it, like `de`. */
  readonly country: string;
}

/** Seconds: the least that tor takes for each half of a vote. */
const voteDelay = 2;
/** How long after its vote opens a consensus is valid. */
export const voteLead = 2 * voteDelay;

/**
 * What makes any tor a member of this network and keeps it to a small one's pace. `authority` is its DirAuthority line.
 * TestingTorNetwork allows loopback addresses and relays that nobody has measured.
 */
export function memberLines(authority: string, geoipFile: string): string[] {
  return [
    'TestingTorNetwork 1',
    authority,
    `GeoIPFile ${quoted(geoipFile)}`,
    'PathsNeededToBuildCircuits 0.25',
    'LearnCircuitBuildTimeout 0',
    'CircuitBuildTimeout 10',
  ];
}

export function nodeLines(node: NodePlan, extra: readonly string[]): string[] {
  return [...always(node), ...(node.role === 'client' ? clientLines(node) : relayLines(node)), ...ofRole[node.role](node), ...extra];
}

const port = (node: NodePlan, which: keyof typeof portOf): number => node.firstPort + portOf[which];
const place = (node: NodePlan, which: keyof typeof portOf): string => `${node.address}:${port(node, which)}`;

export function quoted(text: string): string {
  return `"${text.replace(/[\\"]/g, '\\$&')}"`;
}

const always = (node: NodePlan): string[] => [
  `DataDirectory ${quoted(node.folder)}`,
  `Nickname ${node.name}`,
  `ControlPort ${place(node, 'control')}`,
  'CookieAuthentication 1',
  'Log notice stdout',
  'SafeLogging 0',
  'AvoidDiskWrites 1',
  'ShutdownWaitLength 0',
];

const clientLines = (node: NodePlan): string[] => ['ClientOnly 1', `SocksPort ${place(node, 'socks')}`];

const relayLines = (node: NodePlan): string[] => [
  'SocksPort 0',
  `Address ${node.address}`,
  `ORPort ${place(node, 'or')} IPv4Only`,
  `OutboundBindAddress ${node.address}`,
  'AssumeReachable 1',
  'ContactInfo nobody@invalid',
  'ExtraInfoStatistics 0',
];

const ofRole: Readonly<Record<Role, (node: NodePlan) => string[]>> = {
  authority: (node) => [
    `DirPort ${place(node, 'dir')}`,
    'AuthoritativeDirectory 1',
    'V3AuthoritativeDirectory 1',
    'ExitPolicy reject *:*',
    'AuthDirTestReachability 0',
    'TestingDirAuthVoteGuard *',
    'TestingDirAuthVoteHSDir *',
    'TestingDirAuthVoteExit *',
    'TestingMinExitFlagThreshold 0',
    `V3AuthVoteDelay ${voteDelay} seconds`,
    `V3AuthDistDelay ${voteDelay} seconds`,
    `TestingV3AuthInitialVoteDelay ${voteDelay} seconds`,
    `TestingV3AuthInitialDistDelay ${voteDelay} seconds`,
    'V3AuthNIntervalsValid 20',
    // The first vote must not open before the relays are known: it is put far off, and called over the control port.
    `V3AuthVotingInterval ${farInterval} seconds`,
    `TestingV3AuthInitialVotingInterval ${farInterval} seconds`,
    `TestingV3AuthVotingStartOffset ${offsetFor(farInterval, farInterval / 2)} seconds`,
  ],
  relay: () => ['ExitPolicy reject *:*'],
  exit: () => ['ExitRelay 1', 'ExitPolicy accept *:*'],
  bridge: (node) => [
    'ExitPolicy reject *:*',
    'BridgeRelay 1',
    'BridgeDistribution none',
    'PublishServerDescriptor 0',
    'ExtORPort auto',
    'ServerTransportPlugin obfs4 exec /usr/bin/obfs4proxy',
    `ServerTransportListenAddr obfs4 ${place(node, 'transport')}`,
  ],
  client: () => [],
};

const farInterval = 1800;
const interval = 60;

/** The authority opens its next vote in half a second, and one every minute from then on. */
export function voteNow(): string {
  const start = offsetFor(interval, 0.5);
  return `SETCONF V3AuthVotingInterval=${interval} TestingV3AuthInitialVotingInterval=${interval} TestingV3AuthVotingStartOffset=${start}`;
}

/** A consensus begins when the clock is a multiple of the interval plus the offset; its vote opens `voteLead` before. */
function offsetFor(every: number, fromNow: number): number {
  return (Math.ceil(Date.now() / 1000 + fromNow) + voteLead) % every;
}
