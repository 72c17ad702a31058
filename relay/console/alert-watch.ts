/**
 * Looks at the relay every few seconds, and tells what changed by the channels that the owner set. A channel that fails is tried three times and
 * then counted; it never holds up another, and the relay never waits for one.
 */

import { statfs } from 'node:fs/promises';
import { freemem, totalmem } from 'node:os';
import type { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { type Channel, type ChannelWays, channelSchema, tell } from './alert-channels.ts';
import { type Alert, type AlertName, AlertRules, type Observation } from './alert-rules.ts';
import type { Audit } from './audit.ts';
import type { Operable } from './operable.ts';

export interface WatchParts {
  readonly relay: Operable;
  readonly database: DatabaseSync;
  readonly audit: Audit;
  readonly ways: ChannelWays;
  /** The folder whose disk is watched; null: none. */
  readonly folder: string | null;
  now(): number;
  /** Resolves after so long; handed in so that tests need not wait. */
  pause(ms: number): Promise<void>;
  /** Hears why a look that nobody waits for came to nothing. */
  failed(error: Error): void;
}

const lockedMs = 15 * 60_000;
const tries = 3;
const retryMs = 10_000;
const hidden = '(set)';

export class AlertWatch {
  readonly #parts: WatchParts;
  readonly #rules = new AlertRules();
  readonly #heard = new Set<(alert: Alert) => void>();
  #lockedAt: number[] = [];
  /** Breaches are counted for as long as the relay runs; these have been put away. */
  #breachesSeenTo = 0;
  /** Alerts that a channel did not take, since the start. */
  untold = 0;

  constructor(parts: WatchParts) {
    this.#parts = parts;
  }

  get raised(): readonly Alert[] {
    return this.#rules.raised;
  }

  heard(listener: (alert: Alert) => void): () => void {
    this.#heard.add(listener);
    return () => this.#heard.delete(listener);
  }

  accountLocked(): void {
    this.#lockedAt.push(this.#parts.now());
    this.lookByItself();
  }

  dismiss(name: AlertName): boolean {
    if (name === 'failed-sign-ins') this.#lockedAt = [];
    if (name === 'isolation-breach') this.#breachesSeenTo = this.#breaches();
    return this.#rules.dismiss(name);
  }

  /** One look. Resolves when every channel has been told what changed, or has failed. */
  async look(): Promise<void> {
    const changes = this.#rules.observe(await this.#observation());
    await Promise.all(changes.map((alert) => this.#change(alert)));
  }

  /** A disk that fails or a certificate that is being replaced must not end the relay. */
  lookByItself(): void {
    this.look().catch(this.#parts.failed);
  }

  channels(): Channel[] {
    const row = this.#parts.database.prepare("select value from kept where name = 'channels'").get() as { value: string } | undefined;
    return row === undefined ? [] : z.array(channelSchema).parse(JSON.parse(row.value));
  }

  /** Secrets hidden. */
  channelViews(): Channel[] {
    return this.channels().map((channel) => mapSecret(channel, () => hidden));
  }

  /** A hidden secret means the one that the channel in the same place had. */
  setChannels(channels: readonly Channel[]): void {
    const before = this.channels();
    const whole = channels.map((channel, at) => {
      const old = before[at];
      return mapSecret(channel, (secret) => (secret === hidden && old?.kind === channel.kind ? secretOf(old) : secret));
    });
    this.#parts.database
      .prepare("insert into kept values ('channels', ?) on conflict (name) do update set value = excluded.value")
      .run(JSON.stringify(whole));
  }

  /** Tells a test by one channel. Throws `ChannelError`, RangeError where there is no such channel. */
  async test(at: number): Promise<void> {
    const channel = this.channels()[at];
    if (channel === undefined) throw new RangeError(`there is no channel ${at}`);
    const alert: Alert = {
      name: 'flood',
      severity: 'warning',
      change: 'raised',
      at: this.#parts.now(),
      text: 'this is a test, nothing is wrong',
    };
    await tell(channel, alert, this.#name(), this.#parts.ways);
  }

  async #change(alert: Alert): Promise<void> {
    this.#parts.audit.append('relay', `alert.${alert.change}`, 'done', { name: alert.name, text: alert.text });
    for (const listener of this.#heard) listener(alert);
    await Promise.all(this.channels().map((channel, at) => this.#tell(channel, at, alert)));
  }

  async #tell(channel: Channel, at: number, alert: Alert): Promise<void> {
    for (let attempt = 1; attempt <= tries; attempt++) {
      try {
        return await tell(channel, alert, this.#name(), this.#parts.ways);
      } catch {
        if (attempt < tries) await this.#parts.pause(retryMs * attempt);
      }
    }
    this.untold++;
    this.#parts.audit.append('relay', 'alert.tell', 'failed', { channel: at, kind: channel.kind, name: alert.name });
  }

  /** The relay's own name, which it has published anyway. */
  #name(): string {
    return new URL(this.#parts.relay.origins[0] ?? 'http://localhost').host;
  }

  #breaches(): number {
    return this.#parts.relay.tor?.breaches() ?? 0;
  }

  async #observation(): Promise<Observation> {
    const { relay, folder } = this.#parts;
    const at = this.#parts.now();
    this.#lockedAt = this.#lockedAt.filter((when) => at - when < lockedMs);
    const disk = folder === null ? null : await statfs(folder);
    const onion = relay.onion();
    return {
      at,
      daemons: relay.tor?.daemons() ?? [],
      onionReachable: onion?.address === null || onion === null ? null : onion.reachable,
      certificateUntil: relay.certificateUntil(),
      breaches: this.#breaches() - this.#breachesSeenTo,
      freeMemory: { bytes: freemem(), of: totalmem() },
      freeDisk: disk === null ? null : { bytes: disk.bavail * disk.bsize, of: disk.blocks * disk.bsize },
      workBits: relay.gauges().workBits,
      lockedAccounts: this.#lockedAt.length,
    };
  }
}

function secretOf(channel: Channel): string {
  switch (channel.kind) {
    case 'mail':
      return channel.password;
    case 'telegram':
      return channel.token;
    case 'webhook':
      return channel.secret;
  }
}

function mapSecret(channel: Channel, map: (secret: string) => string): Channel {
  switch (channel.kind) {
    case 'mail':
      return { ...channel, password: map(channel.password) };
    case 'telegram':
      return { ...channel, token: map(channel.token) };
    case 'webhook':
      return { ...channel, secret: map(channel.secret) };
  }
}
