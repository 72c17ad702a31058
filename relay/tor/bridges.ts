/**
 * The bridges of the relay's own tors: which there are, whether they are used and why, and how that changes while the tors run.
 *
 * A change is tried first: tor itself looks at the lines (`--verify-config`), also where they are not used yet, so that a list does not
 * turn out to be wrong in the hour when it is needed. Then all tors read their files again, or all of them have what they had. Lines are
 * secrets (who knows one can block it): no message and no view from here has one. Which programs speak for them (`transports`) is not
 * changed while running: a console must not name programs to run.
 *
 * Bridges that carry the relay stay when their use becomes `when-needed`, until it starts again: a tor that is connected would not
 * tell that it has lost its way, so nothing would bring them back.
 */
import type { Config } from '../config.ts';
import { TorError } from './errors.ts';
import type { OwnTor } from './process.ts';
import { bridgeLines } from './torrc.ts';

/** Why they are used, or are not. */
export type BridgeReason = 'none' | 'off' | 'not-needed' | 'always' | 'needed' | 'kept';

export interface BridgesView {
  readonly use: Config['bridgeUse'];
  readonly areUsed: boolean;
  readonly why: BridgeReason;
  /** Their transports ('' for a plain one), and the end of their fingerprints where they have one: enough to tell one's own apart. */
  readonly list: readonly { readonly transport: string; readonly fingerprintEnd: string | null }[];
  /** Transports for which there is a program. */
  readonly transports: readonly string[];
}

type Wish = Readonly<Pick<Config, 'bridgeUse'>> & { readonly bridges: readonly string[] };
/** What a tor of our own can be told. */
export type BridgedTor = Pick<OwnTor, 'state' | 'accepts' | 'reload'>;

export class Bridges {
  readonly #transports: readonly string[];
  readonly #tors = new Set<BridgedTor>();
  #wish: Wish;
  #why: BridgeReason = 'not-needed';
  /** Tor has not got on, and has not been ready since. */
  #isStalled = false;
  #changing: Promise<void> = Promise.resolve();

  constructor({ bridges, bridgeUse, transports }: Config) {
    this.#transports = transports;
    this.#wish = { bridges, bridgeUse };
    this.#why = this.#judge();
  }

  get areUsed(): boolean {
    return isUse(this.#why);
  }

  /** For the configuration of a tor. */
  get lines(): readonly string[] {
    return this.areUsed ? bridgeLines(this.#wish.bridges, this.#transports) : [];
  }

  get view(): BridgesView {
    const { bridges, bridgeUse: use } = this.#wish;
    const transports = this.#transports.map((text) => text.slice(0, text.indexOf('=')));
    return { use, areUsed: this.areUsed, why: this.#why, list: bridges.map(shown), transports };
  }

  /** This tor has its bridges from here as well. */
  add(tor: BridgedTor): void {
    this.#tors.add(tor);
  }

  /** Tor does not get on without them; true where they are used from now on, and `reload` is to follow. */
  stalled(): boolean {
    this.#isStalled = true;
    const { areUsed } = this;
    this.#why = this.#judge();
    return this.areUsed && !areUsed;
  }

  ready(): void {
    this.#isStalled = false;
  }

  async reload(): Promise<void> {
    for (const tor of this.#living()) await tor.reload();
  }

  /** Throws an `Error` that says why it is as it was. */
  change(wish: Wish): Promise<void> {
    const changing = this.#changing.catch(() => {}).then(() => this.#change(wish));
    this.#changing = changing;
    return changing;
  }

  async #change({ bridges, bridgeUse }: Wish): Promise<void> {
    const before = { wish: this.#wish, why: this.#why, lines: this.lines.join('\n') };
    await this.#tryOut(bridges);
    this.#wish = { bridges, bridgeUse };
    this.#why = this.#judge();
    if (this.lines.join('\n') === before.lines) return;
    try {
      await this.reload();
    } catch (error) {
      this.#wish = before.wish;
      this.#why = before.why;
      await this.reload().catch(() => {});
      throw new Error(`tor did not take the bridges: ${codeOf(error)}`);
    }
  }

  /** Asks one tor, since they are all the same program. */
  async #tryOut(bridges: readonly string[]): Promise<void> {
    const [tor] = this.#living();
    if (tor === undefined || bridges.length === 0 || bridges.join('\n') === this.#wish.bridges.join('\n')) return;
    const trouble = await this.#refusal(tor, bridges);
    if (trouble === null) return;
    for (const [at, bridge] of bridges.entries())
      if ((await this.#refusal(tor, [bridge])) !== null) throw new Error(`tor does not accept bridge ${at + 1} of the list`);
    throw new Error(`tor does not accept the bridges: ${trouble}`);
  }

  async #refusal(tor: BridgedTor, bridges: readonly string[]): Promise<string | null> {
    return await tor.accepts(bridgeLines(bridges, this.#transports)).then(() => null, codeOf);
  }

  #judge(): BridgeReason {
    const { bridges, bridgeUse } = this.#wish;
    if (bridges.length === 0) return 'none';
    if (bridgeUse !== 'when-needed') return bridgeUse;
    if (this.#why === 'always') return 'kept';
    if (this.areUsed) return this.#why;
    return this.#isStalled ? 'needed' : 'not-needed';
  }

  #living(): BridgedTor[] {
    for (const tor of this.#tors) if (tor.state.name === 'stopped') this.#tors.delete(tor);
    return [...this.#tors];
  }
}

const isUse = (why: BridgeReason): boolean => why === 'always' || why === 'needed' || why === 'kept';

function shown(bridge: string): BridgesView['list'][number] {
  const transport = /^[a-z]\w*(?= )/i.exec(bridge)?.[0] ?? '';
  const fingerprint = /\s\$?([0-9a-f]{40})(?=\s|$)/i.exec(bridge)?.[1];
  return { transport, fingerprintEnd: fingerprint?.slice(-4).toUpperCase() ?? null };
}

/** Of what tor says there, a line may be part. */
function codeOf(error: unknown): string {
  if (error instanceof TorError) return error.code;
  throw error;
}
