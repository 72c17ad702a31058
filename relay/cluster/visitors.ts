/**
 * The limits by address, shared by all processes of a cluster: one token bucket and one count of sockets in the engine, drawn from in one step, so
 * that coming to another process gains nobody anything. What stands there is a keyed hash of the day; the address never leaves this process.
 *
 * Sockets ask before they are challenged. Errands do not wait for the answer: it holds from the next one on, so that what slips through is what is
 * under way within one round trip. Buckets divided by the number of processes were the alternative: a proxy that keeps a visitor at one
 * process would have given him a part of what he may.
 */
import { createHmac } from 'node:crypto';
import { type AdmissionLimits, burstSeconds, household, type SharedLimits } from '../admission.ts';
import type { Clock } from '../clock.ts';
import type { Engine } from './engine.ts';

const dayMs = 24 * 60 * 60 * 1000;

export class Visitors implements SharedLimits {
  readonly #engine: Engine;
  readonly #limits: AdmissionLimits;
  readonly #secret: string;
  readonly #clock: Clock;

  constructor(engine: Engine, limits: AdmissionLimits, secret: string, clock: Clock) {
    this.#engine = engine;
    this.#limits = limits;
    this.#secret = secret;
    this.#clock = clock;
  }

  get isUp(): boolean {
    return this.#engine.isUp;
  }

  visitorOf(address: string): Buffer {
    const day = Math.floor(this.#clock.wall() / dayMs);
    return createHmac('sha256', this.#secret)
      .update(`visitor\0${day}\0${household(address)}`)
      .digest()
      .subarray(0, 16);
  }

  async open(visitor: Buffer): Promise<number> {
    const { connectionsPerAddress, connectsPerSecondPerAddress: rate } = this.#limits;
    return await this.#ask(visitor, 1, connectionsPerAddress, rate / 1000, rate * burstSeconds, 1);
  }

  close(visitor: Buffer): void {
    if (this.#engine.isUp) this.#ask(visitor, -1, 0, 1, 1, 0).catch(() => {});
  }

  async spend(visitor: Buffer, cost: number): Promise<number> {
    const { errandsPerMinutePerAddress: rate } = this.#limits;
    return await this.#ask(visitor, 0, 0, rate / 60_000, rate, cost);
  }

  async #ask(visitor: Buffer, what: number, most: number, perMs: number, burst: number, cost: number): Promise<number> {
    return Number(await this.#engine.run('admit', [visitor, this.#engine.self, ...[what, most, perMs, burst, cost].map(String)]));
  }
}
