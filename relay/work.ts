/**
 * How much work a join costs (protocol.md "Relay", "Work"). Nothing while the relay is at ease: phones should not burn for it. When
 * more joins a second arrive than the operator wants to verify, the price rises at once and falls slowly. A join is judged
 * by the price that its own challenge named, so nobody who has begun is turned away by a rise.
 */
import { createHash } from 'node:crypto';
import { type JoinClaim, workDone } from '../shared/wire/relay.ts';

export interface WorkLimits {
  /** Joins a second above which work is asked for. */
  readonly joinsPerSecond: number;
  /** Work asked for even at ease. */
  readonly workBits: number;
  readonly workBitsMax: number;
}

/** Below this a proof costs its finder nothing that a flood would notice: about 4,000 hashes. */
const firstBits = 12;
const stepUp = 2;

const sha256 = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest();

export class Work {
  readonly #limits: WorkLimits;
  #joins = 0;
  #bits: number;

  constructor(limits: WorkLimits) {
    this.#limits = limits;
    this.#bits = limits.workBits;
  }

  /** What a new challenge asks for. */
  get bits(): number {
    return this.#bits;
  }

  isDone(bits: number, nonce: Uint8Array, claim: Pick<JoinClaim, 'roomPub' | 'inst' | 'pow'>): boolean {
    return workDone(sha256, bits, nonce, claim.roomPub, claim.inst, claim.pow);
  }

  /** A join is about to be verified. */
  countJoin(): void {
    this.#joins++;
  }

  /** A second has passed. Doubling the work twice a second outruns any flood that a few machines can make. */
  secondPassed(): void {
    const { joinsPerSecond, workBits, workBitsMax } = this.#limits;
    const joins = this.#joins;
    this.#joins = 0;
    if (joins > joinsPerSecond) this.#bits = Math.min(workBitsMax, Math.max(firstBits, this.#bits + stepUp));
    else if (joins <= joinsPerSecond / 2) this.#bits = this.#bits <= firstBits ? workBits : Math.max(workBits, this.#bits - 1);
  }
}
