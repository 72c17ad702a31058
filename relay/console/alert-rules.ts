/**
 * When an operator is told. A rule looks at one observation of the relay; it has to hold for a while before its alert is raised, and to be over
 * for a while before it is cleared, so that what comes and goes is told once. Pure: time and observations are handed in.
 */
import type { DaemonView } from './operable.ts';

export interface Observation {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly daemons: readonly DaemonView[];
  /** Null: this relay has no onion, or is not to have one. */
  readonly onionReachable: boolean | null;
  readonly certificateUntil: number | null;
  readonly breaches: number;
  readonly freeMemory: { readonly bytes: number; readonly of: number };
  /** Of the data folder; null: there is none. */
  readonly freeDisk: { readonly bytes: number; readonly of: number } | null;
  /** Proof of work asked of joins now, in bits. */
  readonly workBits: number;
  /** Accounts that were locked by failed sign-ins within the last 15 minutes. */
  readonly lockedAccounts: number;
}

interface Rule {
  /** What is wrong, in words and figures; null: nothing. */
  readonly fault: (seen: Observation) => string | null;
  readonly holdsMs: number;
  readonly clearMs: number;
  readonly severity: 'warning' | 'critical';
}

const minute = 60_000;
const day = 24 * 60 * minute;
const percent = ({ bytes, of }: { bytes: number; of: number }): number => Math.floor((100 * bytes) / of);
/** Ready means that a stream through it came back; so without this, it has no circuit. */
const isDown = ({ state }: DaemonView): boolean => state !== 'ready' && state !== 'slow' && state !== 'draining';
const running = (seen: Observation): DaemonView[] => seen.daemons.filter(({ state }) => state !== 'stopped');

export const alertRules = {
  'daemons-down': {
    holdsMs: minute,
    clearMs: 2 * minute,
    severity: 'critical',
    fault: (seen) => {
      const all = running(seen);
      const down = all.filter(isDown).length;
      return down > 0.2 * all.length ? `${down} of ${all.length} Tor daemons are down` : null;
    },
  },
  'no-circuit': {
    holdsMs: 2 * minute,
    clearMs: minute,
    severity: 'critical',
    fault: (seen) => {
      const all = running(seen);
      return all.length > 0 && all.every(isDown) ? 'no Tor daemon has a circuit' : null;
    },
  },
  'onion-unreachable': {
    holdsMs: 3 * minute,
    clearMs: 2 * minute,
    severity: 'critical',
    fault: ({ onionReachable }) => (onionReachable === false ? 'the onion service does not answer' : null),
  },
  certificate: {
    holdsMs: 0,
    clearMs: 0,
    severity: 'warning',
    fault: ({ at, certificateUntil }) => {
      const days = certificateUntil === null ? Number.POSITIVE_INFINITY : Math.floor((certificateUntil - at) / day);
      return days < 30 ? `the certificate is good for ${Math.max(0, days)} more days` : null;
    },
  },
  'failed-sign-ins': {
    holdsMs: 0,
    clearMs: 0,
    severity: 'warning',
    fault: ({ lockedAccounts }) => (lockedAccounts > 0 ? `${lockedAccounts} accounts are locked after five failed sign-ins` : null),
  },
  'isolation-breach': {
    holdsMs: 0,
    clearMs: Number.POSITIVE_INFINITY,
    severity: 'critical',
    fault: ({ breaches }) => (breaches > 0 ? `a Tor circuit carried two isolation keys, ${breaches} times` : null),
  },
  memory: {
    holdsMs: minute,
    clearMs: 5 * minute,
    severity: 'warning',
    fault: ({ freeMemory }) => (percent(freeMemory) < 10 ? `${percent(freeMemory)} % of the memory is free` : null),
  },
  disk: {
    holdsMs: minute,
    clearMs: 5 * minute,
    severity: 'warning',
    fault: ({ freeDisk }) => (freeDisk !== null && percent(freeDisk) < 10 ? `${percent(freeDisk)} % of the disk is free` : null),
  },
  flood: {
    holdsMs: 10_000,
    clearMs: 5 * minute,
    severity: 'warning',
    fault: ({ workBits }) => (workBits > 0 ? `joins must bring ${workBits} bits of work` : null),
  },
} as const satisfies Record<string, Rule>;

export type AlertName = keyof typeof alertRules;
export const alertNames = Object.keys(alertRules) as AlertName[];

export interface Alert {
  readonly name: AlertName;
  readonly severity: 'warning' | 'critical';
  readonly change: 'raised' | 'cleared';
  readonly at: number;
  /** One sentence with figures. */
  readonly text: string;
}

interface Standing {
  /** Since when the rule has said what it says now. */
  since: number;
  faulty: boolean;
  raised: Alert | null;
}

export class AlertRules {
  readonly #standings = new Map<AlertName, Standing>();

  /** What changed with this observation. */
  observe(seen: Observation): Alert[] {
    const changes: Alert[] = [];
    for (const name of alertNames) {
      const rule: Rule = alertRules[name];
      const text = rule.fault(seen);
      const standing = this.#standing(name, seen.at);
      if (standing.faulty !== (text !== null)) {
        standing.faulty = text !== null;
        standing.since = seen.at;
      }
      const change = this.#change(rule, standing, seen.at);
      if (change === null) continue;
      const alert: Alert = { name, severity: rule.severity, change, at: seen.at, text: text ?? standing.raised?.text ?? '' };
      standing.raised = change === 'raised' ? alert : null;
      changes.push(alert);
    }
    return changes;
  }

  /** Alerts that are raised now. */
  get raised(): Alert[] {
    return [...this.#standings.values()].flatMap(({ raised }) => raised ?? []);
  }

  /** An operator has seen it to: what clears by no rule is cleared by hand. */
  dismiss(name: AlertName): boolean {
    const standing = this.#standings.get(name);
    if (standing?.raised === undefined || standing.raised === null) return false;
    standing.raised = null;
    standing.faulty = false;
    return true;
  }

  #standing(name: AlertName, at: number): Standing {
    const known = this.#standings.get(name);
    if (known !== undefined) return known;
    const standing: Standing = { since: at, faulty: false, raised: null };
    this.#standings.set(name, standing);
    return standing;
  }

  #change({ holdsMs, clearMs }: Rule, { since, faulty, raised }: Standing, at: number): 'raised' | 'cleared' | null {
    if (faulty && raised === null && at - since >= holdsMs) return 'raised';
    if (!faulty && raised !== null && at - since >= clearMs) return 'cleared';
    return null;
  }
}
